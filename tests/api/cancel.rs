//! DELETE `/api/v1/seats/cancel`.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually, time_ms};
use crate::harness::client::Call;
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn a_hold_is_given_up_and_the_seat_is_free() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    let body = app.canceling(&kim, json!({"seats": [3, 2]})).await.success(200);
    assert_names(&body, &["status", "date", "seatNumber", "seats", "places", "canceledAt"]);
    assert_eq!((&body["status"], &body["date"]), (&json!("canceled"), &json!(DATE)));
    assert_eq!((&body["seatNumber"], &body["seats"]), (&json!(2), &json!([2, 3])));
    let place =
        |seat: u32| json!({"seat": seat, "section": "A", "row": 1, "rowLabel": "1", "label": format!("1-{seat}")});
    assert_eq!(body["places"], json!([place(2), place(3)]));
    time_ms(&body["canceledAt"]);
    app.reserving(&lee, json!({"seats": [2, 3]})).await.success(200);
    // The place stays, also when its last hold has been given up.
    app.canceling(&kim, json!({"seat": 1})).await.success(200);
    let place = app.place(&kim).await.success(200);
    assert_eq!((&place["status"], &place["expiresAt"]), (&json!("ACTIVE"), &kim.joined["expiresAt"]));
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
}

#[tokio::test]
async fn the_fields_may_travel_in_the_query() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seats": [1, 2, 3, 4]})).await.success(200);
    let head = format!("userId={}&date={DATE}", kim.user);
    assert_eq!(by_query(&app, &kim, &format!("{head}&seat=4")).await.success(200)["seats"], json!([4]));
    assert_eq!(by_query(&app, &kim, &format!("{head}&seats=3,1")).await.success(200)["seats"], json!([1, 3]));
    assert_eq!(by_query(&app, &kim, &format!("{head}&seats=2")).await.success(200)["seats"], json!([2]));
    for seats in
        ["seats=", "seats=1,", "seats=1,,2", "seats=1,1", "seats=1.0", "seats=x", "seat=", "seat=x", "seat=1.5"]
    {
        assert_invalid(&by_query(&app, &kim, &format!("{head}&{seats}")).await, &["seat", "seats"]);
    }
    // An empty object has no fields.
    app.reserving(&kim, json!({"seat": 3})).await.success(200);
    let empty = by_query(&app, &kim, &format!("{head}&seat=3")).json(json!({}));
    assert_eq!(empty.await.success(200)["seats"], json!([3]));
    assert_invalid(&by_query(&app, &kim, &head).await, &["seat", "seats"]);
    assert_invalid(&by_query(&app, &kim, &format!("{head}&seat=1&seats=1")).await, &["seat", "seats"]);
    assert_invalid(&by_query(&app, &kim, &format!("userId={}&seat=1", kim.user)).await, &["date"]);
    assert_invalid(&by_query(&app, &kim, &format!("date={DATE}&seat=1")).await, &["userId"]);
    assert_invalid(&by_query(&app, &kim, &format!("userId=kim&date={DATE}&seat=1")).await, &["userId"]);
}

#[tokio::test]
async fn only_ones_own_hold_can_be_given_up() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&lee, json!({"seat": 3})).await.success(200);
    for seats in [json!([4]), json!([3]), json!([1, 4]), json!([1, 3])] {
        let body = app.canceling(&kim, json!({ "seats": seats })).await.refused(404, "RESERVATION_NOT_FOUND");
        assert_eq!(body["message"], "Reservation not found.");
    }
    // All or nothing: seat 1 is still held.
    app.reserving(&lee, json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");
    app.canceling(&kim, json!({"seat": 51})).await.refused(404, "SEAT_NOT_FOUND");
    app.canceling(&kim, json!({"seat": 1, "date": "2030-12-25"})).await.refused(404, "DATE_NOT_FOUND");
    app.canceling(&kim, json!({"seat": 2})).await.success(200);
    app.canceling(&kim, json!({"seat": 2})).await.refused(404, "RESERVATION_NOT_FOUND");
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    app.canceling(&kim, json!({"seat": 1})).await.refused(409, "ALREADY_PAID");
}

#[tokio::test]
async fn a_lapsed_hold_is_not_there_to_be_given_up() {
    let app = App::start(&["hold.seconds=1", "queue.end_on_hold_lapse=false"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    eventually("the lapse", async || {
        let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
        (map["mine"] == json!([])).then_some(())
    })
    .await;
    app.canceling(&kim, json!({"seats": [1, 2]})).await.refused(404, "RESERVATION_NOT_FOUND");
}

#[tokio::test]
async fn a_json_body_that_is_null_is_no_body() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 5})).await.success(200);
    by_query(&app, &kim, "").json(Value::Null).await.refused(400, "INVALID_REQUEST");
    let query = format!("userId={}&date={DATE}&seats=5", kim.user);
    by_query(&app, &kim, &query).json(Value::Null).await.success(200);
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for (method, path) in [("DELETE", "/api/v1/seats/cancel"), ("POST", "/api/v1/seats/payment")] {
        let send = |body: Value| app.client.call(method, path).bearer(&kim.token).json(body);
        let whole = json!({"userId": kim.user, "date": DATE, "seat": 1});
        for (field, values) in [
            ("userId", [Value::Null, json!(7), json!("kim"), json!([])]),
            ("date", [Value::Null, json!(7), json!("24.12.2030"), json!("2030-02-30")]),
            ("seat", [Value::Null, json!("1"), json!(1.5), json!([1])]),
            ("seats", [json!([]), json!([1, 1]), json!(["1"]), json!(1)]),
        ] {
            for value in values {
                let mut body = whole.clone();
                if field == "seats" {
                    body["seat"] = Value::Null;
                }
                body[field] = value;
                assert_invalid(&send(body).await, &[field, if field == "seat" { "seats" } else { field }]);
            }
        }
        let mut best = json!({"userId": kim.user, "date": DATE});
        best["bestAvailable"] = json!({"count": 1});
        assert_invalid(&send(best).await, &["seat", "seats"]);
        app.client.call(method, path).bearer(&kim.token).text("{").await.refused(400, "INVALID_REQUEST");
    }
}

fn by_query(app: &App, guest: &Guest, query: &str) -> Call {
    app.delete(&format!("/api/v1/seats/cancel?{query}")).bearer(&guest.token)
}
