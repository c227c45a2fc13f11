//! POST `/api/v1/admin/sales`: seats over the counter.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::Call;
use crate::shape::{assert_invalid, assert_names};

fn selling(app: &App, body: Value) -> Call {
    let mut sale = json!({"concertId": "spring", "date": DATE, "seats": [1], "paidBy": "cash"});
    let fields = body.as_object().unwrap().clone();
    sale.as_object_mut().unwrap().extend(fields);
    app.operator("POST", "/api/v1/admin/sales").json(sale)
}

#[tokio::test]
async fn a_guest_buys_in_cash_and_gets_tickets() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({"status": "draft"})).await;
    let body = selling(&app, json!({"seats": [2, 1], "guest": "Ms Han"})).await.success(201);
    let names = "status paymentId concertId guest date seats amount paidBy paidAt tickets items";
    assert_names(&body, &names.split(' ').collect::<Vec<_>>());
    assert_eq!((&body["status"], &body["seats"], &body["amount"]), (&json!("sold"), &json!([1, 2]), &json!(10_000)));
    assert_eq!((&body["guest"], &body["paidBy"]), (&json!("Ms Han"), &json!("cash")));
    assert_eq!(body["items"][0]["seats"], json!(["A 1-1", "A 1-2"]));
    // The answer is all that a guest has: its codes let in.
    for ticket in body["tickets"].as_array().unwrap() {
        let read = app.get(&format!("/api/v1/tickets/{}", text(&ticket["ticketId"]))).await.success(200);
        assert_eq!((&ticket["code"], text(&ticket["code"]).len()), (&read["code"], 130));
    }
    let taken = selling(&app, json!({"seats": [2, 3]})).await.refused(409, "SEAT_TAKEN");
    assert_eq!(taken["seat"], 2);
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let events = events["events"].as_array().unwrap();
    let paid = events.iter().find(|event| event["type"] == "payment.paid").unwrap();
    assert_eq!((&paid["data"]["paidBy"], &paid["data"]["userId"]), (&json!("cash"), &Value::Null));
    assert_eq!(paid["data"]["items"][1]["ticketId"], body["tickets"][1]["ticketId"]);
    app.process.kill();
    app.start_again();
    let refunded = app.refunding(&text(&body["paymentId"])).await.success(200);
    assert_eq!((&refunded["to"], &refunded["amount"]), (&json!("cash"), &json!(10_000)));
    app.stop_and_verify();
}

#[tokio::test]
async fn a_users_seats_are_among_the_reservations_and_payments() {
    let app = App::start(&["sale.seat_limit=1"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 7_000).await;
    let of_kim = |more: Value| {
        let mut body = json!({"userId": kim.user});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        selling(&app, body)
    };
    of_kim(json!({"seats": [1, 2], "paidBy": "card"})).await.success(201);
    let body = of_kim(json!({"seats": [3], "paidBy": "wallet"})).await.success(201);
    assert_eq!((&body["balance"], app.balance(&kim.user).await), (&json!(2_000), 2_000));
    of_kim(json!({"seats": [4], "paidBy": "wallet"})).await.refused(400, "INSUFFICIENT_BALANCE");
    of_kim(json!({"seats": [4], "paidBy": "wallet", "price": 1_500})).await.success(201);
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    assert_eq!(listed["reservations"].as_array().unwrap().len(), 4);
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let means: Vec<&Value> = payments["payments"].as_array().unwrap().iter().map(|it| &it["paidBy"]).collect();
    assert_eq!(means, ["wallet", "wallet", "card"]);
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
    assert_eq!(map["mine"], json!([1, 2, 3, 4]));
    app.stop_and_verify();
}

#[tokio::test]
async fn a_sale_says_who_pays_and_why_it_is_free() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    assert_invalid(&selling(&app, json!({"paidBy": "free"})).await, &["reason"]);
    assert_invalid(&selling(&app, json!({"paidBy": "free", "reason": "press", "price": 1})).await, &["price"]);
    assert_invalid(&selling(&app, json!({"paidBy": "wallet"})).await, &["userId"]);
    assert_invalid(&selling(&app, json!({"paidBy": "shells"})).await, &["paidBy"]);
    assert_invalid(&selling(&app, json!({"operator": "me"})).await, &["operator"]);
    let kim = app.user("kim").await;
    assert_invalid(&selling(&app, json!({"userId": kim, "guest": "kim"})).await, &["guest"]);
    let body = selling(&app, json!({"paidBy": "free", "reason": "press"})).await.success(201);
    assert_eq!((&body["amount"], &body["tickets"][0]["price"]), (&json!(0), &json!(0)));
    app.stop_and_verify();
}

#[tokio::test]
async fn the_till_tells_what_was_taken_and_given() {
    let app = App::start(&["wallet.charge=operator"]);
    app.concert("spring", json!({})).await;
    let kim = app.user("kim").await;
    let charge = format!("/api/v1/users/{kim}/balance/charge");
    app.operator("POST", &charge).json(json!({"amount": 9_000})).await.success(200);
    selling(&app, json!({"seats": [1, 2]})).await.success(201);
    let card = selling(&app, json!({"seats": [3], "paidBy": "card"})).await.success(201);
    selling(&app, json!({"seats": [4], "paidBy": "free", "reason": "press"})).await.success(201);
    app.refunding(&text(&card["paymentId"])).await.success(200);
    let withdraw = format!("/api/v1/admin/users/{kim}/withdraw");
    app.operator("POST", &withdraw).json(json!({"amount": 1_000, "reason": "asked for"})).await.success(200);

    let till = |query: &str| app.operator("GET", &format!("/api/v1/admin/reports/till{query}"));
    let report = till("").await.success(200);
    let total = |means: &str| {
        let totals = report["totals"].as_array().unwrap();
        totals.iter().find(|total| total["means"] == means).unwrap().clone()
    };
    let sum = |count: u64, amount: u64| json!({"count": count, "amount": amount});
    assert_eq!((&total("cash")["sales"], &total("cash")["withdrawals"]), (&sum(1, 10_000), &sum(1, 1_000)));
    assert_eq!((&total("cash")["balance"], &total("card")["balance"]), (&json!(9_000), &json!(0)));
    assert_eq!((&total("card")["refunds"], &total("free")["sales"]), (&sum(1, 5_000), &sum(1, 0)));
    assert_eq!(total("wallet")["charges"], sum(1, 9_000));
    let lines = report["lines"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["operator"] == "owner"), "{report}");
    let of_hall = lines.iter().filter(|line| line["concertId"] == "spring").count();
    assert_eq!((of_hall, lines.len()), (3, 5));
    let before = till("?to=2020-01-01T00:00:00Z").await.success(200);
    assert_eq!(before["lines"], json!([]));
    assert_invalid(&till("?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z").await, &["to"]);
    assert_invalid(&till("?from=yesterday").await, &["from"]);
    app.stop_and_verify();
}
