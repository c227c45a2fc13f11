//! How much one client may have: connections, streams, heads, time.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Secured;
use super::client::{PATIENCE, ask, get};
use super::frames::{
    ACK, CANCEL, END_STREAM, GET, GOAWAY, HEADERS, PING, REFUSED_STREAM, RESET, SETTINGS, WINDOW_UPDATE, block, frame,
    headers,
};
use crate::harness::app::eventually;

/// The streams that a connection may have.
const STREAMS: u32 = 128;
/// Ids of settings of HTTP/2.
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const MAX_HEADER_LIST_SIZE: u16 = 6;

#[tokio::test]
async fn a_connection_has_128_streams_and_one_more_is_refused() {
    let server = Secured::start(&[]);
    let mut frames = server.frames(&[]).await;
    let settings = frames.until(|frame| frame.kind == SETTINGS && frame.flags & ACK == 0).await.payload;
    let setting = |id: u16| {
        let found = settings.chunks(6).find(|setting| setting[..2] == id.to_be_bytes());
        found.map(|setting| u32::from_be_bytes(setting[2..].try_into().unwrap()))
    };
    assert_eq!(setting(MAX_CONCURRENT_STREAMS), Some(STREAMS));
    assert_eq!(setting(MAX_HEADER_LIST_SIZE), Some(64 * 1024));
    let bearer = format!("Bearer {}", server.operator_key());
    let follow = [&GET[..3], &[(":path", "/api/v1/admin/events/stream"), ("authorization", &bearer)]].concat();
    for at in 0..STREAMS {
        frames.send(&headers(2 * at + 1, END_STREAM, &follow)).await;
    }
    for at in 0..STREAMS {
        let answer = frames.until(|frame| frame.kind == HEADERS || frame.kind == RESET).await;
        assert_eq!(answer.kind, HEADERS, "{at}: {answer:?}");
    }
    frames.send(&headers(2 * STREAMS + 1, END_STREAM, &GET)).await;
    let refused = frames.until(|frame| frame.stream == 2 * STREAMS + 1).await;
    assert_eq!((refused.kind, refused.code()), (RESET, REFUSED_STREAM), "{refused:?}");
    // One that ends has its room for another.
    frames.send(&super::frames::reset(1)).await;
    frames.answers(2 * STREAMS + 3).await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431_and_the_connection_goes_on() {
    let server = Secured::start(&[]);
    let mut sender = server.http2().await;
    let large = |kibibytes: usize| {
        let mut request = get("/healthz");
        for at in 0..kibibytes {
            request.headers_mut().insert(
                hyper::header::HeaderName::from_bytes(format!("x-{at}").as_bytes()).unwrap(),
                "v".repeat(1_000).parse().unwrap(),
            );
        }
        request
    };
    assert_eq!(ask(&mut sender, large(30)).await.status, 200);
    let told = ask(&mut sender, large(40)).await;
    assert_eq!(told.status, 431);
    assert!(told.text.contains("HEADERS_TOO_LARGE") && told.headers.contains_key("x-request-id"), "{told:?}");
    assert_eq!(ask(&mut sender, large(80)).await.status, 431, "the library says it");
    assert_eq!(ask(&mut sender, get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_an_answer_loses_that_stream() {
    let server = Secured::start(&["server.request_timeout_seconds=1", "server.idle_seconds=60"]);
    let mut frames = server.frames(&[(INITIAL_WINDOW_SIZE, 0)]).await;
    frames.send(&headers(1, END_STREAM, &GET)).await;
    let given_up = frames.until(|frame| frame.stream == 1 && frame.kind == RESET).await;
    assert_eq!(given_up.code(), CANCEL);
    // The others go on, with as much room as they are given.
    frames.send(&headers(3, END_STREAM, &GET)).await;
    frames.send(&frame(WINDOW_UPDATE, 0, 3, &1_000_u32.to_be_bytes())).await;
    let end = frames.until(|frame| frame.stream == 3 && frame.flags & END_STREAM != 0).await;
    assert_ne!(end.kind, RESET);
}

#[tokio::test]
async fn a_connection_without_requests_hears_goodbye_and_ends() {
    let server = Secured::start(&["server.idle_seconds=1", "server.request_timeout_seconds=2"]);
    let mut frames = server.frames(&[]).await;
    frames.answers(1).await;
    // Frames that ask nothing are no reason to stay.
    frames.send(&frame(PING, 0, 0, &[7; 8])).await;
    let goodbye = frames.until(|frame| frame.kind == GOAWAY).await;
    assert_eq!(goodbye.code(), 0);
    while frames.next().await.is_some() {}
}

/// Waits until the server has ended the connection.
async fn ended(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the connection stays open");
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_is_counted_and_given_up() {
    let server = Secured::start(&["server.request_timeout_seconds=1", "server.connections_per_client=2"]);
    let connect = async || TcpStream::connect(server.process.address).await.unwrap();
    let (mut first, mut second) = (connect().await, connect().await);
    let mut third = connect().await;
    ended(&mut third).await;
    ended(&mut first).await;
    ended(&mut second).await;
    eventually("room for others", async || {
        let shaken = super::client::shake(
            server.process.address,
            super::client::config(&server.pair, &rustls::version::TLS13, &["h2"]),
        );
        shaken.await.is_ok().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_ends_the_connection() {
    let server = Secured::start(&["server.idle_seconds=60", "server.request_timeout_seconds=1"]);
    let mut frames = server.frames(&[]).await;
    frames.answers(1).await;
    frames.send(&frame(HEADERS, END_STREAM, 3, &block(&GET))).await;
    while frames.next().await.is_some() {}
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_stream_of_events_outlives_the_idle_time() {
    let server = Secured::start(&["server.idle_seconds=1", "server.request_timeout_seconds=1"]);
    let mut frames = server.frames(&[]).await;
    let bearer = format!("Bearer {}", server.operator_key());
    let follow = [&GET[..3], &[(":path", "/api/v1/admin/events/stream"), ("authorization", &bearer)]].concat();
    frames.send(&headers(1, END_STREAM, &follow)).await;
    assert_eq!(frames.until(|frame| frame.stream == 1).await.kind, HEADERS);
    // Longer than both of them.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    frames.answers(3).await;
}
