//! What becomes of a person's money and data: paid out, exported, erased.

use serde_json::{Value, json};

use crate::harness::app::{App, text, time_ms};
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn a_wallet_is_paid_out_in_cash() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    app.charge(&kim, 5_000).await;
    let path = format!("/api/v1/admin/users/{kim}/withdraw");
    let withdraw = |amount: Value| app.operator("POST", &path).json(json!({"amount": amount, "reason": "asked for"}));
    for amount in [json!(0), json!(-1), json!("5"), json!(1.5)] {
        assert_invalid(&withdraw(amount).await, &["amount"]);
    }
    assert_invalid(&app.operator("POST", &path).json(json!({"amount": 5})).await, &["reason"]);
    withdraw(json!(5_001)).await.refused(400, "INSUFFICIENT_BALANCE");
    let body = withdraw(json!(3_000)).await.success(200);
    assert_names(&body, &["userId", "amount", "newBalance", "currency", "entryId", "withdrawnAt"]);
    assert_eq!((&body["amount"], &body["newBalance"]), (&json!(3_000), &json!(2_000)));
    time_ms(&body["withdrawnAt"]);
    let ledger = app.get(&format!("/api/v1/users/{kim}/ledger")).await.success(200);
    let newest = &ledger["entries"][0];
    assert_eq!((&newest["kind"], &newest["amount"]), (&json!("withdrawal"), &json!(-3_000)));
    app.stop_and_verify();
}

#[tokio::test]
async fn a_deleted_user_has_no_name_left_and_the_export_tells_what_is() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let signed_up = json!({"username": "kim", "email": "kim@example.com"});
    let signed_up = app.post("/api/v1/users").json(signed_up).await.success(201);
    let kim = app.join(&text(&signed_up["userId"]), "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let export = format!("/api/v1/admin/users/{}/export", kim.user);
    let before = app.operator("GET", &export).await.success(200);
    assert_names(&before, &["user", "ledger", "payments", "reservations", "places"]);
    assert_eq!((&before["user"]["username"], &before["user"]["email"]), (&json!("kim"), &json!("kim@example.com")));
    assert_eq!(before["payments"][0]["tickets"][0]["label"], "1-1");
    assert_eq!(before["reservations"][0]["reservations"][0]["status"], "paid");
    assert_eq!(before["ledger"].as_array().unwrap().len(), 2);

    let path = format!("/api/v1/admin/users/{}", kim.user);
    let deleted = app.operator("DELETE", &path).await.success(200);
    assert_eq!((&deleted["username"], &deleted["email"]), (&Value::Null, &Value::Null));
    app.operator("GET", "/api/v1/admin/users?username=kim").await.refused(404, "USER_NOT_FOUND");
    let found = app.operator("GET", "/api/v1/admin/users?q=kim").await.success(200);
    assert_eq!(found["users"], json!([]), "neither by name nor by address");
    let listed = app.operator("GET", "/api/v1/admin/users").await.success(200).to_string();
    assert!(!listed.contains("kim"), "{listed}");
    let again = app.user("kim").await;
    assert_ne!(again, kim.user, "the name is free");
    app.process.kill();
    app.start_again();
    let after = app.operator("GET", &export).await.success(200);
    assert_eq!((&after["user"]["username"], &after["ledger"]), (&Value::Null, &before["ledger"]));
    assert_eq!(after["payments"], before["payments"]);
    app.stop_and_verify();
}
