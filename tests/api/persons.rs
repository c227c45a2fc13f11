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
    assert_names(&before, &["user", "ledger", "payments", "receivedTickets", "reservations", "places"]);
    assert_eq!((&before["user"]["username"], &before["user"]["email"]), (&json!("kim"), &json!("kim@example.com")));
    assert_eq!(before["payments"][0]["tickets"][0]["label"], "1-1");
    let reservation = &before["reservations"][0]["reservations"][0];
    assert_eq!((&reservation["status"], &reservation["label"]), (&json!("paid"), &json!("1-1")));
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

#[tokio::test]
async fn an_export_has_tickets_that_were_handed_over_and_histories_of_any_length() {
    let app = App::start(&[]);
    let export =
        async |user: &str| app.operator("GET", &format!("/api/v1/admin/users/{user}/export")).await.success(200);
    for concert in ["spring", "summer", "winter"] {
        app.concert(concert, json!({"transfers": true})).await;
    }
    let kim = app.guest("kim", "spring").await;
    let empty = export(&kim.user).await;
    for list in ["ledger", "payments", "receivedTickets", "reservations"] {
        assert_eq!(empty[list], json!([]), "{list}");
    }
    assert_eq!(empty["places"], json!([{"concertId": "spring", "status": "ACTIVE"}]));

    // More than a part has of entries and of reservations; two concerts, and none of the one between them.
    for _ in 0..101 {
        app.charge(&kim.user, 100).await;
        app.reserving(&kim, json!({"seat": 3})).await.success(200);
        app.canceling(&kim, json!({"seat": 3})).await.success(200);
    }
    let winter = app.join(&kim.user, "winter").await;
    app.reserving(&winter, json!({"seats": [1, 2]})).await.success(200);
    app.paying(&winter, json!({"seats": [1, 2]})).await.success(200);
    let lee = app.guest("lee", "spring").await;
    app.charge(&lee.user, 5_000).await;
    app.reserving(&lee, json!({"seat": 7})).await.success(200);
    let paid = app.paying(&lee, json!({"seat": 7})).await.success(200);
    let ticket = text(&paid["tickets"][0]["ticketId"]);
    let offering = app.post(&format!("/api/v1/tickets/{ticket}/transfer")).json(json!({"userId": lee.user}));
    let accept = json!({"userId": kim.user, "code": offering.await.success(200)["transferCode"]});
    app.post("/api/v1/transfers/accept").json(accept).await.success(200);

    let whole = export(&kim.user).await;
    let entries: Vec<&Value> = whole["ledger"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(entries.len(), 102);
    assert_eq!((entries[0], entries[101]), (&json!("payment"), &json!("charge")));
    let received = &whole["receivedTickets"];
    assert_eq!((received.as_array().unwrap().len(), &received[0]["ticketId"]), (1, &json!(ticket)));
    assert_eq!((&received[0]["label"], &received[0].get("code")), (&json!("1-7"), &None));
    let at = whole["reservations"].as_array().unwrap().iter();
    let at: Vec<(&Value, usize)> =
        at.map(|at| (&at["concertId"], at["reservations"].as_array().unwrap().len())).collect();
    assert_eq!(at, [(&json!("spring"), 101), (&json!("winter"), 2)]);
    assert_eq!(export(&lee.user).await["receivedTickets"], json!([]));
    app.operator("GET", "/api/v1/admin/users/00000000-0000-0000-0000-000000000001/export")
        .await
        .refused(404, "USER_NOT_FOUND");
    app.stop_and_verify();
}
