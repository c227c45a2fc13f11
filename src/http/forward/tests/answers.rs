//! What arrives at the instance that answers, and what comes back.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use super::{ENTRY, HTTP, OTHER, PAGE, keys, two, until};
use crate::config::Config;
use crate::http::client::{ClientAddress, Peer};
use crate::http::server::connection::Connection;
use crate::http::server::pipeline::BODY_BYTES_MAX;
use crate::http::{Pipeline, Purposes};
use crate::node::{Fate, Lead};
use crate::telemetry::metrics::{FORWARD_SECONDS, FORWARDS, REQUESTS};

/// The tag of [`large`].
const TAG: &str = "\"large-7\"";

/// A text that is worth compressing, for those who do not have it.
pub(super) async fn large(request: crate::http::Request) -> Response {
    let head = [(CONTENT_TYPE, "application/json"), (ETAG, TAG)];
    if request.headers.get(IF_NONE_MATCH).is_some_and(|known| known == TAG) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, "\"seats\" ".repeat(4_000)).into_response()
}

#[tokio::test]
async fn a_request_arrives_as_it_was_sent_but_for_what_is_of_its_connection() {
    let [entry, other] = two().await;
    let request = Request::post("/api/v1/echo?a=1&b=%20")
        .header("authorization", "Bearer token")
        .header("idempotency-key", "key")
        .header("x-twice", "one")
        .header("x-twice", "two")
        .header("x-of-hop", "stays")
        .header("connection", "x-of-hop, keep-alive")
        .header("keep-alive", "timeout=5")
        .header("te", "trailers")
        .header("jari-time-left-ms", "1")
        .header("x-request-id", "order-7");
    let answer = entry.ask_with(request, "{\"seat\": 5}").await;
    assert_eq!((answer.node(), other.came(), entry.stage.taken()), (OTHER, 1, 0));
    assert_eq!(answer.header("x-request-id"), Some("order-7"));
    assert_eq!(answer.header("jari-not-leading"), None);
    let told = answer.json();
    assert_eq!(told["runtime"], HTTP.handle().id().to_string(), "the link does not do the work");
    assert_eq!((&told["method"], &told["body"]), (&json!("POST"), &json!("{\"seat\": 5}")));
    assert!(told["target"].as_str().is_some_and(|target| target.ends_with("/api/v1/echo?a=1&b=%20")), "{told}");
    let headers = told["headers"].as_array().expect("a list");
    for named in [
        ["authorization", "Bearer token"],
        ["idempotency-key", "key"],
        ["x-twice", "one"],
        ["x-twice", "two"],
        ["x-request-id", "order-7"],
        ["host", "localhost"],
    ] {
        assert!(headers.contains(&json!(named)), "{named:?} in {told}");
    }
    let left: Vec<u64> = headers
        .iter()
        .filter(|header| header[0] == "jari-time-left-ms")
        .map(|header| header[1].as_str().expect("a text").parse().expect("a number"))
        .collect();
    assert!(matches!(left[..], [9_000..=10_000]), "{left:?}");
    let unnamed = entry.ask(Request::get("/api/v1/echo")).await;
    let named = json!(["x-request-id", unnamed.header("x-request-id").expect("every answer has one")]);
    assert!(unnamed.json()["headers"].as_array().expect("a list").contains(&named), "{named}");
    for name in ["x-of-hop", "connection", "keep-alive", "te"] {
        assert!(!headers.iter().any(|header| header[0] == name), "{name} in {told}");
    }
}

#[tokio::test]
async fn what_is_not_led_or_not_whole_is_answered_by_whoever_is_asked() {
    let [entry, other] = two().await;
    assert_eq!(entry.ask(Request::get("/here")).await.node(), ENTRY);
    assert_eq!(entry.ask(Request::get("/nowhere")).await.status(), 404);
    assert_eq!(entry.ask(Request::put("/api/v1/echo")).await.status(), 405);
    let request = Request::post("/api/v1/echo").header("host", "localhost");
    let too_large = request.body(Body::from(vec![b' '; BODY_BYTES_MAX + 1])).expect("a request");
    assert_eq!(entry.pipeline.answer(too_large).await.status().as_u16(), 413);
    let misdirected = Request::get("/api/v1/echo").header("host", "elsewhere.example");
    let misdirected = misdirected.body(Body::empty()).expect("a request");
    assert_eq!(entry.pipeline.answer(misdirected).await.status().as_u16(), 421);
    assert_eq!(other.came(), 0);
    entry.leads(Lead::Here);
    assert_eq!(entry.ask(Request::get("/api/v1/echo")).await.node(), ENTRY);
    assert_eq!(other.came(), 0);
}

#[tokio::test]
async fn an_answer_is_what_the_instance_that_leads_would_have_given_its_own_client() {
    let [entry, other] = two().await;
    let asked = |what: &[(&'static str, &'static str)], method: &str| {
        let request = Request::builder().method(method).uri("/api/v1/large").header("x-request-id", "r");
        what.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    for (method, headers, status, coding) in [
        ("GET", &[][..], 200, None),
        ("HEAD", &[], 200, None),
        ("GET", &[("accept-encoding", "gzip")], 200, Some("gzip")),
        ("GET", &[("accept-encoding", "zstd")], 200, Some("zstd")),
        ("HEAD", &[("accept-encoding", "gzip")], 200, None),
        ("GET", &[("if-none-match", "\"large-7\"")], 304, None),
        ("GET", &[("if-none-match", "\"large-7-zstd\""), ("accept-encoding", "zstd")], 304, None),
        ("GET", &[("if-none-match", "\"other\"")], 200, None),
        ("GET", &[("accept", "application/problem+json")], 200, None),
        ("GET", &[("origin", PAGE)], 200, None),
    ] {
        let through = entry.ask(asked(headers, method)).await;
        let mut direct = other.ask(asked(headers, method)).await;
        // The HTTP library adds it to whatever it sends whole, to clients as to instances.
        if !direct.body.is_empty() {
            direct.head.headers.insert(CONTENT_LENGTH, direct.body.len().into());
        }
        assert_eq!((through.status(), through.header("content-encoding")), (status, coding), "{headers:?}");
        assert_eq!(through.head.headers, direct.head.headers, "{method} {headers:?}");
        assert_eq!(through.body, direct.body, "{method} {headers:?}");
    }
    assert_eq!(other.came(), 10);
    let shared = entry.ask(asked(&[("origin", PAGE)], "GET")).await;
    assert_eq!(shared.header("access-control-allow-origin"), Some(PAGE));
    let known = entry.ask(asked(&[("if-none-match", "\"large-7-gzip\"")], "GET")).await;
    assert_eq!(known.header("etag"), Some("\"large-7-gzip\""));
}

#[tokio::test]
async fn what_is_asked_of_others_is_counted_by_instance_and_result() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let recorded = recorder.handle();
    // All of the instance that is asked runs on the thread of the test.
    let _recording = metrics::set_default_local_recorder(&recorder);
    let [entry, mut other] = two().await;
    other.leads(Lead::Nowhere);
    let leading = async {
        until(|| other.came() == 1).await;
        other.leads(Lead::Here);
    };
    let (answer, ()) = tokio::join!(entry.ask(Request::get("/api/v1/echo")), leading);
    assert_eq!(answer.node(), OTHER);
    other.cut().await;
    let moved = async {
        let unsent = format!("{}{{peer=\"2\",result=\"unsent\"}}", FORWARDS.name);
        until(|| recorded.render().contains(&unsent)).await;
        entry.leads(Lead::Here);
    };
    assert_eq!(tokio::join!(entry.ask(Request::get("/api/v1/echo")), moved).0.node(), ENTRY);
    let text = recorded.render();
    for line in [
        format!("{}{{peer=\"2\",result=\"answered\"}} 1\n", FORWARDS.name),
        format!("{}{{peer=\"2\",result=\"not_leading\"}} 1\n", FORWARDS.name),
        format!("{}{{method=\"GET\",route=\"/api/v1/echo\",status=\"200\"}} 2\n", REQUESTS.name),
        format!("{}_count ", FORWARD_SECONDS.name),
    ] {
        assert!(text.contains(&line), "{line} in {text}");
    }
}

#[tokio::test]
async fn a_refusal_comes_back_in_the_form_that_the_client_prefers() {
    let [entry, other] = two().await;
    other.stage.fate.send_replace(Some(Fate::Unknown));
    let request = Request::post("/api/v1/lost").header("accept", "application/problem+json");
    let answer = entry.ask(request).await;
    assert_eq!((answer.status(), answer.header("content-type")), (503, Some("application/problem+json")));
    assert_eq!(answer.json()["reason"], "NO_LEADER");
}

#[tokio::test]
async fn where_a_request_came_from_goes_along_and_no_client_can_say_it() {
    let [entry, _other] = two().await;
    let told = async |connection: Connection| {
        let request = Request::get("/api/v1/echo").header("jari-client-address", "198.51.100.1");
        let told = entry.ask(request.extension(Arc::new(connection))).await.json();
        let headers = told["headers"].as_array().expect("a list").iter();
        let told: Vec<_> = headers.filter(|header| header[0] == "jari-client-address").cloned().collect();
        json!(told)
    };
    let peer = |text: &str| Peer { address: text.parse().expect("an address"), client: None };
    let known = Connection::from_peer(peer("::ffff:203.0.113.7"));
    assert_eq!(told(known).await, json!([["jari-client-address", "203.0.113.7"]]));
    assert_eq!(told(Connection::default()).await, json!([]), "of a connection that nobody knows");
}

#[tokio::test]
async fn an_instance_takes_the_word_of_another_one_for_where_a_request_came_from_and_that_of_no_client() {
    let told = async |request: AxumRequest| {
        let client = request.extensions().get::<ClientAddress>();
        client.map_or_else(|| "nowhere".to_owned(), |ClientAddress(address)| address.to_string())
    };
    let pipeline = Pipeline::new(Router::new().route("/", get(told)), &Config::default(), Purposes::default(), keys());
    let request = || {
        let request = Request::get("/").header("host", "localhost").header("jari-client-address", "203.0.113.7");
        request.body(Body::empty()).expect("a request")
    };
    let text = async |response: Response| {
        String::from_utf8(response.into_body().collect().await.expect("whole").to_bytes().to_vec()).expect("text")
    };
    assert_eq!(text(pipeline.answer_forwarded(OTHER, request()).await).await, "203.0.113.7");
    assert_eq!(text(pipeline.answer(request()).await).await, "nowhere");
}
