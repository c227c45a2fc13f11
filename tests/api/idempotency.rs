//! `Idempotency-Key`: what is kept, what is given again, and what a key must not be used for.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::client::{Answer, Call};
use crate::shape::{assert_ended, assert_invalid};

#[tokio::test]
async fn a_kept_answer_is_given_again() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let charged = twice(&app, || app.charging(&kim.user, 10_000)).await;
    assert_eq!(charged.success(200)["newBalance"], 10_000);
    twice(&app, || app.reserving(&kim, json!({"seats": [1, 2]}))).await;
    twice(&app, || app.canceling(&kim, json!({"seat": 2}))).await;
    let query = format!("/api/v1/seats/cancel?userId={}&date={DATE}&seat=3", kim.user);
    app.reserving(&kim, json!({"seat": 3})).await.success(200);
    twice(&app, || app.delete(&query).bearer(&kim.token)).await;
    // The token has ended with the payment; the retry gets its answer all the same.
    let paid = twice(&app, || app.paying(&kim, json!({"seat": 1}))).await;
    let payment = text(&paid.success(200)["paymentId"]);
    assert_ended(&app.place(&kim).await, "paid");
    twice(&app, || app.refunding(&payment)).await;
    assert_eq!(app.balance(&kim.user).await, 10_000);

    // Across a restart, after the seat has long been free again.
    app.process.kill();
    app.start_again();
    let again = app.paying(&kim, json!({"seat": 1})).key(&key_of(&app.paying(&kim, json!({"seat": 1})))).await;
    assert_replayed(&again, &paid);
    let again = app.charging(&kim.user, 10_000).key(&key_of(&app.charging(&kim.user, 10_000))).await;
    assert_replayed(&again, &charged);
    assert_eq!(app.balance(&kim.user).await, 10_000);
}

#[tokio::test]
async fn leaving_may_be_retried() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let first = app.leaving(&kim).key("leave").await;
    first.success(200);
    assert_replayed(&app.leaving(&kim).key("leave").await, &first);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let charge = format!("/api/v1/users/{}/balance/charge", kim.user);
    app.post(&charge).key("k").text(r#"{"amount":5}"#).await.success(200);
    // Another body means other bytes, be they malformed; it is looked up before the body is judged.
    for body in [r#"{"amount":6}"#, r#"{"amount": 5}"#, r#"{"amount":5} "#, "{", r#"{"amount":0}"#] {
        app.post(&charge).key("k").text(body).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    }
    // Another path, another method.
    app.reserving(&kim, json!({"seat": 1})).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.canceling(&kim, json!({"seat": 1})).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.reserving(&kim, json!({"seats": [1, 2]})).key("r").await.success(200);
    app.paying(&kim, json!({"seats": [1, 2]})).key("r").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // The path includes the query.
    let cancel = |seat: u64| {
        let path = format!("/api/v1/seats/cancel?userId={}&date={DATE}&seat={seat}", kim.user);
        app.delete(&path).bearer(&kim.token).key("c")
    };
    cancel(1).await.success(200);
    cancel(2).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // A key of another user is another key; so is the operator's.
    let lee = app.user("lee").await;
    let body = app.charging(&lee, 5).key("k").await.success(200);
    assert_eq!(body["newBalance"], 5);
    // A proof that does not hold is judged before the key.
    app.reserving(&kim, json!({"seats": [1, 2]})).key("r").bearer("x").await.refused(401, "TOKEN_INVALID");
    assert_eq!(app.balance(&kim.user).await, 5);
}

#[tokio::test]
async fn a_key_stands_for_the_concert_of_the_token() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    app.concert("autumn", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let there = app.join(&kim.user, "autumn").await;
    app.charge(&kim.user, 20_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).key("reserve").await.success(200);
    app.canceling(&kim, json!({"seat": 2})).key("cancel").await.success(200);
    let paid = app.paying(&kim, json!({"seat": 1})).key("pay").await;
    paid.success(200);
    // The same date and seats at another concert are something else, held there or not.
    app.reserving(&there, json!({"seats": [1, 2]})).key("reserve").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.reserving(&there, json!({"seats": [1, 2]})).await.success(200);
    app.canceling(&there, json!({"seat": 2})).key("cancel").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.paying(&there, json!({"seat": 1})).key("pay").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.balance(&kim.user).await, 15_000);
    // A new place at the same concert is the same concert.
    let again = app.join(&kim.user, "spring").await;
    assert_replayed(&app.paying(&again, json!({"seat": 1})).key("pay").await, &paid);
    let left = app.leaving(&again).key("leave").await;
    left.success(200);
    app.leaving(&there).key("leave").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.place(&there).await.success(200);
    let third = app.join(&kim.user, "spring").await;
    assert_replayed(&app.leaving(&third).key("leave").await, &left);
    app.place(&third).await.success(200);
}

#[tokio::test]
async fn ids_of_a_path_count_in_either_case_of_letters() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let charge = |user: &str| app.post(&format!("/api/v1/users/{user}/balance/charge")).json(json!({"amount": 5_000}));
    let charged = charge(&kim.user).key("c").await;
    charged.success(200);
    let upper = kim.user.to_uppercase();
    assert_replayed(&charge(&upper).key("c").await, &charged);
    let escaped = format!("%{:02X}{}", kim.user.as_bytes()[0], &kim.user[1..]);
    assert_replayed(&charge(&escaped).key("c").await, &charged);
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let cancel = |fields: &str| app.delete(&format!("/api/v1/seats/cancel?{fields}")).bearer(&kim.token).key("x");
    let canceled = cancel(&format!("userId={}&date={DATE}&seat=2", kim.user)).await;
    canceled.success(200);
    assert_replayed(&cancel(&format!("userId={upper}&date={DATE}&seat=2")).await, &canceled);
    assert_replayed(&cancel(&format!("date={DATE}&seat=%32&userId={upper}")).await, &canceled);
    cancel(&format!("userId={upper}&date={DATE}&seat=1")).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let payment = text(&app.paying(&kim, json!({"seat": 1})).await.success(200)["paymentId"]);
    let refunded = app.refunding(&payment).key("r").await;
    refunded.success(200);
    assert_replayed(&app.refunding(&payment.to_uppercase()).key("r").await, &refunded);
    let user = |id: &str| app.operator("DELETE", &format!("/api/v1/admin/users/{id}")).key("d");
    let lee = app.user("lee").await;
    let deleted = user(&lee).await;
    deleted.success(200);
    assert_replayed(&user(&lee.to_uppercase()).await, &deleted);
}

#[tokio::test]
async fn a_lost_answer_to_signing_up_is_given_again() {
    let mut app = App::start(&[]);
    let sign_up = |app: &App, name: &str| app.post("/api/v1/users").json(json!({ "username": name }));
    let first = sign_up(&app, "kim").key("signing-up").await;
    let body = first.success(201);
    assert!(first.header("idempotent-replayed").is_none());
    assert_replayed(&sign_up(&app, "kim").key("signing-up").await, &first);
    sign_up(&app, "lee").key("signing-up").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    sign_up(&app, "kim").key("another").await.refused(409, "USERNAME_TAKEN");
    sign_up(&app, "kim").await.refused(409, "USERNAME_TAKEN");
    // A refusal is not kept; a key of a user or of the operator is another one.
    sign_up(&app, "park").key("another").await.success(201);
    app.charging(&text(&body["userId"]), 5).key("signing-up").await.success(200);
    let path = "/api/v1/admin/concerts";
    let concert = json!({"title": "x", "dates": [{"date": DATE, "price": 1}]});
    app.operator("POST", path).json(concert).key("signing-up").await.success(201);
    assert_invalid(&sign_up(&app, "choi").key("a b").await, &["Idempotency-Key"]);
    app.process.kill();
    app.start_again();
    assert_replayed(&sign_up(&app, "kim").key("signing-up").await, &first);
    let (one, two) =
        tokio::join!(sign_up(&app, "choi").key("race").into_future(), sign_up(&app, "choi").key("race").into_future());
    assert_eq!((one.status, &one.bytes), (201, &two.bytes));
}

#[tokio::test]
async fn taking_a_place_may_be_retried() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1}})).await;
    app.concert("autumn", json!({})).await;
    let first = app.guest("first", "spring").await;
    let kim = app.user("kim").await;
    let join = |app: &App, body: Value| app.post("/api/v1/token").json(body);
    let body = json!({"userId": kim, "concertId": "spring"});
    let taken = join(&app, body.clone()).key("place").await;
    let place = taken.success(201);
    assert!(taken.header("idempotent-replayed").is_none());
    assert_eq!((&place["status"], &place["queuePosition"]), (&json!("WAITING"), &json!(1)));
    app.process.kill();
    app.start_again();
    app.leaving(&first).await.success(200);
    assert_replayed(&join(&app, body.clone()).key("place").await, &taken);
    let told = app.get("/api/v1/token").bearer(&text(&place["token"])).await.success(200);
    assert_eq!(told["status"], "ACTIVE", "how it stands is told by its token");
    // Without the key, and with another, it is the same place, which is there already.
    join(&app, body.clone()).await.success(200);
    let other = join(&app, body.clone()).key("other").await;
    other.success(200);
    assert!(other.header("idempotent-replayed").is_none());
    // The key belongs to its body and its user, whatever has become of the place.
    let elsewhere = json!({"userId": kim, "concertId": "autumn"});
    join(&app, elsewhere).key("place").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let lee = app.user("lee").await;
    join(&app, json!({"userId": lee, "concertId": "spring"})).key("place").await.success(201);
    app.delete("/api/v1/token").bearer(&text(&place["token"])).await.success(200);
    assert_replayed(&join(&app, body.clone()).key("place").await, &taken);
    assert_ended(&app.get("/api/v1/token").bearer(&text(&place["token"])).await, "left");
    join(&app, body).key("anew").await.success(201);
}

#[tokio::test]
async fn the_operator_has_keys_of_its_own() {
    let app = App::start(&["wallet.charge=operator"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.user("lee").await;
    let charge = |user: &str| {
        app.operator("POST", &format!("/api/v1/users/{user}/balance/charge")).key("k").json(json!({"amount": 5_000}))
    };
    charge(&kim.user).await.success(200);
    // The acting user is the operator, whoever's wallet it is.
    charge(&lee).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.reserving(&kim, json!({"seat": 1})).key("k").await.success(200);
    let payment = text(&app.paying(&kim, json!({"seat": 1})).key("p").await.success(200)["paymentId"]);
    app.refunding(&payment).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.refunding(&payment).key("p").await.success(200);
}

#[tokio::test]
async fn refusals_are_not_kept() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.paying(&kim, json!({"seat": 1})).key("p").await.refused(404, "RESERVATION_NOT_FOUND");
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).key("p").await.refused(400, "INSUFFICIENT_BALANCE");
    app.charging(&kim.user, 0).key("c").await.refused(400, "INVALID_AMOUNT");
    app.charging(&kim.user, 5_000).key("c").await.success(200);
    let paid = app.paying(&kim, json!({"seat": 1})).key("p").await;
    assert_eq!(paid.success(200)["balance"], 0);
    assert!(paid.header("idempotent-replayed").is_none());
    assert_replayed(&app.paying(&kim, json!({"seat": 1})).key("p").await, &paid);
}

#[tokio::test]
async fn a_key_is_visible_ascii() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    let longest = "k".repeat(255);
    for key in ["!", "~", "a:b/c?d=e&f", longest.as_str()] {
        app.charging(&kim, 1).key(key).await.success(200);
    }
    let too_long = "k".repeat(256);
    for key in ["", "a b", "\t", "키", too_long.as_str()] {
        let answer = app.charging(&kim, 1).key(key).await;
        assert_invalid(&answer, &["Idempotency-Key", "idempotency-key"]);
    }
    assert_eq!(app.balance(&kim).await, 4);
}

#[tokio::test]
async fn a_retry_waits_for_the_first_under_way() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for round in 0..20 {
        let key = format!("key-{round}");
        let (one, two) = tokio::join!(
            app.charging(&kim.user, 10).key(&key).into_future(),
            app.charging(&kim.user, 10).key(&key).into_future()
        );
        one.success(200);
        assert_eq!(one.bytes, two.bytes);
        let replayed = [&one, &two].map(|answer| answer.header("idempotent-replayed").is_some());
        assert!(replayed[0] != replayed[1], "one is the first, the other its replay: {replayed:?}");
    }
    assert_eq!(app.balance(&kim.user).await, 200);
}

#[tokio::test]
async fn a_key_without_a_body_of_money_changes_nothing_twice() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    // Taking the same seat twice is no error even without a key; with one, the second answer is the first.
    let first = hold(&app, &kim, 7).key("h").await;
    app.canceling(&kim, json!({"seat": 7})).await.success(200);
    assert_replayed(&hold(&app, &kim, 7).key("h").await, &first);
    let map: Value = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
    assert_eq!(map["mine"], json!([]), "a replay holds nothing");
}

fn hold(app: &App, guest: &Guest, seat: u64) -> Call {
    app.reserving(guest, json!({ "seat": seat }))
}

/// Sends a call twice with one key; the second answer must be the first again.
async fn twice(app: &App, call: impl Fn() -> Call) -> Answer {
    let key = key_of(&call());
    let first = call().key(&key).await;
    first.success(200);
    assert!(first.header("idempotent-replayed").is_none(), "{}", first.story());
    let user_events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    assert_replayed(&call().key(&key).await, &first);
    let after = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    assert_eq!(after, user_events, "a replay changes nothing");
    first
}

#[track_caller]
fn assert_replayed(answer: &Answer, first: &Answer) {
    assert_eq!((answer.status, &answer.bytes), (first.status, &first.bytes), "{}", answer.story());
    assert_eq!(answer.header("idempotent-replayed"), Some("true"), "{}", answer.story());
    assert_eq!(answer.header("content-type"), first.header("content-type"));
}

/// A key of its own for every method, path and body.
fn key_of(call: &Call) -> String {
    call.story().bytes().filter(u8::is_ascii_graphic).map(char::from).take(255).collect()
}
