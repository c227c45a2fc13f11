//! The edge around a router of a few routes.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use futures_util::stream;

use super::{Edge, method_not_allowed, not_found};
use crate::config::Config;

fn edge(config: &Config) -> Edge {
    let router = Router::new()
        .route("/fine", get(|| async { "fine" }))
        .route("/healthz", get(|| async { "alive" }))
        .route("/slow", get(|| async { std::future::pending::<String>().await }))
        .route("/panic", get(|| async { if true { panic!("a bug") } else { "never" } }))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Edge::new(router, config)
}

fn limited(in_flight: u32) -> Config {
    let mut config = Config::default();
    config.limits.in_flight = in_flight;
    config
}

async fn get_path(edge: &Edge, path: &str) -> (u16, Option<String>) {
    let response = edge.answer(Request::get(path).body(Body::empty()).expect("a request")).await;
    let retry = response.headers().get("retry-after").map(|value| value.to_str().expect("digits").to_owned());
    assert!(response.headers().contains_key("x-request-id"));
    (response.status().as_u16(), retry)
}

#[tokio::test]
async fn more_requests_than_the_limit_are_refused_at_once_but_health_is_told() {
    let edge = edge(&limited(2));
    let slow = || {
        let edge = edge.clone();
        tokio::spawn(async move { get_path(&edge, "/slow").await })
    };
    let tasks = [slow(), slow()];
    tokio::task::yield_now().await;
    assert_eq!(get_path(&edge, "/fine").await, (503, Some("1".into())));
    assert_eq!(get_path(&edge, "/nowhere").await.0, 503, "before anything else is looked at");
    assert_eq!(get_path(&edge, "/healthz").await.0, 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        assert!(task.await.is_err());
    }
    assert_eq!(get_path(&edge, "/fine").await.0, 200, "a request that is gone makes room");
}

#[tokio::test]
async fn whoever_is_in_the_middle_of_a_purchase_gets_through_when_arrivals_are_refused() {
    let slow = || async { std::future::pending::<String>().await };
    let router = Router::new()
        .route("/slow", get(slow))
        .route("/api/v1/token", get(|| async { "come in" }))
        .route("/api/v1/seats/slow", get(slow))
        .route("/api/v1/seats", get(|| async { "the map" }))
        .route("/api/v1/users/7/balance/charge", get(|| async { "charged" }))
        .route("/api/v1/concerts/7/availability", get(|| async { "free seats" }))
        .route("/api/v1/admin/concerts", get(|| async { "the operator" }));
    let edge = Edge::new(router, &limited(2));
    let under_way = |path: &'static str| {
        let edge = edge.clone();
        tokio::spawn(async move { get_path(&edge, path).await })
    };
    let _two = [under_way("/slow"), under_way("/slow")];
    tokio::task::yield_now().await;
    assert_eq!(get_path(&edge, "/api/v1/token").await, (503, Some("1".into())));
    for path in
        ["/api/v1/seats", "/api/v1/users/7/balance/charge", "/api/v1/concerts/7/availability", "/api/v1/admin/concerts"]
    {
        assert_eq!(get_path(&edge, path).await.0, 200, "{path}");
    }
    let _two_more = [under_way("/api/v1/seats/slow"), under_way("/api/v1/seats/slow")];
    tokio::task::yield_now().await;
    assert_eq!(get_path(&edge, "/api/v1/seats").await, (503, Some("1".into())), "as many again, and no more");
}

#[tokio::test]
async fn as_many_requests_as_the_limit_are_never_refused() {
    let edge = edge(&limited(1));
    for _ in 0..100 {
        assert_eq!(get_path(&edge, "/fine").await.0, 200);
    }
}

#[tokio::test]
async fn in_a_crowd_everybody_is_let_in_or_refused_before_anything_is_done() {
    let edge = edge(&limited(4));
    let slow = || {
        let edge = edge.clone();
        tokio::spawn(async move { get_path(&edge, "/slow").await })
    };
    let mut tasks = vec![slow()];
    tokio::task::yield_now().await;
    // With it two are under way, which is half of what may be.
    let answered = futures_util::poll!(std::pin::pin!(get_path(&edge, "/fine")));
    assert!(answered.is_ready(), "no crowd");
    tasks.extend([slow(), slow()]);
    tokio::task::yield_now().await;
    let mut let_in = std::pin::pin!(get_path(&edge, "/fine"));
    assert!(futures_util::poll!(&mut let_in).is_pending(), "the others first");
    assert_eq!(get_path(&edge, "/fine").await.0, 503, "it is counted already");
    assert_eq!(let_in.await.0, 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn an_open_stream_holds_no_permit() {
    let endless = || async { Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()) };
    let router = Router::new().route("/stream", get(endless)).route("/fine", get(|| async { "fine" }));
    let edge = Edge::new(router, &limited(1));
    let streaming = edge.answer(Request::get("/stream").body(Body::empty()).expect("a request")).await;
    assert_eq!(get_path(&edge, "/fine").await.0, 200);
    drop(streaming);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_so() {
    let mut edge = edge(&Config::default());
    assert_eq!(edge.time_limit, Duration::from_secs(10));
    edge.time_limit = Duration::from_millis(20);
    assert_eq!(get_path(&edge, "/slow").await.0, 408);
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_next_request_is_fine() {
    let edge = edge(&limited(1));
    assert_eq!(get_path(&edge, "/panic").await.0, 500);
    assert_eq!(get_path(&edge, "/fine").await.0, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_the_envelope() {
    let edge = edge(&Config::default());
    assert_eq!(get_path(&edge, "/nowhere").await.0, 404);
    let response = edge.answer(Request::put("/fine").body(Body::empty()).expect("a request")).await;
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn a_sane_request_id_is_given_back_and_any_other_replaced() {
    let edge = edge(&Config::default());
    let longest = "i".repeat(128);
    for (given, kept) in [("abc-1~!", true), (&*longest, true), ("", false), ("a b", false), (&"i".repeat(129), false)]
    {
        let request = Request::get("/fine").header("x-request-id", given).body(Body::empty()).expect("a request");
        let response = edge.answer(request).await;
        let id = response.headers()["x-request-id"].to_str().expect("ASCII");
        assert_eq!(id == given, kept, "{given:?} gives {id:?}");
        assert!(!id.is_empty());
    }
}
