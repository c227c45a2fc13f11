//! POST `/api/v1/payments/{paymentId}/refund`.

use serde_json::json;

use crate::harness::app::{App, DATE, text, time_ms};
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn a_refund_frees_the_seats_and_gives_the_money_back() {
    let app = App::start(&["sale.seat_limit=2"]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seats": [1, 2]})).await.success(200)["paymentId"]);
    app.reserving(&lee, json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");

    let body = app.refunding(&payment).await.success(200);
    assert_names(&body, &["status", "paymentId", "amount", "refunded", "to", "refundedAt", "items"]);
    assert_eq!((&body["status"], &body["paymentId"]), (&json!("refunded"), &json!(payment)));
    assert_eq!(body["amount"], 10_000);
    time_ms(&body["refundedAt"]);
    assert_eq!(app.balance(&kim.user).await, 10_000);
    app.reserving(&lee, json!({"seat": 1})).await.success(200);
    // What was given back counts no more, neither as owned nor for the limit.
    let kim = app.join(&kim.user, "spring").await;
    app.reserving(&kim, json!({"seats": [2, 3]})).await.success(200);
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&lee.token).await.success(200);
    assert_eq!(map["mine"], json!([1]));

    app.refunding(&payment).await.refused(409, "ALREADY_REFUNDED");
    assert_eq!(app.balance(&kim.user).await, 10_000);
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    assert_eq!(payments["payments"][0]["status"], "refunded");
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    let refunded = listed["reservations"].as_array().unwrap().iter().filter(|entry| entry["status"] == "refunded");
    assert_eq!(refunded.count(), 2, "{listed}");
}

#[tokio::test]
async fn a_refund_needs_a_known_payment_and_a_reason_of_text() {
    let app = App::start(&[]);
    for payment in ["11111111-2222-4333-8444-555555555555", "7", "no-payment", "%00"] {
        app.refunding(payment).await.refused(404, "PAYMENT_NOT_FOUND");
    }
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seat": 1})).await.success(200)["paymentId"]);
    let path = format!("/api/v1/payments/{payment}/refund");
    for reason in ["7", "[]", "{}", "true"] {
        assert_invalid(&app.operator("POST", &path).text(format!(r#"{{"reason":{reason}}}"#)).await, &["reason"]);
    }
    app.operator("POST", &path).text("[]").await.refused(400, "INVALID_REQUEST");
    let body = json!({"reason": "rain"});
    // The operator refunds whoever the user is, blocked or not.
    let user = format!("/api/v1/admin/users/{}", kim.user);
    app.operator("PATCH", &user).json(json!({"blocked": true})).await.success(200);
    assert_eq!(app.operator("POST", &path).json(body).await.success(200)["amount"], 5_000);
    app.operator("PATCH", &user).json(json!({"blocked": false})).await.success(200);
    assert_eq!(app.balance(&kim.user).await, 5_000);
}

#[tokio::test]
async fn a_part_of_a_payment_is_given_back_and_then_the_rest() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 15_000).await;
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seats": [1, 2, 3]})).await.success(200)["paymentId"]);
    let path = format!("/api/v1/payments/{payment}/refund");
    let refund = |body: serde_json::Value| app.operator("POST", &path).json(body);

    let body = refund(json!({"reason": "ill", "seats": [2]})).await.success(200);
    assert_eq!(
        (&body["status"], &body["amount"], &body["to"]),
        (&json!("partly_refunded"), &json!(5_000), &json!("wallet"))
    );
    assert_eq!(body["items"][0]["seats"], json!(["A 1-2"]));
    assert_eq!(
        (&body["items"][0]["tickets"][0]["status"], &body["items"][0]["tickets"][0]["voidReason"]),
        (&json!("void"), &json!("ill"))
    );
    assert_eq!(app.balance(&kim.user).await, 5_000);

    let gone = refund(json!({"reason": "ill", "seats": [1, 2]})).await.refused(409, "ALREADY_REFUNDED");
    assert_eq!((&gone["seat"], &gone["date"]), (&json!(2), &json!(DATE)));
    assert_eq!(gone["message"], format!("Seat 2 of {DATE} is refunded already."));
    let never = refund(json!({"reason": "ill", "seats": [9]})).await.refused(404, "SEAT_NOT_FOUND");
    assert_eq!(never["message"], format!("Seat 9 of {DATE} is not in the payment."));
    assert_invalid(&refund(json!({"reason": "ill", "date": DATE})).await, &["seats"]);
    assert_invalid(&refund(json!({"reason": "ill", "to": "card"})).await, &["to"]);
    assert_invalid(&refund(json!({"reason": "ill", "amount": 1})).await, &["amount"]);

    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let told = &payments["payments"][0];
    assert_eq!(
        (&told["status"], &told["refunded"], &told["refundReason"]),
        (&json!("partly_refunded"), &json!(5_000), &json!("ill"))
    );
    let body = refund(json!({"reason": "rain", "to": "cash"})).await.success(200);
    assert_eq!((&body["status"], &body["amount"], &body["to"]), (&json!("refunded"), &json!(10_000), &json!("cash")));
    assert_eq!((&body["refunded"], app.balance(&kim.user).await), (&json!(15_000), 5_000));
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let refunds: Vec<_> =
        events["events"].as_array().unwrap().iter().filter(|it| it["type"] == "payment.refunded").collect();
    assert_eq!((&refunds[0]["data"]["to"], &refunds[1]["data"]["to"]), (&json!("wallet"), &json!("cash")));
    assert_eq!(refunds[1]["data"]["items"].as_array().unwrap().len(), 2);
    app.stop_and_verify();
}

#[tokio::test]
async fn the_money_of_a_deleted_user_goes_out_in_cash() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seat": 1})).await.success(200)["paymentId"]);
    app.operator("DELETE", &format!("/api/v1/admin/users/{}", kim.user)).await.success(200);
    let body = app.refunding(&payment).await.success(200);
    assert_eq!((&body["status"], &body["amount"], &body["to"]), (&json!("refunded"), &json!(5_000), &json!("cash")));
    app.stop_and_verify();
}
