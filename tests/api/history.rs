//! What a user reads afterwards: reservations of a concert, payments.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text, time_ms};
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn reservations_are_listed_newest_first() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 5_000).await;
    let nothing = app.reservations(&kim.user, "spring").await.refused(404, "NO_RESERVATIONS");
    assert_eq!(nothing["message"], "No reservations found for this concert.");

    let mut expirations = Vec::new();
    for seat in [3, 1, 2] {
        expirations.push(app.reserving(&kim, json!({ "seat": seat })).await.success(200)["expiresAt"].clone());
    }
    let listed = reservations(&app, &kim.user).await;
    for entry in &listed {
        let names = [
            "date",
            "seatNumber",
            "status",
            "reservedAt",
            "expiresAt",
            "expiresIn",
            "amount",
            "paymentId?",
            "section?",
            "row?",
            "rowLabel?",
            "label?",
        ];
        assert_names(entry, &names);
        assert_eq!((&entry["status"], &entry["date"], &entry["amount"]), (&json!("held"), &json!(DATE), &json!(5_000)));
        assert_eq!(time_ms(&entry["expiresAt"]) - time_ms(&entry["reservedAt"]), 300_000);
        assert!((290..=300).contains(&entry["expiresIn"].as_u64().unwrap()), "{entry}");
    }
    assert_eq!(column(&listed, "seatNumber"), json!([2, 1, 3]));
    assert_eq!(listed[2]["expiresAt"], expirations[0]);

    app.canceling(&kim, json!({"seat": 1})).await.success(200);
    let payment = app.paying(&kim, json!({"seat": 3})).await.success(200);
    let listed = reservations(&app, &kim.user).await;
    assert_eq!(column(&listed, "seatNumber"), json!([2, 1, 3]));
    assert_eq!(column(&listed, "status"), json!(["canceled", "canceled", "paid"]));
    assert_eq!(listed[2]["paymentId"], payment["paymentId"]);

    // Held again, the seat has a reservation of its own beside the canceled one.
    let kim = app.join(&kim.user, "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let listed = reservations(&app, &kim.user).await;
    assert_eq!(column(&listed, "seatNumber"), json!([1, 2, 1, 3]));
    assert_eq!(column(&listed, "status"), json!(["held", "canceled", "canceled", "paid"]));
}

#[tokio::test]
async fn reservations_belong_to_a_user_and_a_concert() {
    let app = App::start(&[]);
    for id in ["spring", "summer"] {
        app.concert(id, json!({})).await;
    }
    app.concert("autumn", json!({"status": "draft"})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.reservations(&kim.user, "summer").await.refused(404, "NO_RESERVATIONS");
    app.reservations(&kim.user, "autumn").await.refused(404, "CONCERT_NOT_FOUND");
    app.reservations(&kim.user, "winter").await.refused(404, "CONCERT_NOT_FOUND");
    app.reservations("11111111-2222-4333-8444-555555555555", "spring").await.refused(404, "USER_NOT_FOUND");
    let body = app.reservations(&kim.user.to_uppercase(), "spring").await.success(200);
    assert_names(&body, &["concertId", "userId", "reservations", "nextCursor"]);
    assert_eq!((&body["concertId"], &body["userId"]), (&json!("spring"), &json!(kim.user)));
    for query in ["", "?userId=", "?userId=kim", "?userId=7"] {
        assert_invalid(&app.get(&format!("/api/v1/concerts/spring/reservations{query}")).await, &["userId"]);
    }
}

#[tokio::test]
async fn reservations_come_in_pages_and_none_falls_off() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let [kim, lee] = [app.guest("kim", "spring").await, app.guest("lee", "spring").await];
    app.reserving(&lee, json!({"seat": 50})).await.success(200);
    for _ in 0..30 {
        app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
        app.canceling(&kim, json!({"seats": [1, 2]})).await.success(200);
    }
    let path = format!("/api/v1/concerts/spring/reservations?userId={}&limit=25", kim.user);
    let first = app.get(&path).await.success(200);
    // What arrives meanwhile moves nothing of the pages behind.
    app.reserving(&kim, json!({"seat": 3})).await.success(200);
    let (mut listed, mut cursor) = (first["reservations"].as_array().unwrap().clone(), first["nextCursor"].clone());
    while !cursor.is_null() {
        let page = app.get(&format!("{path}&cursor={}", text(&cursor))).await.success(200);
        listed.extend(page["reservations"].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(column(&listed, "seatNumber"), json!([2, 1].repeat(30)));
    // A cursor leads nowhere in another user's list.
    let foreign = format!("/api/v1/concerts/spring/reservations?userId={}&cursor=", lee.user);
    assert_invalid(&app.get(&format!("{foreign}{}", text(&first["nextCursor"]))).await, &["cursor"]);
    assert_invalid(&app.get(&format!("{foreign}{}", "f".repeat(32))).await, &["cursor"]);
}

#[tokio::test]
async fn payments_are_listed_newest_first_in_pages() {
    let app = App::start(&["sale.seat_limit=10"]);
    app.concert("spring", json!({})).await;
    let kim = app.user("kim").await;
    app.charge(&kim, 100_000).await;
    let path = format!("/api/v1/users/{kim}/payments");
    assert_eq!(app.get(&path).await.success(200), json!({"payments": [], "currency": "KRW", "nextCursor": null}));
    let mut paid = Vec::new();
    for seat in [5, 3, 1] {
        let guest = app.join(&kim, "spring").await;
        app.reserving(&guest, json!({"seats": [seat, seat + 1]})).await.success(200);
        let body = app.paying(&guest, json!({"seats": [seat, seat + 1]})).await.success(200);
        paid.insert(0, body);
    }
    app.refunding(&text(&paid[1]["paymentId"])).await.success(200);
    let body = app.get(&path).await.success(200);
    let payments = body["payments"].as_array().unwrap();
    assert_eq!(column(payments, "status"), json!(["paid", "refunded", "paid"]));
    for (payment, paid) in payments.iter().zip(&paid) {
        let names = "paymentId concertId date seats amount refunded paidBy status refundReason? refundedAt? paidAt \
                     tickets items";
        assert_names(payment, &names.split(' ').collect::<Vec<_>>());
        for name in ["paymentId", "date", "seats", "amount", "paidAt"] {
            assert_eq!(payment[name], paid[name], "{name}");
        }
        let (tickets, sold) = (payment["tickets"].as_array().unwrap(), paid["tickets"].as_array().unwrap());
        for name in ["ticketId", "date", "seat", "section", "row", "rowLabel", "label", "price"] {
            assert_eq!(column(tickets, name), column(sold, name), "{name}");
        }
        let is_refunded = payment["status"] == "refunded";
        let status = if is_refunded { "void" } else { "valid" };
        assert_eq!(column(tickets, "status"), json!([status, status]));
        assert_eq!(payment["refunded"], if is_refunded { paid["amount"].clone() } else { json!(0) });
        assert_eq!(payment["concertId"], "spring");
    }
    let first = app.get(&format!("{path}?limit=2")).await.success(200);
    let cursor = text(&first["nextCursor"]);
    let second = app.get(&format!("{path}?limit=2&cursor={cursor}")).await.success(200);
    assert!(second["nextCursor"].is_null());
    let mut both = first["payments"].as_array().unwrap().clone();
    both.extend(second["payments"].as_array().unwrap().clone());
    assert_eq!(&both, payments);
}

async fn reservations(app: &App, user: &str) -> Vec<Value> {
    app.reservations(user, "spring").await.success(200)["reservations"].as_array().unwrap().clone()
}

fn column(rows: &[Value], name: &str) -> Value {
    rows.iter().map(|row| row[name].clone()).collect()
}
