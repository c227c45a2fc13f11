//! Tickets: found again by whoever paid, told in words, with a code that a stranger can check.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};
use crate::shape::{assert_invalid, assert_names};

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

/// A user with an ACTIVE place who has paid these seats.
async fn buyer(app: &App, name: &str, concert: &str, seats: Value) -> (Guest, Value) {
    let guest = app.guest(name, concert).await;
    app.charge(&guest.user, 100_000).await;
    app.reserving(&guest, json!({ "seats": seats })).await.success(200);
    let paid = app.paying(&guest, json!({ "seats": seats })).await.success(200);
    (guest, paid)
}

async fn list(app: &App, user: &str) -> Vec<Value> {
    let body = app.get(&format!("/api/v1/users/{user}/tickets")).await.success(200);
    assert_names(&body, &["tickets", "currency", "nextCursor"]);
    body["tickets"].as_array().unwrap().clone()
}

/// What a checker who knows no more than the answer of `/tickets/key` makes of a code.
fn checked(key: &Value, code: &str) -> Option<Vec<u8>> {
    let alphabet = text(&key["alphabet"]);
    let digits = code.strip_prefix(key["prefix"].as_str().unwrap())?;
    let mut bytes = Vec::new();
    for group in digits.chars().collect::<Vec<char>>().chunks(3) {
        let digit = |at: usize| alphabet.find(group[at]).map(|digit| digit as u32);
        bytes.extend(u16::try_from(digit(0)? + 45 * digit(1)? + 2_025 * digit(2)?).ok()?.to_be_bytes());
    }
    let parts = key["layout"].as_array().unwrap().iter();
    let length: u64 = parts.map(|part| part["bytes"].as_u64().unwrap()).sum();
    let (said, signature) = bytes.split_at(length as usize);
    let public = URL_SAFE_NO_PAD.decode(key["publicKey"].as_str().unwrap()).unwrap();
    let message = [key["signedPrefix"].as_str().unwrap().as_bytes(), said].concat();
    UnparsedPublicKey::new(&ED25519, public).verify(&message, signature).ok()?;
    Some(said.to_vec())
}

#[tokio::test]
async fn a_payment_gives_tickets_with_codes_that_a_stranger_can_check() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, paid) = buyer(&app, "kim", "spring", json!([5, 6])).await;
    let key = app.get("/api/v1/tickets/key").await.success(200);
    let names = ["algorithm", "publicKey", "publicKeyPem", "signedPrefix", "prefix", "alphabet", "length"];
    assert_names(&key, &[&names[..], &["signatureBytes", "layout"]].concat());
    let tickets = list(&app, &kim.user).await;
    assert_eq!(tickets.len(), 2);
    for (sold, ticket) in paid["tickets"].as_array().unwrap().iter().zip(&tickets) {
        assert_eq!((&sold["ticketId"], &sold["code"]), (&ticket["ticketId"], &ticket["code"]));
        let code = text(&ticket["code"]);
        assert_eq!(code.len(), 130);
        let said = checked(&key, &code).expect("it is genuine");
        assert_eq!(uuid::Uuid::from_slice(&said[1..17]).unwrap().to_string(), text(&ticket["ticketId"]));
        assert_eq!((said[0], &said[19..21], said[21]), (1, &22_272_u16.to_be_bytes()[..], 1));
        let other = if code.ends_with('0') { "1" } else { "0" };
        assert_eq!(checked(&key, &format!("{}{other}", &code[..129])), None);
    }
    let ticket = &tickets[0];
    assert_names(
        ticket,
        &[
            "ticketId",
            "code",
            "status",
            "concertId",
            "title",
            "date",
            "startsAt",
            "beginsAt",
            "seat",
            "section",
            "row",
            "rowLabel",
            "label",
            "price",
            "paymentId",
            "holder",
        ],
    );
    assert_eq!(
        (&ticket["status"], &ticket["concertId"], &ticket["date"], &ticket["seat"], &ticket["price"]),
        (&json!("valid"), &json!("spring"), &json!(DATE), &json!(5), &json!(5_000))
    );
    assert_eq!((&ticket["paymentId"], &ticket["holder"]), (&paid["paymentId"], &json!("kim")));
}

#[tokio::test]
async fn a_ticket_is_for_whoever_knows_its_id_and_not_for_another_user() {
    let app = App::start(&["queue.guard=all"]);
    app.concert("spring", json!({})).await;
    let (kim, paid) = buyer(&app, "kim", "spring", json!([1])).await;
    let lee = app.user("lee").await;
    let ticket = text(&paid["tickets"][0]["ticketId"]);
    let path = format!("/api/v1/tickets/{ticket}");
    // The payment ended the place: whoever has a ticket needs none to see it.
    let own = app.get(&format!("{path}?userId={}", kim.user)).await.success(200);
    assert_eq!(own, list(&app, &kim.user).await[0]);
    assert_eq!(app.get(&path).await.success(200), own, "whoever knows its id");
    app.get(&format!("{path}?userId={lee}")).await.refused(404, "TICKET_NOT_FOUND");
    app.get(&format!("{path}/qr.svg?userId={lee}")).await.refused(404, "TICKET_NOT_FOUND");
    app.get(&format!("/api/v1/tickets/{NOBODY}")).await.refused(404, "TICKET_NOT_FOUND");
    assert_invalid(&app.get(&format!("{path}?userId=kim")).await, &["userId"]);
    assert_invalid(&app.get("/api/v1/tickets/7").await, &["ticketId"]);
    assert!(list(&app, &lee).await.is_empty());
    app.get(&format!("/api/v1/users/{NOBODY}/tickets")).await.refused(404, "USER_NOT_FOUND");

    app.refunding(&text(&paid["paymentId"])).await.success(200);
    let void = app.get(&format!("{path}?userId={}", kim.user)).await.success(200);
    assert_eq!((&void["status"], &void["voidReason"]), (&json!("void"), &json!("test")));
    assert!(void.get("code").is_none(), "a void ticket has no code: {void}");
    app.get(&format!("{path}/qr.svg?userId={}", kim.user)).await.refused(409, "TICKET_VOID");
    app.stop_and_verify();
}

#[tokio::test]
async fn a_qr_is_a_picture_of_its_own() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, paid) = buyer(&app, "kim", "spring", json!([1])).await;
    let path = format!("/api/v1/tickets/{}/qr.svg?userId={}", text(&paid["tickets"][0]["ticketId"]), kim.user);
    let answer = app.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "image/svg+xml");
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    assert!(answer.bytes.starts_with(b"<svg ") && answer.bytes.ends_with(b"</svg>"));
}

#[tokio::test]
async fn codes_outlive_a_restart_and_a_page_neither_skips_nor_repeats() {
    let mut app = App::start(&["sale.seat_limit=50"]);
    app.concert("spring", json!({})).await;
    let (kim, _) = buyer(&app, "kim", "spring", json!([1, 2, 3])).await;
    for seats in [json!([4]), json!([5, 6])] {
        let again = app.join(&kim.user, "spring").await;
        app.reserving(&again, json!({ "seats": seats })).await.success(200);
        app.paying(&again, json!({ "seats": seats })).await.success(200);
    }
    let all = list(&app, &kim.user).await;
    let seats: Vec<u64> = all.iter().map(|ticket| ticket["seat"].as_u64().unwrap()).collect();
    assert_eq!(seats, [5, 6, 4, 1, 2, 3], "the newest payment first");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/v1/users/{}/tickets?limit=2{cursor}", kim.user)).await.success(200);
        paged.extend(page["tickets"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    app.process.kill();
    app.start_again();
    assert_eq!(list(&app, &kim.user).await, all, "codes are the same, whenever they are written");
    let cursor = format!("/api/v1/users/{}/tickets?cursor={:032x}", kim.user, 7);
    assert_invalid(&app.get(&cursor).await, &["cursor"]);
    app.stop_and_verify();
}
