//! Event streams that are passed on, and answers that are made while they are sent.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::stage::{Stage, Unanswered};
use super::{Instance, LONG, config, two, until};
use crate::http::phase::stopped;
use crate::http::sse::{SseEvent, until_stopped};
use crate::http::{Phase, listen, serve};

/// The event after which a stream ends.
const LAST: &str = "last";

/// A stream of what the test has told.
pub(super) fn of(stage: &Stage, shutdown: watch::Receiver<Phase>) -> Response {
    let open = (stage.events.subscribe(), Unanswered(Some(Arc::clone(&stage.let_go))));
    let events = stream::unfold(open, async |(mut events, mut open)| match events.recv().await {
        Ok(data) if data != LAST => {
            let event = SseEvent { name: "told", data: data.to_owned(), id: None };
            Some((event, (events, open)))
        }
        Ok(_) | Err(_) => {
            open.0 = None;
            None
        }
    });
    until_stopped(stopped(shutdown), Arc::default(), Duration::from_secs(1), events)
}

/// Opens a stream through an instance.
async fn opened(entry: &Instance) -> Body {
    let request = Request::get("/api/v1/events").header("host", "localhost").header("accept-encoding", "gzip");
    let response = entry.pipeline.answer(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(!response.headers().contains_key("content-encoding"));
    response.into_body()
}

/// The next event of a stream; nothing at its end.
async fn next(stream: &mut Body) -> Option<String> {
    let frame = timeout(LONG, stream.frame()).await.expect("it comes")?;
    let data = frame.expect("the stream does not break").into_data().expect("there are no trailers");
    Some(String::from_utf8(data.to_vec()).expect("events are text"))
}

/// Tells an event to whoever follows an instance's stream.
fn tell(other: &Instance, data: &'static str) {
    other.stage.events.send(data).expect("it is followed");
}

#[tokio::test]
async fn an_event_comes_as_soon_as_it_is_sent_and_the_leader_ends_the_stream() {
    let [entry, other] = two().await;
    let mut stream = opened(&entry).await;
    for data in ["one", "two"] {
        tell(&other, data);
        let event = next(&mut stream).await.expect("it goes on");
        assert!(event.contains(&format!("data: {data}\n")) && event.ends_with("\n\n"), "{event:?}");
    }
    tell(&other, LAST);
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn a_stream_ends_with_its_client_and_with_the_instance_that_passes_it_on() {
    let [entry, other] = two().await;
    let mut stream = opened(&entry).await;
    tell(&other, "one");
    next(&mut stream).await.expect("it goes on");
    assert_eq!(other.stage.let_go(), 0);
    drop(stream);
    until(|| other.stage.let_go() == 1).await;
    let mut stream = opened(&entry).await;
    entry.phase.send_replace(Phase::Stopping);
    assert_eq!(next(&mut stream).await, None);
    until(|| other.stage.let_go() == 2).await;
}

#[tokio::test]
async fn a_stream_whose_leader_is_gone_has_ended() {
    let [entry, mut other] = two().await;
    let mut stream = opened(&entry).await;
    tell(&other, "one");
    next(&mut stream).await.expect("it goes on");
    other.cut().await;
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn a_client_that_is_gone_is_noticed_though_nothing_happens() {
    let [entry, other] = two().await;
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (pipeline, shutdown) = (entry.pipeline.clone(), entry.phase.subscribe());
    let serving = tokio::spawn(async move { serve(listener, pipeline, None, &config().server, shutdown).await });
    let mut client = TcpStream::connect(address).await.expect("it listens");
    client.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    until(|| other.stage.events.receiver_count() == 1).await;
    tell(&other, "one");
    let mut read = vec![0; 4_096];
    let mut told = String::new();
    while !told.contains("data: one") {
        let count = timeout(LONG, client.read(&mut read)).await.expect("it comes").expect("in order");
        assert!(count > 0, "the stream goes on: {told}");
        told.push_str(&String::from_utf8_lossy(&read[..count]));
    }
    assert!(told.contains("transfer-encoding: chunked"), "{told}");
    drop(client);
    timeout(Duration::from_secs(10), until(|| other.stage.let_go() == 1))
        .await
        .expect("before the stream has to be kept alive");
    serving.abort();
}
