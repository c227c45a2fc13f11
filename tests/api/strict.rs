//! What an operator sends is strict, a field is given once, and numbers are named as they were sent.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::{Answer, Call};

const CONCERTS: &str = "/api/v1/admin/concerts";
const SPRING: &str = "/api/v1/admin/concerts/spring";

/// 400 that names this field and, in the message, what was probably meant.
#[track_caller]
fn assert_unknown(answer: &Answer, field: &str, nearest: &str) {
    let body = answer.refused(400, "INVALID_REQUEST");
    assert_eq!(body["field"], field, "{}", answer.story());
    let message = text(&body["message"]);
    assert!(message.contains(&format!("`{nearest}`")), "{message} does not name {nearest}");
}

#[track_caller]
fn assert_field(answer: &Answer, field: &str) {
    assert_eq!(answer.refused(400, "INVALID_REQUEST")["field"], field, "{}", answer.story());
}

fn concert_with(field: &str, value: Value) -> Value {
    let mut body = json!({"concertId": "autumn", "title": "x", "dates": [{"date": DATE, "price": 5000}]});
    body[field] = value;
    body
}

#[tokio::test]
async fn a_typo_in_a_queue_policy_resets_nothing() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 7}})).await;
    let path = format!("{SPRING}/queue");
    for typo in ["maxactive", "max_active", "maxActiv", "MaxActive"] {
        let answer = app.operator("PUT", &path).json(json!({ typo: 2 })).await;
        assert_unknown(&answer, typo, "maxActive");
        let answer = app.operator("PATCH", SPRING).json(json!({"queue": { typo: 2 }})).await;
        assert_unknown(&answer, &format!("queue.{typo}"), "queue.maxActive");
    }
    // Something unknown is unknown also without a value.
    assert_unknown(&app.operator("PUT", &path).json(json!({"maxActive": 2, "oder": null})).await, "oder", "order");
    assert_eq!(app.operator("GET", &path).await.success(200)["maxActive"], 7);
}

#[tokio::test]
async fn unknown_fields_of_a_concert_are_named_with_their_path() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let before = app.operator("GET", SPRING).await.success(200);
    for (field, nearest) in
        [("tilte", "title"), ("onsaleAt", "onSaleAt"), ("time_zone", "timeZone"), ("Dates", "dates")]
    {
        let answer = app.operator("POST", CONCERTS).json(concert_with(field, json!("x"))).await;
        assert_unknown(&answer, field, nearest);
        assert_unknown(&app.operator("PATCH", SPRING).json(json!({ field: "x" })).await, field, nearest);
    }
    assert_field(&app.operator("PATCH", SPRING).json(json!({"": "x"})).await, "");
    let section = |name: &str| json!({name: name, "rows": 1, "seatsPerRow": 1, "price": 1});
    let section = json!([{"date": DATE, "sections": [section("name"), section("nmae")]}]);
    let answer = app.operator("POST", CONCERTS).json(concert_with("dates", section.clone())).await;
    assert_unknown(&answer, "dates[0].sections[1].nmae", "dates[0].sections[1].name");
    let answer = app.operator("PATCH", SPRING).json(json!({ "dates": section })).await;
    assert_unknown(&answer, "dates[0].sections[1].nmae", "dates[0].sections[1].name");
    let dates = json!([{"date": DATE, "price": 1}, {"date": "2030-12-25", "prize": 1}]);
    let answer = app.operator("PATCH", SPRING).json(json!({ "dates": dates })).await;
    assert_unknown(&answer, "dates[1].prize", "dates[1].price");
    assert_eq!(app.operator("GET", SPRING).await.success(200), before);
    app.operator("GET", &format!("{CONCERTS}/autumn")).await.refused(404, "CONCERT_NOT_FOUND");
}

#[tokio::test]
async fn what_the_operator_reads_can_be_sent_back() {
    let app = App::start(&[]);
    let dates = json!([
        {"date": DATE, "startsAt": "19:30", "seats": 20, "price": 5000},
        {"date": "2030-12-25", "sections": [{"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000}]},
    ]);
    app.concert("spring", json!({ "dates": dates })).await;
    let read = app.operator("GET", SPRING).await.success(200);
    assert_eq!(app.operator("PATCH", SPRING).json(read.clone()).await.success(200)["dates"], read["dates"]);
    let mut copy = read.clone();
    copy["concertId"] = json!("copy");
    assert_eq!(app.operator("POST", CONCERTS).json(copy).await.success(201)["dates"], read["dates"]);
    let path = format!("{SPRING}/queue");
    let queue = app.operator("GET", &path).await.success(200);
    assert_eq!(app.operator("PUT", &path).json(queue.clone()).await.success(200), queue);
    // An id is not changed by naming another, in silence.
    assert_field(&app.operator("PATCH", SPRING).json(json!({"concertId": "autumn"})).await, "concertId");
}

#[tokio::test]
async fn a_refund_takes_no_field_amiss() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seats": [1, 2]})).await.success(200)["paymentId"]);
    let path = format!("/api/v1/payments/{payment}/refund");
    for (field, value, nearest) in [("seat", json!(1), "seats"), ("resaon", json!("x"), "reason")] {
        let mut body = json!({"reason": "rain"});
        body[field] = value;
        assert_unknown(&app.operator("POST", &path).json(body).await, field, nearest);
    }
    for query in ["amount=100", "seats=1"] {
        let answer = app.operator("POST", &format!("{path}?{query}")).json(json!({"reason": "rain"})).await;
        assert_field(&answer, query.split('=').next().unwrap());
    }
    assert_eq!(app.balance(&kim.user).await, 0);
    app.operator("POST", &path).json(json!({"reason": "rain"})).await.success(200);
}

#[tokio::test]
async fn users_and_wallets_are_not_changed_by_fields_that_do_not_exist() {
    let app = App::start(&["wallet.charge=operator"]);
    let kim = app.user("kim").await;
    let path = format!("/api/v1/admin/users/{kim}");
    let answer = app.operator("PATCH", &path).json(json!({"blocked": false, "username": "lee"})).await;
    assert_field(&answer, "username");
    assert_unknown(&app.operator("PATCH", &path).json(json!({"bloked": true})).await, "bloked", "blocked");
    assert_field(&app.operator("DELETE", &path).json(json!({"dryRun": true})).await, "dryRun");
    assert_field(&app.operator("DELETE", &format!("{path}?dryRun=true")).await, "dryRun");
    let charge = format!("/api/v1/users/{kim}/balance/charge");
    let answer = app.operator("POST", &charge).json(json!({"amount": 5, "amuont": 6})).await;
    assert_unknown(&answer, "amuont", "amount");
    assert_eq!(app.operator("GET", &path).await.success(200)["balance"], 0);
    app.operator("DELETE", &path).json(json!({})).await.success(200);
}

#[tokio::test]
async fn the_operators_queries_are_strict() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.user("kim").await;
    for (path, field, nearest) in [
        ("/api/v1/admin/concerts?limt=5", "limt", "limit"),
        ("/api/v1/admin/events?affter=5", "affter", "after"),
        ("/api/v1/admin/events/stream?Limit=5", "Limit", "after"),
        ("/api/v1/admin/users?username=kim&user=1", "user", "username"),
    ] {
        assert_unknown(&app.operator("GET", path).await, field, nearest);
    }
    for path in [SPRING, &format!("{SPRING}/queue"), &format!("{SPRING}/stats"), &format!("/api/v1/admin/users/{kim}")]
    {
        assert_field(&app.operator("GET", &format!("{path}?fields=x")).await, "fields");
        app.operator("GET", path).await.success(200);
    }
    let dry = |method: &str, path: &str| app.operator(method, &format!("{path}?dryRun=true"));
    assert_field(&dry("PATCH", SPRING).json(json!({"title": "x"})).await, "dryRun");
    assert_field(&dry("PUT", &format!("{SPRING}/queue")).json(json!({})).await, "dryRun");
    assert_field(&dry("POST", CONCERTS).json(concert_with("title", json!("x"))).await, "dryRun");
    assert_eq!(app.operator("GET", SPRING).await.success(200)["title"], "spring");
}

#[tokio::test]
async fn a_field_is_given_once_by_everybody() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let seats = |fields: &str| format!(r#"{{"userId":"{}","date":"{DATE}",{fields}}}"#, kim.user);
    let reserve = |fields: &str| app.post("/api/v1/seats/reserve").bearer(&kim.token).text(seats(fields));
    for (fields, named) in [
        (r#""seat":1,"seat":2"#, "seat"),
        (r#""seat":1,"seat":1"#, "seat"),
        // The same name in another spelling, and `null` beside a value.
        (r#""seat":1,"\u0073eat":2"#, "seat"),
        (r#""seat":null,"seat":2"#, "seat"),
        (r#""bestAvailable":{"count":1,"count":2}"#, "bestAvailable.count"),
        // Also where the field itself is not known.
        (r#""seat":1,"note":1,"note":2"#, "note"),
        (r#""seat":1,"notes":[{},{"a":{"b":1,"b":2}}]"#, "notes[1].a.b"),
    ] {
        assert_field(&reserve(fields).await, named);
    }
    for (path, body, named) in [
        ("/api/v1/users", r#"{"username":"a","username":"b"}"#.to_owned(), "username"),
        ("/api/v1/token", format!(r#"{{"userId":"{0}","userId":"{0}"}}"#, kim.user), "userId"),
        (&*format!("/api/v1/users/{}/balance/charge", kim.user), r#"{"amount":1,"amount":100}"#.to_owned(), "amount"),
    ] {
        assert_field(&app.post(path).text(body).await, named);
    }
    let patch = |body: &str| app.operator("PATCH", SPRING).text(body.to_owned());
    assert_field(&patch(r#"{"title":"a","title":"b"}"#).await, "title");
    let twice = format!(r#"{{"dates":[{{"date":"{DATE}","price":1,"price":2}}]}}"#);
    assert_field(&patch(&twice).await, "dates[0].price");
    let cancel = |query: &str| app.delete(&format!("/api/v1/seats/cancel?{query}")).bearer(&kim.token);
    reserve(r#""seats":[1,2]"#).await.success(200);
    let query = format!("userId={}&date={DATE}", kim.user);
    assert_field(&cancel(&format!("{query}&seat=1&seat=2")).await, "seat");
    assert_field(&cancel(&format!("{query}&seat=1&s%65at=2")).await, "seat");
    // Once in the query and once in the body is twice, too.
    assert_field(&cancel("seat=1").text(seats(r#""seat":2"#)).await, "seat");
    let mine = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
    assert_eq!(mine["mine"], json!([1, 2]));
    assert_eq!(app.balance(&kim.user).await, 0);
    // Equal names in different objects are different fields; what buyers send beside is ignored.
    reserve(r#""seats":[3],"a":{"seat":1},"b":[{"seat":1},{"seat":1}]"#).await.success(200);
}

#[tokio::test]
async fn a_seat_is_named_as_it_was_sent() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let query = |seats: &str| {
        let path = format!("/api/v1/seats/cancel?userId={}&date={DATE}&seats={seats}", kim.user);
        app.delete(&path).bearer(&kim.token)
    };
    for seat in ["0", "-1", "51", "4294967295", "4294967296", "4294967297", "-4294967295", "18446744073709551615"] {
        let sent: Value = seat.parse().unwrap();
        let calls: [fn(&App, &crate::harness::app::Guest, Value) -> Call; 3] =
            [App::reserving, App::canceling, App::paying];
        for call in calls {
            assert_eq!(call(&app, &kim, json!({ "seat": sent })).await.refused(404, "SEAT_NOT_FOUND")["seat"], sent);
            let answer = call(&app, &kim, json!({ "seats": [sent] })).await;
            assert_eq!(answer.refused(404, "SEAT_NOT_FOUND")["seat"], sent);
        }
        assert_eq!(query(seat).await.refused(404, "SEAT_NOT_FOUND")["seat"], sent);
    }
    // Of several the lowest.
    let several = json!({"seats": [5_000_000_000_u64, -1, 4_294_967_297_u64, -2]});
    assert_eq!(app.reserving(&kim, several).await.refused(404, "SEAT_NOT_FOUND")["seat"], -2);
    let several = json!({"seats": [5_000_000_000_u64, 4_294_967_297_u64]});
    assert_eq!(app.reserving(&kim, several).await.refused(404, "SEAT_NOT_FOUND")["seat"], 4_294_967_297_u64);
    // What is no integer of 64 bits is no number of a seat.
    let longest = "9".repeat(400);
    for seat in ["1e3", "99999999999999999999", "-99999999999999999999", "5.0", "1e999", &longest] {
        let body = format!(r#"{{"userId":"{}","date":"{DATE}","seat":{seat}}}"#, kim.user);
        let answer = app.post("/api/v1/seats/reserve").bearer(&kim.token).text(body).await;
        assert_field(&answer, "seat");
    }
}
