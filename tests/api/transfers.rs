//! Handing a ticket over: offered by whoever has it, accepted by the other, and the code before lets nobody in.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::harness::app::{App, Guest, text};
use crate::harness::client::Call;
use crate::shape::{assert_invalid, assert_names};

async fn bought(app: &App, name: &str) -> (Guest, Value) {
    let guest = app.guest(name, "spring").await;
    app.charge(&guest.user, 100_000).await;
    app.reserving(&guest, json!({"seat": 1})).await.success(200);
    let paid = app.paying(&guest, json!({"seat": 1})).await.success(200);
    (guest, paid["tickets"][0].clone())
}

fn offering(app: &App, ticket: &Value, body: Value) -> Call {
    app.post(&format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"]))).json(body)
}

fn accepting(app: &App, user: &str, code: &Value) -> Call {
    app.post("/api/v1/transfers/accept").json(json!({"userId": user, "code": code}))
}

#[tokio::test]
async fn a_ticket_goes_to_the_other_and_its_code_before_is_void() {
    let app = App::start(&[]);
    app.concert("spring", json!({"transfers": true})).await;
    let (kim, ticket) = bought(&app, "kim").await;
    let lee = app.user("Lee").await;
    let offer = offering(&app, &ticket, json!({"userId": kim.user, "to": "lee"})).await.success(200);
    assert_names(&offer, &["ticketId", "transferCode", "to", "expiresAt"]);
    assert_eq!(offer["to"], "Lee");
    let own = format!("/api/v1/tickets/{}?userId={}", text(&ticket["ticketId"]), kim.user);
    assert_eq!(app.get(&own).await.success(200)["offeredUntil"], offer["expiresAt"]);
    let picture = format!("/api/v1/tickets/{}/qr.svg", text(&ticket["ticketId"]));
    let before = app.get(&picture).await.bytes;
    accepting(&app, &kim.user, &offer["transferCode"]).await.refused(403, "NOT_YOURS");
    let accepted = accepting(&app, &lee, &offer["transferCode"]).await.success(200);
    assert_eq!((&accepted["ticket"]["holder"], &accepted["ticket"]["seat"]), (&json!("Lee"), &json!(1)));
    assert_ne!(accepted["ticket"]["code"], ticket["code"]);
    assert_ne!(app.get(&picture).await.bytes, before, "the picture shows the code of whoever has it now");
    app.get(&own).await.refused(404, "TICKET_NOT_FOUND");
    let of = |user: &str| app.get(&format!("/api/v1/users/{user}/tickets"));
    assert_eq!(of(&kim.user).await.success(200)["tickets"], json!([]));
    assert_eq!(of(&lee).await.success(200)["tickets"], json!([accepted["ticket"]]));
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    assert!(!payments.to_string().contains(accepted["ticket"]["code"].as_str().unwrap()));

    let door = app.operator("GET", "/api/v1/admin/concerts/spring/dates/2030-12-24/door").await.success(200);
    let hash = digest(&SHA256, accepted["ticket"]["code"].as_str().unwrap().as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&door["tickets"][0]["codeSha256"], &door["tickets"][0]["version"]), (&json!(hash), &json!(2)));

    let admitting = |code: &Value| app.operator("POST", "/api/v1/admin/check-ins").json(json!({ "code": code }));
    let refusal = admitting(&ticket["code"]).await.refused(409, "TICKET_VOID");
    assert_eq!(refusal["voidReason"], "handed over");
    admitting(&accepted["ticket"]["code"]).await.success(200);
    app.stop_and_verify();
}

#[tokio::test]
async fn whoever_knows_a_ticket_hands_it_over_and_a_blocked_user_does_not() {
    let app = App::start(&[]);
    app.concert("spring", json!({"transfers": true})).await;
    let sale = json!({"concertId": "spring", "date": "2030-12-24", "seats": [5], "guest": "Choi", "paidBy": "cash"});
    let sold = app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
    let (kim, ticket) = bought(&app, "kim").await;
    for ticket in [&sold["tickets"][0], &ticket] {
        let path = format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"]));
        offering(&app, ticket, json!({"to": null})).await.success(200);
        app.delete(&path).await.success(200);
        app.delete(&path).await.refused(404, "TRANSFER_NOT_FOUND");
    }
    let lee = app.user("lee").await;
    let offer = offering(&app, &sold["tickets"][0], json!({"to": "lee"})).await.success(200);
    let accepted = accepting(&app, &lee, &offer["transferCode"]).await.success(200);
    assert_eq!(accepted["ticket"]["holder"], "lee");
    offering(&app, &ticket, json!({"to": null})).await.success(200);
    let blocking = app.operator("PATCH", &format!("/api/v1/admin/users/{}", kim.user));
    blocking.json(json!({"blocked": true})).await.success(200);
    offering(&app, &ticket, json!({"to": null})).await.refused(403, "USER_BLOCKED");
    let path = format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"]));
    app.delete(&path).await.refused(403, "USER_BLOCKED");
    app.delete(&path).query(&format!("userId={}", kim.user)).await.refused(403, "USER_BLOCKED");
    let nobody = "11111111-2222-4333-8444-555555555555";
    app.delete(&path).query(&format!("userId={nobody}")).await.refused(404, "USER_NOT_FOUND");
    app.stop_and_verify();
}

#[tokio::test]
async fn an_offer_is_withdrawn_replaced_and_asked_for_again() {
    let app = App::start(&[]);
    app.concert("spring", json!({"transfers": true})).await;
    let (kim, ticket) = bought(&app, "kim").await;
    let lee = app.user("lee").await;
    let path = format!("/api/v1/tickets/{}/transfer", text(&ticket["ticketId"]));
    let withdrawing = || app.delete(&path).query(&format!("userId={}", kim.user));
    withdrawing().await.refused(404, "TRANSFER_NOT_FOUND");
    let anybody = json!({ "userId": kim.user });
    let first = offering(&app, &ticket, anybody.clone()).key("k").await.success(200);
    assert!(first["to"].is_null());
    assert_eq!(offering(&app, &ticket, anybody.clone()).key("k").await.success(200), first);
    let second = offering(&app, &ticket, anybody.clone()).await.success(200);
    accepting(&app, &lee, &first["transferCode"]).await.refused(404, "TRANSFER_NOT_FOUND");
    withdrawing().await.success(200);
    accepting(&app, &lee, &second["transferCode"]).await.refused(404, "TRANSFER_NOT_FOUND");
    offering(&app, &ticket, json!({"userId": lee})).await.refused(404, "TICKET_NOT_FOUND");
    offering(&app, &ticket, json!({"userId": kim.user, "to": "nobody"})).await.refused(404, "USER_NOT_FOUND");
    for bad in [json!(null), json!("x"), json!(7)] {
        assert_invalid(&accepting(&app, &lee, &bad).await, &["code"]);
    }
    app.stop_and_verify();
}

#[tokio::test]
async fn a_concert_forbids_hand_overs_unless_it_says_otherwise() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let shown = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!(shown["transfers"], false);
    let (kim, ticket) = bought(&app, "kim").await;
    offering(&app, &ticket, json!({ "userId": kim.user })).await.refused(403, "TRANSFERS_FORBIDDEN");
    let change = json!({"transfers": true});
    let changed = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(change).await.success(200);
    assert_eq!(changed["transfers"], true);
    offering(&app, &ticket, json!({ "userId": kim.user })).await.success(200);
}

#[tokio::test]
async fn a_key_is_its_users_own_and_nobody_gets_the_answer_of_another() {
    let app = App::start(&[]);
    app.concert("spring", json!({"transfers": true})).await;
    let (kim, ticket) = bought(&app, "kim").await;
    let lee = app.guest("lee", "spring").await;
    app.charge(&lee.user, 5_000).await;
    app.reserving(&lee, json!({"seat": 2})).await.success(200);
    let other = app.paying(&lee, json!({"seat": 2})).await.success(200)["tickets"][0].clone();
    let first = offering(&app, &ticket, json!({"userId": kim.user})).key("k").await.success(200);
    // The same key of another user is another key, for the same ticket as for an own one.
    offering(&app, &ticket, json!({"userId": lee.user})).key("k").await.refused(404, "TICKET_NOT_FOUND");
    let second = offering(&app, &other, json!({"userId": lee.user})).key("k").await.success(200);
    assert_eq!(second["ticketId"], other["ticketId"]);
    assert_ne!(second["transferCode"], first["transferCode"]);
    offering(&app, &other, json!({"userId": kim.user})).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");

    let park = app.user("park").await;
    let accepted = accepting(&app, &park, &first["transferCode"]).key("a").await.success(200);
    accepting(&app, &lee.user, &first["transferCode"]).key("a").await.refused(404, "TRANSFER_NOT_FOUND");
    let own = accepting(&app, &kim.user, &second["transferCode"]).key("a").await.success(200);
    assert_ne!(own["ticket"]["code"], accepted["ticket"]["code"]);
    assert_eq!(accepting(&app, &park, &first["transferCode"]).key("a").await.success(200), accepted);

    // Guests have nothing but the id of a ticket: a key that another one used is refused, and not answered.
    let sale = json!({"concertId": "spring", "date": "2030-12-24", "seats": [5, 6], "guest": "Choi", "paidBy": "cash"});
    let sold = app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
    offering(&app, &sold["tickets"][0], json!({})).key("k").await.success(200);
    offering(&app, &sold["tickets"][1], json!({})).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.stop_and_verify();
}
