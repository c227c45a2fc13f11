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
    assert_names(&body, &["status", "paymentId", "amount", "refundedAt"]);
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
