use axum::body::Body;
use axum::extract::FromRequest;
use axum::http;
use axum::http::request::Builder;
use serde_json::{Value, json};

use super::{Problem, Request};

async fn read(builder: Builder, body: Body) -> Result<Request, Problem> {
    Request::from_request(builder.body(body).expect("a request"), &()).await
}

async fn request(builder: Builder, body: &str) -> Request {
    read(builder, Body::from(body.to_owned())).await.expect("the body is short")
}

fn delete(uri: &str) -> Builder {
    http::Request::delete(uri)
}

fn post(content_type: &str) -> Builder {
    http::Request::post("/x").header("content-type", content_type)
}

fn reason<T>(answer: Result<T, Problem>) -> &'static str {
    answer.err().map_or("fine", |problem| problem.reason())
}

#[tokio::test]
async fn only_json_in_utf_8_is_a_json_body() {
    for fine in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        assert_eq!(reason(request(post(fine), "{}").await.json()), "fine", "{fine}");
    }
    for other in
        ["text/plain", "application/json; charset=latin1", "application/jsonx", "application/x-www-form-urlencoded", ""]
    {
        assert_eq!(reason(request(post(other), "{}").await.json()), "UNSUPPORTED_MEDIA_TYPE", "{other}");
    }
    assert_eq!(reason(request(http::Request::post("/x"), "{}").await.json()), "UNSUPPORTED_MEDIA_TYPE", "without any");
}

#[tokio::test]
async fn a_body_is_one_json_object_that_gives_a_field_once() {
    let json = |text: &'static str| async move { request(post("application/json"), text).await.json() };
    for bad in ["", "{", "[]", "7", "null", "{} {}", "{'a':1}", "{\"a\":01}", "\u{feff}{}"] {
        let problem = json(bad).await.expect_err(bad);
        assert_eq!((problem.status().as_u16(), problem.reason()), (400, "INVALID_REQUEST"), "{bad:?}");
    }
    let deep = "[".repeat(10_000);
    assert_eq!(reason(request(post("application/json"), &deep).await.json()), "INVALID_REQUEST");
    assert_eq!(reason(json("{\"a\":1,\"a\":2}").await), "INVALID_REQUEST");
    let fields = json("{\"a\":1,\"b\":2}").await.expect("an object");
    assert_eq!(Value::Object(fields), json!({"a": 1, "b": 2}));
}

#[tokio::test]
async fn a_bearer_token_is_one_word_of_one_header() {
    let with = |value: &'static str| http::Request::get("/x").header("authorization", value);
    for fine in ["Bearer abc", "bearer abc", "BEARER   abc"] {
        assert_eq!(request(with(fine), "").await.bearer().expect(fine), "abc");
    }
    for bad in ["", "Bearer", "Bearer ", "abc", "Basic abc", "Bearer a b", "Bearer\tabc"] {
        assert_eq!(reason(request(with(bad), "").await.bearer()), "TOKEN_INVALID", "{bad:?}");
    }
    assert_eq!(reason(request(http::Request::get("/x"), "").await.bearer()), "TOKEN_INVALID");
    assert_eq!(
        reason(request(with("Bearer a").header("authorization", "Bearer b"), "").await.bearer()),
        "TOKEN_INVALID"
    );
}

#[tokio::test]
async fn a_delete_takes_its_fields_from_the_body_or_the_query() {
    let query = "/x?userId=u&date=2030-12-24&seats=5,6,x&seat=7&big=99999999999999999999&float=1.0&word=a%20b+c&empty=";
    let fields = request(delete(query), "").await.fields(&["seats"]).expect("fields");
    let expected = json!({"userId": "u", "date": "2030-12-24", "seats": [5, 6, "x"], "seat": 7,
        "big": "99999999999999999999", "float": "1.0", "word": "a b c", "empty": ""});
    assert_eq!(Value::Object(fields), expected);
    let body = |query: &str| delete(&format!("/x?{query}")).header("content-type", "application/json");
    let fields = request(body("note=7"), "{\"seat\":8}").await.fields(&["seats"]).expect("fields");
    assert_eq!(Value::Object(fields), json!({"seat": 8}), "the body has them all");
    assert_eq!(reason(request(body("seat=7"), "{\"seat\":8}").await.fields(&["seats"])), "INVALID_REQUEST");
    assert_eq!(reason(request(delete("/x?seat=7&seat=8"), "").await.fields(&[])), "INVALID_REQUEST");
    assert_eq!(reason(request(delete("/x"), "{}").await.fields(&[])), "UNSUPPORTED_MEDIA_TYPE");
    assert!(request(delete("/x"), "").await.fields(&[]).expect("none").is_empty());
}

#[tokio::test]
async fn a_name_of_the_query_is_given_once() {
    let uri = http::Request::get("/x?a=1&b=&c=%C3%A9&c=2");
    let request = request(uri, "").await;
    assert_eq!(request.query("a").expect("once").as_deref(), Some("1"));
    assert_eq!(request.query("b").expect("once").as_deref(), Some(""));
    assert_eq!(request.query("d").expect("never"), None);
    assert_eq!(reason(request.query("c")), "INVALID_REQUEST");
}
