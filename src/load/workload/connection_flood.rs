//! A client that shuts others out, from one address: it opens many connections that ask nothing and many streams, and
//! opens each again when it is closed. It changes nothing that is checked afterwards: it holds no seat.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout_at};

use super::super::client::Server;
use super::super::fixtures::Fixtures;

/// Connections that ask nothing.
const CONNECTIONS: usize = 10_000;
/// Streams of queue places.
const STREAMS: usize = 1_000;
/// The address of the flooding client where the server is on this machine; the buyers have another.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// After how long a connection that was closed is opened again: some thousand attempts a second in all.
const REOPEN_AFTER: Duration = Duration::from_secs(3);
/// Connections that are being opened at once.
const OPENING: usize = 256;
const PIECE_BYTES: usize = 512;

/// What became of the flooding client's connections.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FloodReport {
    pub connections: usize,
    pub streams: usize,
    /// Connections that the system opened.
    pub opened: u64,
    /// Those of them that the server closed.
    pub closed: u64,
    /// Most that were open at once, those among them that the server had not closed yet.
    pub open_max: u64,
}

#[derive(Default)]
pub(crate) struct ConnectionFlood {
    opened: AtomicU64,
    closed: AtomicU64,
    open_max: AtomicU64,
}

impl ConnectionFlood {
    pub(crate) fn report(&self) -> FloodReport {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (opened, closed, open_max) = (load(&self.opened), load(&self.closed), load(&self.open_max));
        FloodReport { connections: CONNECTIONS, streams: STREAMS, opened, closed, open_max }
    }

    /// Floods `server` until the end; blocks.
    pub(crate) fn run(&self, server: &Server, fixtures: &Fixtures, until: Instant) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the first runtime could be made");
        let opening = Arc::new(Semaphore::new(OPENING));
        runtime.block_on(async {
            let silent = (0..CONNECTIONS).map(|_| self.keep_opening(server, None, &opening, until));
            let tokens = fixtures.tokens.iter().cycle();
            let streams = tokens.take(STREAMS).map(|token| self.keep_opening(server, Some(token), &opening, until));
            let all: futures_util::stream::FuturesUnordered<_> = silent.chain(streams).collect();
            futures_util::StreamExt::collect::<()>(all).await;
        });
    }

    /// One connection, again and again: of a stream with `token`, else one that asks nothing.
    async fn keep_opening(&self, server: &Server, token: Option<&String>, opening: &Semaphore, until: Instant) {
        let request = token.map(|token| {
            format!(
                "GET /api/v1/token/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
                server.host
            )
        });
        let again_and_again = async {
            loop {
                let permit = opening.acquire().await.expect("the semaphore is never closed");
                let opened = open(server.address).await;
                drop(permit);
                if let Some(mut stream) = opened {
                    let open = 1 + self.opened.fetch_add(1, Ordering::Relaxed) - self.closed.load(Ordering::Relaxed);
                    self.open_max.fetch_max(open, Ordering::Relaxed);
                    hold(&mut stream, request.as_deref()).await;
                    self.closed.fetch_add(1, Ordering::Relaxed);
                }
                sleep(REOPEN_AFTER).await;
            }
        };
        // It ends with the run.
        let _: Result<(), _> = timeout_at(until.into(), again_and_again).await;
    }
}

async fn open(address: SocketAddr) -> Option<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.ok()?;
    if address.ip().to_canonical().is_loopback() && address.is_ipv4() {
        socket.bind((ADDRESS, 0).into()).ok()?;
    }
    socket.connect(address).await.ok()
}

/// Keeps a connection until the server closes it.
async fn hold(stream: &mut TcpStream, request: Option<&str>) {
    if let Some(request) = request
        && stream.write_all(request.as_bytes()).await.is_err()
    {
        return;
    }
    let mut piece = [0; PIECE_BYTES];
    while stream.read(&mut piece).await.is_ok_and(|count| count > 0) {}
}
