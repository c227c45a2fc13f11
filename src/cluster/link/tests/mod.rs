//! Instances in one process that ask each other over the loopback interface.

mod calls;
mod cut_off;
mod handshake;
mod hellos;
mod servers;
mod streams;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::{
    Answer, ClusterKey, DialLimits, Dialer, Hello, Identity, LinkBody, LinkError, PROTOCOL_VERSION, Peer, PeerName,
    Server, ServerCounts, ServerLimits, Tcp, Traffic, Versions, read, whole,
};
use crate::domain::NodeId;

const KEY: &str = "the key that all instances of this test have";
/// So long that a test that waits for it has failed.
const LONG: Duration = Duration::from_secs(20);

/// A server, and how it is stopped.
struct Running {
    address: SocketAddr,
    counts: ServerCounts,
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends it at once, with all of its connections.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.expect_err("it was aborted").is_cancelled());
    }
}

fn key(text: &str) -> ClusterKey {
    ClusterKey::read(text).expect("long enough")
}

fn identity(node: u64) -> Identity {
    let versions = Versions { protocol: PROTOCOL_VERSION, log: 7, data: 7 };
    Identity { node: NodeId(node), cluster: Some(10), disk: u128::from(node), versions }
}

fn constant<T>(value: T) -> watch::Receiver<T> {
    watch::channel(value).1
}

async fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn serve<A: Answer>(listener: TcpListener, identity: Identity, answer: A, limits: ServerLimits) -> Running {
    let server = Server::new(key(KEY).server_config(), constant(identity), answer, limits);
    let address = listener.local_addr().expect("it is bound");
    let (counts, stop) = (server.counts(), Arc::new(Notify::new()));
    let told = Arc::clone(&stop);
    let task = tokio::spawn(server.serve(listener, async move { told.notified().await }));
    Running { address, counts, stop, task }
}

/// Instance 2, which answers by `answer`.
async fn instance_2<A: Answer>(answer: A) -> Running {
    serve(free_port().await, identity(2), answer, ServerLimits::default())
}

fn name(node: u64, address: SocketAddr) -> PeerName {
    PeerName { node: NodeId(node), address: address.to_string().into() }
}

/// How instance 1 connects. A failed attempt is followed by the next one at once.
fn dialer() -> Dialer {
    let limits = DialLimits { connect: LONG, pause: Duration::ZERO };
    Dialer { tls: key(KEY).client_config(), identity: constant(identity(1)), limits, network: Arc::new(Tcp) }
}

/// Instance 2 as instance 1 asks it.
fn peer(address: SocketAddr) -> Peer {
    Peer::new(dialer(), name(2, address), Traffic::Raft)
}

/// Calls with a body that matters to no test, and with time enough.
async fn call(peer: &Peer, path: &str) -> Result<Bytes, LinkError> {
    peer.call(path, Bytes::from_static(b"body"), LONG).await
}

/// Waits until something is so that is about to become so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.expect("it becomes so");
}

/// Answers with who asked, where, and what.
struct Echo;

impl Answer for Echo {
    async fn answer(&self, from: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        let head = format!("{} {:?} {}: ", from.identity.node, from.traffic, request.uri().path());
        let body = read(request.into_body(), 64 * 1024 * 1024).await.expect("it comes to its end");
        Response::new(whole([head.as_bytes(), &body].concat()))
    }
}

/// Answers when it may.
#[derive(Clone, Default)]
struct Held {
    asked: Arc<Notify>,
    may_answer: Arc<Notify>,
}

impl Answer for Held {
    async fn answer(&self, _: &Hello, _: Request<Incoming>) -> Response<LinkBody> {
        self.asked.notify_one();
        self.may_answer.notified().await;
        Response::new(whole("held"))
    }
}

/// Answers with a status and a text.
struct Always(StatusCode, String);

impl Answer for Always {
    fn answer(&self, _: &Hello, _: Request<Incoming>) -> impl Future<Output = Response<LinkBody>> + Send {
        let mut response = Response::new(whole(self.1.clone()));
        *response.status_mut() = self.0;
        std::future::ready(response)
    }
}

/// The port of a server that ended a moment ago.
async fn again(address: SocketAddr) -> TcpListener {
    TcpListener::bind(address).await.expect("it is free again")
}
