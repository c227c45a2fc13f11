//! Real connections over the loopback interface.

mod crowded;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{listen, serve};
use crate::config::{Config, Server};
use crate::http::sse::{SseEvent, until_stopped};
use crate::http::{Edge, Phase};

struct Running {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    task: JoinHandle<()>,
}

fn start(change: impl FnOnce(&mut Server)) -> Running {
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    change(&mut config.server);
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let streams = shutdown.clone();
    let router = Router::new().route("/fine", get(|| async { "fine" })).route(
        "/stream",
        get(move || {
            let first = SseEvent { name: "position", data: "{}".into(), id: Some(7) };
            let events = stream::iter([first]);
            std::future::ready(until_stopped(
                streams,
                std::time::Duration::from_secs(1),
                futures_util::StreamExt::chain(events, stream::pending()),
            ))
        }),
    );
    run(router.route("/large", get(|| async { vec![b'x'; LARGE_BYTES] })), config, (phase, shutdown))
}

type Phases = (watch::Sender<Phase>, watch::Receiver<Phase>);

fn run(router: Router, config: Config, (phase, shutdown): Phases) -> Running {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let edge = Edge::new(router, &config);
    let task = tokio::spawn(async move { serve(listener, edge, &config.server, shutdown).await });
    Running { address, phase, task }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// What the server says to `bytes` until it closes the connection.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("it reads");
        read_all(&mut stream).await
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("it closes").expect("in order");
    String::from_utf8(answer).expect("answers are text")
}

async fn read_some(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4_096];
    let count = timeout(Duration::from_secs(5), stream.read(&mut answer)).await.expect("it answers").expect("in order");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// More than the system takes at once for a client that does not read.
const LARGE_BYTES: usize = 16 * 1024 * 1024;

const FINE: &[u8] = b"GET /fine HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_head_that_cannot_be_read_is_refused_in_the_envelope() {
    let server = start(|_| {});
    let long = [b"GET /fine HTTP/1.1\r\nhost: x\r\na: ", vec![b'x'; 40_000].as_slice(), b"\r\n\r\n"].concat();
    let many = [&b"GET /fine HTTP/1.1\r\n"[..], "a: x\r\n".repeat(150).as_bytes(), b"\r\n"].concat();
    for (head, line, reason) in [
        (&b"garbage\r\n\r\n"[..], "HTTP/1.1 400 ", "INVALID_REQUEST"),
        (b"GET /fine HTTP/1.1\r\nno colon\r\n\r\n", "HTTP/1.1 400 ", "INVALID_REQUEST"),
        (&long, "HTTP/1.1 431 ", "HEADERS_TOO_LARGE"),
        (&many, "HTTP/1.1 431 ", "HEADERS_TOO_LARGE"),
    ] {
        let answer = server.say(head).await;
        assert!(answer.starts_with(line), "{answer}");
        assert!(answer.contains(&format!("\"reason\":\"{reason}\"")), "{answer}");
        assert!(answer.contains("\r\nx-request-id: ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_slow_head_is_a_timeout_and_a_silent_connection_just_closes() {
    let server = start(|_| {});
    let begun = Instant::now();
    let (slow, silent) = tokio::join!(server.say(b"GET /fine HTTP/1.1\r\nho"), server.say(b""));
    assert!(slow.starts_with("HTTP/1.1 408 ") && slow.contains("\"reason\":\"REQUEST_TIMEOUT\""), "{slow}");
    assert_eq!(silent, "");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed_and_an_open_stream_is_not() {
    let server = start(|_| {});
    let (mut idle, mut stream) = (server.connect().await, server.connect().await);
    idle.write_all(FINE).await.expect("it reads");
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it reads");
    assert!(read_all(&mut idle).await.ends_with("fine"), "answered, and closed after a second");
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200 "));
    // Twice the time that a client has to ask.
    let mut rest = String::new();
    let ended = timeout(Duration::from_secs(2), stream.read_to_string(&mut rest)).await;
    assert!(ended.is_err(), "only the stop ends a stream, after {rest}");
    server.phase.send_replace(Phase::Stopping);
    assert!(read_all(&mut stream).await.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn a_client_that_takes_a_large_answer_slowly_gets_all_of_it() {
    let server = start(|_| {});
    let mut slow = server.connect().await;
    slow.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it reads");
    let mut taken = 0;
    let mut buffer = vec![0; LARGE_BYTES / 5];
    let begun = Instant::now();
    for _ in 0..4 {
        taken += slow.read_exact(&mut buffer).await.expect("it goes on");
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "longer than a client may be silent");
    taken += read_all(&mut slow).await.len();
    assert!(taken > LARGE_BYTES, "{taken} bytes of head and body");
}

#[tokio::test]
async fn nothing_is_said_into_the_middle_of_an_answer_that_a_client_does_not_take() {
    let server = start(|_| {});
    let mut still = server.connect().await;
    let two = [&b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n"[..], FINE].concat();
    still.write_all(&two).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut taken = Vec::new();
    // The connection is closed with some of the answer unsent, so its end may be one out of order.
    let _ = timeout(Duration::from_secs(5), still.read_to_end(&mut taken)).await.expect("it is closed");
    assert!(taken.len() < LARGE_BYTES, "the answer is not complete");
    let text = String::from_utf8(taken).expect("answers are text");
    assert!(!text.contains("HTTP/1.1 408"), "behind half an answer nothing more can be said");
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_slot() {
    let server = start(|settings| {
        settings.max_connections = 1;
        settings.request_timeout_seconds = 60;
    });
    let mut first = server.connect().await;
    first.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut first).await.starts_with("HTTP/1.1 200 "));
    let mut second = server.connect().await;
    second.write_all(FINE).await.expect("the system takes it");
    let early = timeout(Duration::from_millis(200), second.read_u8()).await;
    assert!(early.is_err(), "the only slot is taken");
    drop(first);
    assert!(read_some(&mut second).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn stopping_ends_streams_and_idle_connections_and_then_the_server() {
    let server = start(|settings| settings.request_timeout_seconds = 60);
    let mut idle = server.connect().await;
    idle.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut idle).await.contains("fine"));
    let mut stream = server.connect().await;
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it reads");
    let mut opened = read_some(&mut stream).await;
    while !opened.contains("data: {}") {
        opened.push_str(&read_some(&mut stream).await);
    }
    assert!(opened.contains("content-type: text/event-stream") && opened.contains("event: position\n"), "{opened}");
    assert!(opened.contains("id: 7\n"), "{opened}");
    server.phase.send_replace(Phase::Stopping);
    assert!(read_all(&mut stream).await.ends_with("0\r\n\r\n"), "the stream ends in order");
    assert_eq!(read_all(&mut idle).await, "");
    timeout(Duration::from_secs(5), server.task).await.expect("nothing is left to wait for").expect("no panic");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}
