//! One connection of another instance, at the side that answers: the proof that it has the cluster key, its hello, its
//! requests.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::body::{LinkBody, read, whole};
use super::error::chain;
use super::hello::{HELLO_BYTES_MAX, HELLO_PATH, Hello, Identity};
use super::http2;
use super::key::is_other_key;
use super::notice::Notice;
use super::stream::ByteStream;

/// Answers the requests of other instances.
pub trait Answer: Send + Sync + 'static {
    /// Answers a request of an instance that has said hello. It is dropped when whoever asked goes away.
    fn answer(&self, from: &Hello, request: Request<Incoming>) -> impl Future<Output = Response<LinkBody>> + Send;
}

/// What all connections of a server share.
pub(super) struct Host<A> {
    pub tls: Arc<ServerConfig>,
    pub identity: watch::Receiver<Identity>,
    pub answer: A,
    pub notices: Arc<Notices>,
}

/// What happened to connections that were not taken.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// They did not prove that they have the cluster key.
    pub unproven: Notice,
    /// They did not say a hello that this instance accepts.
    pub not_accepted: Notice,
    /// There was no room.
    pub beyond_cap: Notice,
}

/// Whether the server is about to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    Stopping,
}

/// What is known of one connection.
pub(super) struct Guest {
    address: SocketAddr,
    hello: OnceLock<Hello>,
    /// It is told the reason, and nothing more.
    turned_away: Notify,
}

impl Guest {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, hello: OnceLock::new(), turned_away: Notify::new() }
    }

    pub(super) fn has_said_hello(&self) -> bool {
        self.hello.get().is_some()
    }
}

impl<A: Answer> Host<A> {
    /// Serves a connection to its end, which comes at `due` when it has not said hello until then.
    pub(super) async fn serve(
        self: Arc<Self>,
        stream: Box<dyn ByteStream>,
        guest: Arc<Guest>,
        mut phase: watch::Receiver<Phase>,
        due: Instant,
    ) {
        let secured = tokio::select! {
            biased;
            secured = self.secured(stream, &guest, due) => secured,
            () = stopping(&mut phase) => None,
        };
        let Some(stream) = secured else { return };
        let service = service_fn(|request| {
            let (host, guest) = (Arc::clone(&self), Arc::clone(&guest));
            async move { Ok::<_, Infallible>(host.answer(&guest, request).await) }
        });
        let mut http = pin!(http2::answering().serve_connection(TokioIo::new(stream), service));
        let mut overdue = pin!(sleep_until(due));
        let (mut is_introduced, mut is_ending) = (false, false);
        loop {
            tokio::select! {
                biased;
                ended = http.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection of another instance broke: {}", chain(&error));
                    }
                    return;
                }
                () = overdue.as_mut(), if !is_introduced => {
                    is_introduced = guest.has_said_hello();
                    if !is_introduced {
                        if !is_ending {
                            self.not_accepted(&guest, "it said no hello in time");
                        }
                        return;
                    }
                }
                () = told_to_end(&mut phase, &guest), if !is_ending => {
                    http.as_mut().graceful_shutdown();
                    is_ending = true;
                }
            }
        }
    }

    /// The stream, when the other side has proved that it has the key.
    async fn secured(
        &self,
        stream: Box<dyn ByteStream>,
        guest: &Guest,
        due: Instant,
    ) -> Option<TlsStream<Box<dyn ByteStream>>> {
        let shaken = TlsAcceptor::from(Arc::clone(&self.tls)).accept(stream);
        let reason = match timeout_at(due, shaken).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => unproven(&error),
            Err(_) => "it proved nothing in time".to_owned(),
        };
        if let Some(count) = self.notices.unproven.note() {
            let address = guest.address;
            tracing::warn!(%address, count, "a connection to the port for peers did not prove the cluster key: {reason}");
        }
        None
    }

    async fn answer(&self, guest: &Guest, request: Request<Incoming>) -> Response<LinkBody> {
        if let Some(hello) = guest.hello.get() {
            return self.answer.answer(hello, request).await;
        }
        match self.introduced(guest, request).await {
            Ok(hello) => response(StatusCode::OK, hello),
            Err(reason) => {
                self.not_accepted(guest, &reason);
                guest.turned_away.notify_one();
                response(StatusCode::FORBIDDEN, reason)
            }
        }
    }

    /// Hears the hello of the other side, and gives this one's.
    async fn introduced(&self, guest: &Guest, request: Request<Incoming>) -> Result<Bytes, String> {
        if request.uri().path() != HELLO_PATH {
            return Err(format!("a connection begins with a hello: POST {HELLO_PATH}"));
        }
        let body = read(request.into_body(), HELLO_BYTES_MAX).await.map_err(|error| error.to_string())?;
        let ours = self.identity.borrow().clone();
        let theirs = Hello::read(&ours, &body).map_err(|error| error.to_string())?;
        let answer = Hello { identity: ours, traffic: theirs.traffic };
        guest.hello.set(theirs).map_err(|_| "a connection has one hello, and this one had two".to_owned())?;
        Ok(answer.encoded())
    }

    fn not_accepted(&self, guest: &Guest, reason: &str) {
        if let Some(count) = self.notices.not_accepted.note() {
            let address = guest.address;
            tracing::warn!(%address, count, "a connection of another instance is not accepted: {reason}");
        }
    }
}

/// Waits until the server stops. Its end, without a word, is one.
async fn stopping(phase: &mut watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Stopping).await;
}

/// Waits until a connection has only to end what is under way on it.
async fn told_to_end(phase: &mut watch::Receiver<Phase>, guest: &Guest) {
    tokio::select! {
        () = stopping(phase) => {}
        () = guest.turned_away.notified() => {}
    }
}

fn response(status: StatusCode, body: impl Into<Bytes>) -> Response<LinkBody> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response
}

/// Why a handshake did not come to its end.
fn unproven(error: &io::Error) -> String {
    if is_other_key(error) {
        "it has another key; give every instance the same key file".to_owned()
    } else {
        format!("the TLS handshake failed: {error}")
    }
}
