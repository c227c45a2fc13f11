use axum::body::Body;
use axum::extract::FromRequest;
use axum::http::Request;
use axum::http::request::Builder;
use serde_json::{Value, json};

use super::{Call, Failure};
use crate::domain::ConcertId;

async fn read(builder: Builder, body: Body) -> Result<Call, Failure> {
    Call::from_request(builder.body(body).expect("a request"), &()).await
}

async fn call(builder: Builder, body: &str) -> Call {
    read(builder, Body::from(body.to_owned())).await.expect("the body is short")
}

fn delete(uri: &str) -> Builder {
    Request::delete(uri)
}

fn post(content_type: &str) -> Builder {
    Request::post("/x").header("content-type", content_type)
}

fn reason<T>(answer: Result<T, Failure>) -> &'static str {
    answer.err().map_or("fine", |failure| failure.reason())
}

#[tokio::test]
async fn only_json_in_utf_8_is_a_json_body() {
    for fine in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        assert_eq!(reason(call(post(fine), "{}").await.json()), "fine", "{fine}");
    }
    for other in
        ["text/plain", "application/json; charset=latin1", "application/jsonx", "application/x-www-form-urlencoded", ""]
    {
        assert_eq!(reason(call(post(other), "{}").await.json()), "UNSUPPORTED_MEDIA_TYPE", "{other}");
    }
    assert_eq!(reason(call(Request::post("/x"), "{}").await.json()), "UNSUPPORTED_MEDIA_TYPE", "without any");
}

#[tokio::test]
async fn a_body_is_one_json_object_that_gives_a_field_once() {
    let json = |text: &'static str| async move { call(post("application/json"), text).await.json() };
    for bad in ["", "{", "[]", "7", "null", "{} {}", "{'a':1}", "{\"a\":01}", "\u{feff}{}"] {
        let failure = json(bad).await.expect_err(bad);
        assert_eq!((failure.status().as_u16(), failure.reason()), (400, "INVALID_REQUEST"), "{bad:?}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(reason(call(post("application/json"), &deep).await.json()), "INVALID_REQUEST");
    assert_eq!(reason(json("{\"a\":1,\"a\":2}").await), "INVALID_REQUEST");
    let fields = json("{\"a\":1,\"b\":2}").await.expect("an object");
    assert_eq!(Value::Object(fields), json!({"a": 1, "b": 2}));
}

#[tokio::test]
async fn a_bearer_token_is_one_word_of_one_header() {
    let with = |value: &'static str| Request::get("/x").header("authorization", value);
    for fine in ["Bearer abc", "bearer abc", "BEARER   abc"] {
        assert_eq!(call(with(fine), "").await.bearer().expect(fine), "abc");
    }
    for bad in ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearer a b", "Bearer\tabc"] {
        assert_eq!(reason(call(with(bad), "").await.bearer()), "TOKEN_INVALID", "{bad:?}");
    }
    assert_eq!(reason(call(Request::get("/x"), "").await.bearer()), "TOKEN_INVALID");
    assert_eq!(reason(call(with("Bearer a").header("authorization", "Bearer b"), "").await.bearer()), "TOKEN_INVALID");
}

#[tokio::test]
async fn an_idempotency_key_is_1_to_255_visible_characters() {
    let with = |value: &str| Request::post("/x").header("idempotency-key", value);
    assert_eq!(call(Request::post("/x"), "").await.idempotency_key().expect("none is fine"), None);
    let longest = "k".repeat(255);
    for fine in ["k", "~!\"{}", &longest] {
        assert_eq!(call(with(fine), "").await.idempotency_key().expect(fine), Some(fine));
    }
    for bad in ["", "a b", "a\tb", "é", &"k".repeat(256)] {
        assert_eq!(reason(call(with(bad), "").await.idempotency_key()), "INVALID_REQUEST", "{bad:?}");
    }
    assert_eq!(reason(call(with("a").header("idempotency-key", "a"), "").await.idempotency_key()), "INVALID_REQUEST");
}

#[tokio::test]
async fn a_delete_takes_its_fields_from_the_body_or_the_query() {
    let query = "/x?userId=u&date=2030-12-24&seats=5,6,x&seat=7&big=99999999999999999999&float=1.0&word=a%20b+c&empty=";
    let fields = call(delete(query), "").await.fields(&["seats"]).expect("fields");
    let expected = json!({"userId": "u", "date": "2030-12-24", "seats": [5, 6, "x"], "seat": 7,
        "big": "99999999999999999999", "float": "1.0", "word": "a b c", "empty": ""});
    assert_eq!(Value::Object(fields), expected);
    let body = |query: &str| delete(&format!("/x?{query}")).header("content-type", "application/json");
    let fields = call(body("note=7"), "{\"seat\":8}").await.fields(&["seats"]).expect("fields");
    assert_eq!(Value::Object(fields), json!({"seat": 8}), "the body has them all");
    assert_eq!(reason(call(body("seat=7"), "{\"seat\":8}").await.fields(&["seats"])), "INVALID_REQUEST");
    assert_eq!(reason(call(delete("/x?seat=7&seat=8"), "").await.fields(&[])), "INVALID_REQUEST");
    assert_eq!(reason(call(delete("/x"), "{}").await.fields(&[])), "UNSUPPORTED_MEDIA_TYPE");
    assert!(call(delete("/x"), "").await.fields(&[]).expect("none").is_empty());
}

#[tokio::test]
async fn a_name_of_the_query_is_given_once() {
    let uri = Request::get("/x?a=1&b=&c=%C3%A9&c=2");
    let call = call(uri, "").await;
    assert_eq!(call.query("a").expect("once").as_deref(), Some("1"));
    assert_eq!(call.query("b").expect("once").as_deref(), Some(""));
    assert_eq!(call.query("d").expect("never"), None);
    assert_eq!(reason(call.query("c")), "INVALID_REQUEST");
}

#[tokio::test]
async fn a_fingerprint_tells_method_path_query_and_body_apart() {
    let of = async |builder, body| call(builder, body).await.fingerprint(None);
    let spring = ConcertId::parse("spring").expect("an id");
    let mut fingerprints = vec![
        of(Request::post("/x"), "a").await,
        of(Request::put("/x"), "a").await,
        of(Request::post("/xa"), "").await,
        of(Request::post("/x?a"), "a").await,
        of(Request::post("/x?b"), "a").await,
        of(Request::post("/x/a/"), "a").await,
        of(Request::post("/x"), "a ").await,
        of(Request::post("/x"), "").await,
        call(Request::post("/x"), "a").await.fingerprint(Some(&spring)),
    ];
    assert_eq!(fingerprints[0], of(Request::post("/x").header("a", "b"), "a").await);
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 9);
}

#[tokio::test]
async fn a_fingerprint_is_the_same_however_path_and_query_are_written() {
    let of = async |target: &str| call(delete(target), "").await.fingerprint(None);
    let user = "0193a4c5-7e1a-4c3e-8d2b-5f6a7b8c9d0e";
    let lower = of(&format!("/users/{user}?userId={user}&seats=5,6")).await;
    let upper = user.to_uppercase();
    for same in [
        format!("/users/{upper}?userId={upper}&seats=5,6"),
        format!("/users/{}%45?userId={user}&seats=5%2C6", &upper[..35]),
        format!("/users/{user}?seats=5,6&userId={user}"),
        format!("http://a.example/%75sers/{user}?userId={user}&seats=5,6"),
    ] {
        assert_eq!(of(&same).await, lower, "{same}");
    }
    for other in [
        format!("/users/{user}?userId={user}&seats=6,5"),
        format!("/Users/{user}?userId={user}&seats=5,6"),
        format!("/users/{user}?userid={user}&seats=5,6"),
    ] {
        assert_ne!(of(&other).await, lower, "{other}");
    }
}
