//! The operator's users: find, block, delete.

use serde_json::{Value, json};

use crate::harness::app::{App, time_ms};
use crate::shape::{assert_ended, assert_invalid};

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

#[tokio::test]
async fn a_user_is_found_by_name_and_by_id() {
    let app = App::start(&[]);
    let kim = app.user("kim 김").await;
    let by_id = app.operator("GET", &path(&kim)).await.success(200);
    assert_eq!((&by_id["userId"], &by_id["username"]), (&json!(kim), &json!("kim 김")));
    for name in ["createdAt", "updatedAt"] {
        time_ms(&by_id[name]);
    }
    assert!(by_id.as_object().unwrap().contains_key("deletedAt") && by_id["deletedAt"].is_null(), "{by_id}");
    let by_name = app.operator("GET", "/api/v1/admin/users?username=kim%20%EA%B9%80").await.success(200);
    assert_eq!(by_name, by_id);
    app.operator("GET", "/api/v1/admin/users?username=lee").await.refused(404, "USER_NOT_FOUND");
    app.operator("GET", &path(NOBODY)).await.refused(404, "USER_NOT_FOUND");
    app.operator("PATCH", &path(NOBODY)).json(json!({"blocked": true})).await.refused(404, "USER_NOT_FOUND");
    app.operator("DELETE", &path(NOBODY)).await.refused(404, "USER_NOT_FOUND");
    assert_invalid(&app.operator("GET", &path("kim")).await, &["userId"]);
    for blocked in ["7", "\"true\"", "[]", "1"] {
        let body = format!(r#"{{"blocked":{blocked}}}"#);
        assert_invalid(&app.operator("PATCH", &path(&kim)).text(body).await, &["blocked"]);
    }
}

#[tokio::test]
async fn a_blocked_user_is_refused_everywhere() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.guest("lee", "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    block(&app, &kim.user, json!(true)).await;
    for (method, path, body) in requests_of(&kim.user) {
        app.client.call(method, &path).text(body).await.refused(403, "USER_BLOCKED");
    }
    assert_ended(&app.place(&kim).await, "blocked");
    // The place has ended at once: the next is in, the seat is free.
    assert_eq!(app.place(&lee).await.success(200)["status"], "ACTIVE");
    app.reserving(&lee, json!({"seat": 1})).await.success(200);
    let found = app.operator("GET", &path(&kim.user)).await.success(200);
    assert_eq!(found["blocked"], true);

    block(&app, &kim.user, json!(false)).await;
    assert_eq!(app.balance(&kim.user).await, 5_000);
    assert_ended(&app.place(&kim).await, "blocked");
    app.join(&kim.user, "spring").await;
}

#[tokio::test]
async fn only_a_user_with_an_empty_wallet_is_deleted() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 5_000).await;
    app.operator("DELETE", &path(&kim.user)).await.refused(409, "WALLET_NOT_EMPTY");
    app.place(&kim).await.success(200);
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    let deleted = app.operator("DELETE", &path(&kim.user)).await.success(200);
    time_ms(&deleted["deletedAt"]);
    for (method, path, body) in requests_of(&kim.user) {
        app.client.call(method, &path).text(body).await.refused(404, "USER_NOT_FOUND");
    }
    assert_ended(&app.place(&kim).await, "deleted");
    // Soft: the operator still reads it.
    let found = app.operator("GET", &path(&kim.user)).await.success(200);
    assert_eq!(found["deletedAt"], deleted["deletedAt"]);
    app.place(&lee).await.success(200);
}

/// What a user can ask for without a token.
fn requests_of(user: &str) -> Vec<(&'static str, String, String)> {
    let join = json!({"userId": user, "concertId": "spring"});
    vec![
        ("GET", format!("/api/v1/users/{user}/balance"), String::new()),
        ("GET", format!("/api/v1/users/{user}/ledger"), String::new()),
        ("GET", format!("/api/v1/users/{user}/payments"), String::new()),
        ("GET", format!("/api/v1/concerts/spring/reservations?userId={user}"), String::new()),
        ("POST", format!("/api/v1/users/{user}/balance/charge"), json!({"amount": 5}).to_string()),
        ("POST", "/api/v1/token".to_owned(), join.to_string()),
    ]
}

async fn block(app: &App, user: &str, blocked: Value) {
    let found = app.operator("PATCH", &path(user)).json(json!({ "blocked": blocked })).await.success(200);
    assert_eq!((&found["blocked"], &found["userId"]), (&blocked, &json!(user)));
}

fn path(user: &str) -> String {
    format!("/api/v1/admin/users/{user}")
}
