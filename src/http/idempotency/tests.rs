//! Keys, and what tells the requests with one apart.

use axum::body::Body;
use axum::extract::FromRequest;
use axum::http;
use axum::http::request::Builder;

use super::{Problem, Request};
use crate::domain::ConcertId;

async fn request(builder: Builder, body: &'static str) -> Request {
    let request = builder.body(Body::from(body)).expect("a request");
    Request::from_request(request, &()).await.expect("the body is short")
}

fn refusal<T>(answer: Result<T, Problem>) -> &'static str {
    answer.err().map_or("fine", |problem| problem.reason())
}

#[tokio::test]
async fn an_idempotency_key_is_1_to_255_visible_characters() {
    let with = |value: &str| http::Request::post("/x").header("idempotency-key", value);
    assert_eq!(request(http::Request::post("/x"), "").await.idempotency_key().expect("none is fine"), None);
    let longest = "k".repeat(255);
    for fine in ["k", "~!\"{}", &longest] {
        assert_eq!(request(with(fine), "").await.idempotency_key().expect(fine), Some(fine));
    }
    for bad in ["", "a b", "a\tb", "é", &"k".repeat(256)] {
        assert_eq!(refusal(request(with(bad), "").await.idempotency_key()), "INVALID_REQUEST", "{bad:?}");
    }
    assert_eq!(
        refusal(request(with("a").header("idempotency-key", "a"), "").await.idempotency_key()),
        "INVALID_REQUEST"
    );
}

#[tokio::test]
async fn a_fingerprint_tells_method_path_query_and_body_apart() {
    let of = async |builder, body| request(builder, body).await.fingerprint(None);
    let spring = ConcertId::parse("spring").expect("an id");
    let mut fingerprints = vec![
        of(http::Request::post("/x"), "a").await,
        of(http::Request::put("/x"), "a").await,
        of(http::Request::post("/xa"), "").await,
        of(http::Request::post("/x?a"), "a").await,
        of(http::Request::post("/x?b"), "a").await,
        of(http::Request::post("/x/a/"), "a").await,
        of(http::Request::post("/x"), "a ").await,
        of(http::Request::post("/x"), "").await,
        request(http::Request::post("/x"), "a").await.fingerprint(Some(&spring)),
    ];
    assert_eq!(fingerprints[0], of(http::Request::post("/x").header("a", "b"), "a").await);
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 9);
}

#[tokio::test]
async fn a_fingerprint_is_the_same_however_path_and_query_are_written() {
    let of = async |target: &str| request(http::Request::delete(target), "").await.fingerprint(None);
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
