//! The pipeline around a router of a few routes.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::{get, post};
use futures_util::stream;

use super::admission_control::OPERATOR_REQUESTS;
use super::{Pipeline, method_not_allowed, not_found};
use crate::config::Config;
use crate::domain::{ConcertId, ConcertNo, PlaceRef, Sequence, Timestamp, UserId, WallOffset};
use crate::http::rights::Right;
use crate::http::{Keys, Purpose, Purposes};
use crate::identity::{OperatorKey, Signing, SigningKey, TicketCodes, TicketKey, Tokens};

const OPERATOR_KEY: &str = "the-operator-of-the-tests";

fn keys() -> Keys {
    let operator_key = OperatorKey::parse(OPERATOR_KEY).expect("it is long enough");
    Keys::new(
        Tokens::new(&SigningKey::from_bytes([7; 32])),
        TicketCodes::new(&TicketKey::from_bytes([7; 32])),
        operator_key,
    )
}

/// A token that was signed with `seed`; the server's own is 7.
fn token(seed: u8) -> String {
    let bearer = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: UserId(1) };
    let concert = ConcertId::parse("spring").expect("an id");
    Tokens::new(&SigningKey::from_bytes([seed; 32])).sign(
        bearer,
        &concert,
        Signing { now: Timestamp(0), opens_at: None, offset: WallOffset(0) },
    )
}

fn pipeline_of(router: Router, config: &Config) -> Pipeline {
    let purposes = [
        (Method::GET, "/healthz", Purpose::Health),
        (Method::GET, "/api/v1/seats", Purpose::Purchase),
        (Method::GET, "/api/v1/seats/slow", Purpose::Purchase),
        (Method::POST, "/api/v1/users/{userId}/balance/charge", Purpose::Purchase),
        (Method::GET, "/api/v1/admin/concerts", Purpose::Operator(Right::Read)),
        (Method::GET, "/api/v1/admin/slow", Purpose::Operator(Right::Read)),
    ];
    let purposes = Purposes::new(purposes.map(|(method, path, purpose)| (method, path.to_owned(), purpose)));
    Pipeline::new(router, config, purposes, keys())
}

fn pipeline(config: &Config) -> Pipeline {
    let router = Router::new()
        .route("/fine", get(|| async { "fine" }))
        .route("/healthz", get(|| async { "alive" }))
        .route("/slow", get(|| async { std::future::pending::<String>().await }))
        .route("/panic", get(|| async { if true { panic!("a bug") } else { "never" } }))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    pipeline_of(router, config)
}

fn limited(in_flight: u32) -> Config {
    let mut config = Config::default();
    config.limits.in_flight = in_flight;
    config
}

async fn get_path(pipeline: &Pipeline, path: &str) -> (u16, Option<String>) {
    let response =
        pipeline.answer(Request::get(path).header("host", "localhost").body(Body::empty()).expect("a request")).await;
    let retry = response.headers().get("retry-after").map(|value| value.to_str().expect("digits").to_owned());
    assert!(response.headers().contains_key("x-request-id"));
    (response.status().as_u16(), retry)
}

#[tokio::test]
async fn more_requests_than_the_limit_are_refused_at_once_but_health_is_told() {
    let pipeline = pipeline(&limited(2));
    let slow = || {
        let pipeline = pipeline.clone();
        tokio::spawn(async move { get_path(&pipeline, "/slow").await })
    };
    let tasks = [slow(), slow()];
    tokio::task::yield_now().await;
    assert_eq!(get_path(&pipeline, "/fine").await, (503, Some("1".into())));
    assert_eq!(get_path(&pipeline, "/nowhere").await.0, 503, "before anything else is looked at");
    assert_eq!(get_path(&pipeline, "/healthz").await.0, 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    for task in tasks {
        assert!(task.await.is_err());
    }
    assert_eq!(get_path(&pipeline, "/fine").await.0, 200, "a request that is gone makes room");
}

/// What is answered to a request that shows `bearer`.
async fn status(pipeline: &Pipeline, method: Method, path: &str, bearer: &str) -> u16 {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {bearer}"));
    pipeline.answer(request.body(Body::empty()).expect("a request")).await.status().as_u16()
}

fn with_purchases(in_flight: u32) -> Pipeline {
    let slow = || async { std::future::pending::<String>().await };
    let router = Router::new()
        .route("/slow", get(slow))
        .route("/api/v1/token", get(|| async { "come in" }))
        .route("/api/v1/seats/slow", get(slow))
        .route("/api/v1/seats", get(|| async { "the map" }))
        .route("/api/v1/seats/{more}", get(|| async { "more" }))
        .route("/api/v1/users/{userId}/balance/charge", post(|| async { "charged" }))
        .route("/api/v1/admin/slow", get(slow))
        .route("/api/v1/admin/concerts", get(|| async { "the operator" }));
    pipeline_of(router, &limited(in_flight))
}

/// A request that never ends, and shows `bearer`.
fn under_way(pipeline: &Pipeline, path: &'static str, bearer: &str) -> tokio::task::JoinHandle<u16> {
    let (pipeline, bearer) = (pipeline.clone(), bearer.to_owned());
    tokio::spawn(async move { status(&pipeline, Method::GET, path, &bearer).await })
}

#[tokio::test]
async fn room_is_kept_for_those_who_show_a_token_on_the_very_routes_of_a_purchase() {
    let pipeline = with_purchases(2);
    let genuine = token(7);
    let _two = [under_way(&pipeline, "/slow", ""), under_way(&pipeline, "/slow", "")];
    tokio::task::yield_now().await;
    assert_eq!(status(&pipeline, Method::GET, "/api/v1/token", &genuine).await, 503, "an arrival, whoever it is");
    for (method, path) in [
        (Method::GET, "/api/v1/seats"),
        (Method::HEAD, "/api/v1/seats"),
        (Method::POST, "/api/v1/users/7/balance/charge"),
    ] {
        assert_eq!(status(&pipeline, method.clone(), path, &genuine).await, 200, "{path}");
        assert_eq!(status(&pipeline, method.clone(), path, &token(8)).await, 503, "{path} with a forged token");
        assert_eq!(status(&pipeline, method, path, "").await, 503, "{path} without a token");
    }
    for path in ["/api/v1/seatsXYZ", "/api/v1/seats/", "/api/v1/seats/x", "/x/balance/charge", "/api/v1/seats//slow"] {
        assert_eq!(status(&pipeline, Method::GET, path, &genuine).await, 503, "{path} is no purchase");
    }
    assert_eq!(status(&pipeline, Method::POST, "/api/v1/seats", &genuine).await, 503, "nor is another method");
    let _two_more =
        [under_way(&pipeline, "/api/v1/seats/slow", &genuine), under_way(&pipeline, "/api/v1/seats/slow", &genuine)];
    tokio::task::yield_now().await;
    assert_eq!(status(&pipeline, Method::GET, "/api/v1/seats", &genuine).await, 503, "as many again, and no more");
}

#[tokio::test]
async fn the_operator_gets_through_however_many_purchases_are_under_way() {
    let pipeline = with_purchases(1);
    let genuine = token(7);
    let _arrival = under_way(&pipeline, "/slow", "");
    tokio::task::yield_now().await;
    let _purchase = under_way(&pipeline, "/api/v1/seats/slow", &genuine);
    tokio::task::yield_now().await;
    let operator = async |key: &str| status(&pipeline, Method::GET, "/api/v1/admin/concerts", key).await;
    assert_eq!((operator(OPERATOR_KEY).await, operator("another-key-of-nobody").await), (200, 503));
    assert_eq!(operator(&genuine).await, 503, "a buyer is no operator");
    let slow: Vec<_> =
        (0..OPERATOR_REQUESTS).map(|_| under_way(&pipeline, "/api/v1/admin/slow", OPERATOR_KEY)).collect();
    tokio::task::yield_now().await;
    assert_eq!(operator(OPERATOR_KEY).await, 503, "a few, and no more");
    slow.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_body_that_is_still_on_its_way_holds_no_room() {
    let router = Router::new().route("/fine", get(|| async { "fine" }).post(|| async { "taken" }));
    let pipeline = pipeline_of(router, &limited(1));
    let endless = || Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
    let trickling: Vec<_> = (0..100)
        .map(|_| {
            let (pipeline, request) = (
                pipeline.clone(),
                Request::post("/fine").header("host", "localhost").body(endless()).expect("a request"),
            );
            tokio::spawn(async move { pipeline.answer(request).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(get_path(&pipeline, "/fine").await.0, 200);
    trickling.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_connection_ends_behind_an_answer_to_a_body_that_was_not_read_to_its_end() {
    let mut pipeline = pipeline(&Config::default());
    pipeline.time_limit = Duration::from_millis(20);
    let endless = Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
    let huge = Body::from(vec![b'x'; 2 * 1024 * 1024]);
    for (body, status, connection) in
        [(endless, 408, Some("close")), (huge, 405, Some("close")), (Body::from("short"), 405, None)]
    {
        let response =
            pipeline.answer(Request::post("/fine").header("host", "localhost").body(body).expect("a request")).await;
        let told = response.headers().get("connection").map(|value| value.to_str().expect("ASCII"));
        assert_eq!((response.status().as_u16(), told), (status, connection));
    }
}

#[tokio::test]
async fn as_many_requests_as_the_limit_are_never_refused() {
    let pipeline = pipeline(&limited(1));
    for _ in 0..100 {
        assert_eq!(get_path(&pipeline, "/fine").await.0, 200);
    }
}

#[tokio::test]
async fn in_a_crowd_everybody_is_let_in_or_refused_before_anything_is_done() {
    let pipeline = pipeline(&limited(4));
    let slow = || {
        let pipeline = pipeline.clone();
        tokio::spawn(async move { get_path(&pipeline, "/slow").await })
    };
    let mut tasks = vec![slow()];
    tokio::task::yield_now().await;
    // With it two are under way, which is half of what may be.
    let answered = futures_util::poll!(std::pin::pin!(get_path(&pipeline, "/fine")));
    assert!(answered.is_ready(), "no crowd");
    tasks.extend([slow(), slow()]);
    tokio::task::yield_now().await;
    let mut let_in = std::pin::pin!(get_path(&pipeline, "/fine"));
    assert!(futures_util::poll!(&mut let_in).is_pending(), "the others first");
    assert_eq!(get_path(&pipeline, "/fine").await.0, 503, "it is counted already");
    assert_eq!(let_in.await.0, 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn an_open_stream_holds_no_permit() {
    let endless = || async { Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()) };
    let router = Router::new().route("/stream", get(endless)).route("/fine", get(|| async { "fine" }));
    let pipeline = pipeline_of(router, &limited(1));
    let streaming = pipeline
        .answer(Request::get("/stream").header("host", "localhost").body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(get_path(&pipeline, "/fine").await.0, 200);
    drop(streaming);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_so() {
    let mut pipeline = pipeline(&Config::default());
    assert_eq!(pipeline.time_limit, Duration::from_secs(10));
    pipeline.time_limit = Duration::from_millis(20);
    assert_eq!(get_path(&pipeline, "/slow").await.0, 408);
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_next_request_is_fine() {
    let pipeline = pipeline(&limited(1));
    assert_eq!(get_path(&pipeline, "/panic").await.0, 500);
    assert_eq!(get_path(&pipeline, "/fine").await.0, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_the_envelope() {
    let pipeline = pipeline(&Config::default());
    assert_eq!(get_path(&pipeline, "/nowhere").await.0, 404);
    let response = pipeline
        .answer(Request::put("/fine").header("host", "localhost").body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn a_sane_request_id_is_given_back_and_any_other_replaced() {
    let pipeline = pipeline(&Config::default());
    let longest = "i".repeat(128);
    for (given, kept) in [("abc-1~!", true), (&*longest, true), ("", false), ("a b", false), (&"i".repeat(129), false)]
    {
        let request = Request::get("/fine")
            .header("host", "localhost")
            .header("x-request-id", given)
            .body(Body::empty())
            .expect("a request");
        let response = pipeline.answer(request).await;
        let id = response.headers()["x-request-id"].to_str().expect("ASCII");
        assert_eq!(id == given, kept, "{given:?} gives {id:?}");
        assert!(!id.is_empty());
    }
}
