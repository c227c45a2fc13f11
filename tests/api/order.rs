//! The order of refusals: where two are true at once, the one that the contract lists earlier is given.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually};
use crate::harness::client::Call;
use crate::shape::{assert_ended, assert_waiting};

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

#[tokio::test]
async fn the_token_is_judged_before_media_type_and_body() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for (method, path) in
        [("POST", "/api/v1/seats/reserve"), ("POST", "/api/v1/seats/payment"), ("DELETE", "/api/v1/seats/cancel")]
    {
        let call = || app.client.call(method, path);
        call().text("{").header("content-type", "text/plain").await.refused(401, "TOKEN_INVALID");
        call().text("{").await.refused(401, "TOKEN_INVALID");
        let plain = call().bearer(&kim.token).text("{}").header("content-type", "text/plain").await;
        plain.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    app.client.call("PATCH", "/api/v1/admin/concerts/spring").text("{").await.refused(401, "TOKEN_INVALID");
    app.get("/api/v1/seats?date=tomorrow").await.refused(401, "TOKEN_INVALID");
    app.get("/api/v1/concerts/No_Id/availability").await.refused(401, "TOKEN_INVALID");
    // The media type is judged before the body.
    app.post("/api/v1/users")
        .text("{")
        .header("content-type", "text/plain")
        .await
        .refused(415, "UNSUPPORTED_MEDIA_TYPE");
}

#[tokio::test]
async fn a_malformed_request_is_told_before_the_state_of_the_place() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let ended = app.guest("ended", "spring").await;
    app.leaving(&ended).await.success(200);
    app.guest("active", "spring").await;
    let waiting = app.guest("waiting", "spring").await;
    for guest in [&ended, &waiting] {
        app.reserving(guest, json!({"seats": []})).await.refused(400, "INVALID_REQUEST");
        app.paying(guest, json!({"seat": 1.5})).await.refused(400, "INVALID_REQUEST");
        app.canceling(guest, json!({"date": "x"})).await.refused(400, "INVALID_REQUEST");
        app.get("/api/v1/seats?date=x").bearer(&guest.token).await.refused(400, "INVALID_REQUEST");
        app.get("/api/v1/concerts/No_Id/availability").bearer(&guest.token).await.refused(400, "INVALID_REQUEST");
    }
    // Then the place, before anything that the request names.
    for body in [json!({"userId": NOBODY, "seat": 1}), json!({"date": "1999-01-01", "seat": 99})] {
        assert_ended(&app.reserving(&ended, body.clone()).await, "left");
        assert_waiting(&app.reserving(&waiting, body).await, 1);
    }
    let other = "/api/v1/concerts/winter/availability";
    assert_ended(&app.get(other).bearer(&ended.token).await, "left");
    assert_waiting(&app.get(other).bearer(&waiting.token).await, 1);
}

#[tokio::test]
async fn whose_it_is_comes_before_what_is_there() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.get("/api/v1/concerts/winter/availability").bearer(&kim.token).await.refused(403, "WRONG_CONCERT");
    app.reserving(&kim, json!({"userId": NOBODY, "date": "1999-01-01", "seat": 99})).await.refused(403, "NOT_YOURS");
    // Date before seat.
    for call in [App::reserving, App::paying, App::canceling] as [fn(&App, &Guest, Value) -> Call; 3] {
        call(&app, &kim, json!({"date": "1999-01-01", "seat": 99})).await.refused(404, "DATE_NOT_FOUND");
    }
    // An ended place before its blocked or deleted user.
    block(&app, &kim.user).await;
    assert_ended(&app.reserving(&kim, json!({"seat": 99})).await, "blocked");
}

#[tokio::test]
async fn the_user_comes_before_the_concert_and_the_amount() {
    let app = App::start(&[]);
    app.concert("winter", json!({"status": "closed"})).await;
    app.concert("spring", json!({})).await;
    let (kim, gone) = (app.user("kim").await, app.user("gone").await);
    block(&app, &kim).await;
    app.operator("DELETE", &format!("/api/v1/admin/users/{gone}")).await.success(200);
    for concert in ["summer", "winter"] {
        app.joining(&kim, concert).await.refused(403, "USER_BLOCKED");
        app.joining(&gone, concert).await.refused(404, "USER_NOT_FOUND");
        app.joining(NOBODY, concert).await.refused(404, "USER_NOT_FOUND");
    }
    app.reservations(&kim, "summer").await.refused(403, "USER_BLOCKED");
    app.reservations(NOBODY, "summer").await.refused(404, "USER_NOT_FOUND");
    app.charging(&kim, 0).await.refused(403, "USER_BLOCKED");
    app.charging(NOBODY, 0).await.refused(404, "USER_NOT_FOUND");
    let path = format!("/api/v1/users/{NOBODY}/balance/charge");
    app.post(&path).text(r#"{"amount":"0"}"#).await.refused(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn of_reserve() {
    let app = App::start(&["sale.seat_limit=2"]);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 12, "price": 10}]})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 100).await;
    app.reserving(&lee, json!({"seat": 1})).await.success(200);
    app.reserving(&kim, json!({"seat": 2})).await.success(200);
    app.paying(&kim, json!({"seat": 2})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    let seats = |seats: Value| app.reserving(&kim, json!({ "seats": seats }));
    seats(json!([1, 13])).await.refused(404, "SEAT_NOT_FOUND");
    seats(json!([1, 2])).await.refused(409, "SEAT_TAKEN");
    seats(json!([1, 3, 4])).await.refused(409, "SEAT_TAKEN");
    seats(json!([2, 3, 4])).await.refused(409, "ALREADY_PAID");
    seats(json!([3, 4])).await.refused(409, "SEAT_LIMIT");
    app.reserving(&kim, json!({"bestAvailable": {"count": 11}})).await.refused(409, "SEAT_LIMIT");

    // After the closing: what is not there, then the closed sale, then who has the seat.
    seats(json!([3])).await.success(200);
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"status": "closed"})).await.success(200);
    seats(json!([13])).await.refused(404, "SEAT_NOT_FOUND");
    seats(json!([1])).await.refused(403, "NOT_ON_SALE");
}

#[tokio::test]
async fn of_payment() {
    let app = App::start(&["hold.seconds=1", "queue.end_on_hold_lapse=false"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    let seats = |seats: Value| app.paying(&kim, json!({ "seats": seats }));
    app.reserving(&kim, json!({"seat": 2})).await.success(200);
    seats(json!([1, 2, 51])).await.refused(404, "SEAT_NOT_FOUND");
    seats(json!([1, 2])).await.refused(409, "ALREADY_PAID");
    seats(json!([1, 3])).await.refused(409, "ALREADY_PAID");
    seats(json!([2, 3])).await.refused(404, "RESERVATION_NOT_FOUND");
    seats(json!([2])).await.refused(400, "INSUFFICIENT_BALANCE");
    eventually("the lapse", async || {
        let reason = seats(json!([2])).await.reason().unwrap();
        (reason == "HOLD_EXPIRED").then_some(())
    })
    .await;
    seats(json!([1, 2])).await.refused(409, "ALREADY_PAID");
    seats(json!([2, 3])).await.refused(409, "HOLD_EXPIRED");
    app.canceling(&kim, json!({"seats": [1, 2]})).await.refused(409, "ALREADY_PAID");
}

async fn block(app: &App, user: &str) {
    let path = format!("/api/v1/admin/users/{user}");
    app.operator("PATCH", &path).json(json!({"blocked": true})).await.success(200);
}
