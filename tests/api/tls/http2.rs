//! HTTP/2: whom a request is for, what must not be smuggled, streams of events.

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use serde_json::json;
use tokio::time::timeout;

use super::Secured;
use super::client::{PATIENCE, ask, get, send};
use super::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GET, GOAWAY, HEADERS, PROTOCOL_ERROR, RESET, block, frame, headers,
};
use crate::harness::app::DATE;

#[tokio::test]
async fn the_authority_is_the_host_of_a_request() {
    let server = Secured::start(&["server.public_url=https://tickets.example.com"]);
    let mut sender = server.http2().await;
    for (authority, host, origin, expected) in [
        ("localhost", None, None, (201, "")),
        ("127.0.0.1:9", None, None, (201, "")),
        ("tickets.example.com", None, Some("https://tickets.example.com"), (201, "")),
        ("localhost", Some("LOCALHOST"), None, (201, "")),
        ("localhost:8443", None, Some("https://localhost:8443"), (201, "")),
        ("evil.example", None, None, (421, "MISDIRECTED")),
        ("localhost", Some("evil.example"), None, (400, "INVALID_REQUEST")),
        ("evil.example", Some("localhost"), None, (400, "INVALID_REQUEST")),
        ("localhost", None, Some("https://evil.example"), (403, "CROSS_SITE")),
    ] {
        let username = format!("user-{}", fastrand::u64(..));
        let request = Request::post(format!("https://{authority}/api/v1/users"));
        let request = request.header("content-type", "application/json");
        let request = host.into_iter().fold(request, |request, host| request.header("host", host));
        let request = origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
        let body = format!("{{\"username\":\"{username}\"}}");
        let answer = ask(&mut sender, request.body(body.into()).unwrap()).await;
        let case = format!("{authority} {host:?} {origin:?}: {}", answer.text);
        assert_eq!(answer.status, expected.0, "{case}");
        assert!(answer.text.contains(expected.1), "{case}");
    }
}

/// Fields that HTTP/2 forbids, or that say two things.
const SMUGGLED: [&[(&str, &str)]; 16] = [
    &[("transfer-encoding", "chunked")],
    &[("connection", "keep-alive")],
    &[("connection", "close, x-own")],
    &[("keep-alive", "timeout=5")],
    &[("proxy-connection", "keep-alive")],
    &[("upgrade", "websocket")],
    &[("te", "gzip")],
    &[("x-own", "a\r\nhost: evil.example")],
    &[("x-own", "a\0b")],
    &[("x-own\r\nhost", "evil.example")],
    &[("x own", "a")],
    &[("X-Own", "a")],
    &[(":path", "/other")],
    &[(":authority", "evil.example")],
    &[("x-own", "a"), (":method", "POST")],
    &[(":status", "200")],
];

#[tokio::test]
async fn what_http2_forbids_is_refused_and_no_request() {
    let server = Secured::start(&[]);
    for more in SMUGGLED {
        let mut frames = server.frames(&[]).await;
        frames.send(&headers(1, END_STREAM, &[&GET[..], more].concat())).await;
        let refused = frames.until(|frame| frame.stream == 1 || frame.kind == GOAWAY).await;
        assert!([RESET, GOAWAY].contains(&refused.kind), "{more:?}: {refused:?}");
        assert_eq!(refused.code(), PROTOCOL_ERROR, "{more:?}: {refused:?}");
        if refused.kind == RESET {
            frames.answers(3).await;
        }
    }
}

#[tokio::test]
async fn a_body_has_the_length_that_its_head_says() {
    let server = Secured::start(&[]);
    let post = [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"), (":path", "/api/v1/users")];
    let body = br#"{"username":"kim"}"#;
    for lengths in
        [&["17"][..], &["19"], &["17", "18"], &["18", "17"], &["18", "18", "19"], &["18, 18"], &["x"], &["-1"]]
    {
        let mut frames = server.frames(&[]).await;
        let lengths: Vec<_> = lengths.iter().map(|length| ("content-length", *length)).collect();
        let json = [("content-type", "application/json")];
        let head = headers(1, 0, &[&post[..], &json, &lengths].concat());
        frames.send(&[head, frame(DATA, END_STREAM, 1, body)].concat()).await;
        let answer = frames.until(|frame| frame.stream == 1 && [HEADERS, RESET].contains(&frame.kind)).await;
        // The table of known fields has 400 as its 12th entry.
        let is_refused = answer.kind == RESET || answer.payload[0] == 0x80 | 12;
        assert!(is_refused, "{lengths:?}: {answer:?}");
        frames.answers(3).await;
    }
    let users = server.get("/api/v1/admin/users?q=kim").await;
    assert_eq!(users.status, 401, "{users:?}");
    let mut asked = get("/api/v1/admin/users?q=kim");
    asked.headers_mut().insert("authorization", format!("Bearer {}", server.operator_key()).parse().unwrap());
    let users = ask(&mut server.http2().await, asked).await;
    assert!(users.status == 200 && !users.text.contains("\"kim\""), "none of them was done: {users:?}");
}

#[tokio::test]
async fn nothing_comes_between_the_frames_of_a_head() {
    let server = Secured::start(&[]);
    let mut frames = server.frames(&[]).await;
    let fields = block(&GET);
    let (first, second) = fields.split_at(20);
    let whole = [frame(HEADERS, END_STREAM, 1, first), frame(CONTINUATION, END_HEADERS, 1, second)].concat();
    frames.send(&whole).await;
    assert_eq!(frames.until(|frame| frame.stream == 1).await.payload[0], 0x88);
    let broken = [frame(HEADERS, END_STREAM, 3, first), frame(CONTINUATION, END_HEADERS, 5, second)].concat();
    frames.send(&broken).await;
    let gone = frames.until(|frame| frame.kind == GOAWAY).await;
    assert_eq!(gone.code(), PROTOCOL_ERROR);
}

/// What comes of a stream until its text has `awaited`.
async fn read_until(body: &mut Incoming, awaited: &str) -> String {
    let mut text = String::new();
    while !text.contains(awaited) {
        let frame = timeout(PATIENCE, body.frame()).await.unwrap_or_else(|_| panic!("no {awaited} in {text}"));
        let data = frame.expect("the stream ended").unwrap().into_data().unwrap();
        text.push_str(std::str::from_utf8(&data).unwrap());
    }
    text
}

#[tokio::test]
async fn events_are_streamed_beside_other_requests_of_the_connection() {
    let server = Secured::start(&[]);
    let mut sender = server.http2().await;
    let mut follow = get("/api/v1/admin/events/stream");
    follow.headers_mut().insert("authorization", format!("Bearer {}", server.operator_key()).parse().unwrap());
    let mut streams = Vec::new();
    // More than the connections that a browser makes of HTTP/1.1.
    for _ in 0..8 {
        let stream = send(&mut sender, follow.clone()).await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert!(!stream.headers().contains_key("connection") && !stream.headers().contains_key("transfer-encoding"));
        streams.push(stream.into_body());
    }
    let bearer = format!("Bearer {}", server.operator_key());
    let request = Request::post("https://localhost/api/v1/admin/concerts").header("content-type", "application/json");
    let concert = json!({
        "concertId": "gala", "title": "Gala", "status": "on_sale", "timeZone": "Asia/Seoul",
        "dates": [{"date": DATE, "seats": 50, "price": 5000}],
    });
    let request = request.header("authorization", bearer).body(concert.to_string().into()).unwrap();
    let made = ask(&mut sender, request).await;
    assert_eq!(made.status, 201, "{made:?}");
    for stream in &mut streams {
        read_until(stream, "\"gala\"").await;
    }
}
