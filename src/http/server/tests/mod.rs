//! Real connections over the loopback interface.

mod at_the_cap;
mod crowded;
mod idle;
mod slow_clients;
mod stopping;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::pipeline::{Pipeline, Purpose, Purposes};
use super::{ConnectionLimit, Patience, Transport, listen, serve, serve_connection};
use crate::config::{ClientLimit, Config, Loopback, Server};
use crate::http::phase::stopped;
use crate::http::sse::{SseEvent, until_stopped};
use crate::http::{Connection, Keys, Phase, Request};
use crate::identity::{OperatorKey, SigningKey, TicketCodes, TicketKey, Tokens};

/// When a client of a stream is to come again.
const RETRY: Duration = Duration::from_secs(1);

struct Running {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    task: JoinHandle<()>,
}

fn start(change: impl FnOnce(&mut Server)) -> Running {
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    config.server.idle_seconds = 1;
    change(&mut config.server);
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let streams = shutdown.clone();
    let router =
        Router::new().route("/fine", get(|| async { "fine" })).route("/healthz", get(|| async { "ok" })).route(
            "/stream",
            get(move || {
                let first = SseEvent { name: "position", data: "{}".into(), id: Some(7) };
                let events = stream::iter([first]);
                let events = events.chain(stream::pending());
                std::future::ready(until_stopped(stopped(streams), Arc::default(), RETRY, events))
            }),
        );
    run(router.route("/large", get(|| async { vec![b'x'; LARGE_BYTES] })), config, (phase, shutdown))
}

type Phases = (watch::Sender<Phase>, watch::Receiver<Phase>);

fn run(router: Router, config: Config, (phase, shutdown): Phases) -> Running {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let pipeline = pipeline(router, &config);
    let task = tokio::spawn(async move { serve(listener, pipeline, None, &config.server, shutdown).await });
    Running { address, phase, task }
}

fn pipeline(router: Router, config: &Config) -> Pipeline {
    let purposes =
        [(Method::GET, "/api/v1/seats"), (Method::GET, "/api/v1/seats/large"), (Method::POST, "/api/v1/seats")];
    let health = [(Method::GET, "/healthz".to_owned(), Purpose::Health)];
    let purposes =
        purposes.map(|(method, path)| (method, path.to_owned(), Purpose::Purchase)).into_iter().chain(health);
    let operator_key = OperatorKey::parse("the-operator-of-the-tests").expect("it is long enough");
    let keys = Keys::new(
        Tokens::new(&SigningKey::from_bytes([7; 32])),
        TicketCodes::new(&TicketKey::from_bytes([7; 32])),
        operator_key,
    );
    Pipeline::new(router, config, Purposes::new(purposes), keys)
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

const FINE: &[u8] = b"GET /fine HTTP/1.1\r\nhost: localhost\r\n\r\n";
