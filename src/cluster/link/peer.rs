//! Another instance, as it is asked: one connection for one kind of traffic, which is made when it is needed and made
//! again when it broke.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use hyper::body::Incoming;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, StatusCode, Uri};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout_at};

use super::body::{LinkBody, ReadError, read, whole};
use super::connect::{AUTHORITY, Dialer, Driver, Sender, Target};
use super::counted::ByteCounts;
use super::error::{LinkError, PeerName, Which, chain};
use super::traffic::Traffic;

/// Characters of the text of a refusal that are kept.
const REFUSAL_CHARACTERS_MAX: usize = 1_024;

/// Another instance for one kind of traffic. Clones share its connection, which ends with the last of them.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    target: Target,
    /// Connections that there were, so that the end of one is not taken for the end of the next.
    connections: AtomicU64,
    state: Mutex<State>,
}

enum State {
    Down,
    Connecting(Attempt),
    Up(Up),
    Failed { until: Instant, error: LinkError },
}

struct Up {
    number: u64,
    sender: Sender,
    since: Instant,
}

/// An attempt to connect, for all who wait for it. It goes on when they are gone.
type Attempt = Shared<BoxFuture<'static, Result<Sender, LinkError>>>;

impl Peer {
    #[must_use]
    pub fn new(dialer: Dialer, name: PeerName, traffic: Traffic) -> Self {
        let counts = Arc::new(ByteCounts::with(name.node));
        let target = Target { dialer, name, traffic, counts };
        Self(Arc::new(Inner { target, connections: AtomicU64::new(0), state: Mutex::new(State::Down) }))
    }

    #[must_use]
    pub fn name(&self) -> &PeerName {
        &self.0.target.name
    }

    /// Since when there is a connection without a break; `None` when there is none.
    #[must_use]
    pub fn up_since(&self) -> Option<Instant> {
        match &*self.0.state.lock() {
            State::Up(up) if !up.sender.is_closed() => Some(up.since),
            State::Up(_) | State::Down | State::Connecting(_) | State::Failed { .. } => None,
        }
    }

    /// Bytes that were sent to it so far, as the network carries them.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.counts().sent.load(Ordering::Relaxed)
    }

    /// Bytes that came from it so far.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.counts().received.load(Ordering::Relaxed)
    }

    fn counts(&self) -> &ByteCounts {
        &self.0.target.counts
    }

    /// Connects unless there is a connection.
    ///
    /// # Errors
    /// There is none, and for the pause behind a failure the same error without another attempt.
    pub async fn connect(&self) -> Result<(), LinkError> {
        self.0.sender().await.map(|_| ())
    }

    /// Sends a request, of whose URI only path and query matter, and gives the answer as soon as its head is there.
    /// Dropped before, or with the answer unread, it is cancelled at the other side, too.
    ///
    /// # Errors
    /// It could not be sent, or the connection broke before there was an answer. Which, the error tells.
    pub async fn ask(&self, request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        self.0.send(addressed(request)).await
    }

    /// Posts a body and gives that of the answer, all within a time limit. Both are whole in memory, and bounded by
    /// [`Traffic::body_bytes_max`].
    ///
    /// # Errors
    /// All of [`LinkError`]. Every status but 200 is a refusal, with the answer as its text.
    ///
    /// # Panics
    /// `path` is none.
    pub async fn call(&self, path: &str, body: Bytes, limit: Duration) -> Result<Bytes, LinkError> {
        let peer = || self.name().clone();
        let bytes_max = self.0.target.traffic.body_bytes_max();
        if body.len() > bytes_max {
            return Err(LinkError::TooLarge { peer: peer(), which: Which::Request, bytes_max });
        }
        let deadline = Instant::now() + limit;
        let Ok(connected) = timeout_at(deadline, self.connect()).await else {
            return Err(LinkError::NotConnectedInTime { peer: peer(), limit });
        };
        connected?;
        let request = Request::post(path).body(whole(body)).expect("the paths of calls are constants");
        match timeout_at(deadline, self.exchange(request, bytes_max)).await {
            Ok(answer) => answer,
            Err(_) => Err(LinkError::TimedOut { peer: peer(), limit }),
        }
    }

    async fn exchange(&self, request: Request<LinkBody>, bytes_max: usize) -> Result<Bytes, LinkError> {
        let answer = self.ask(request).await?;
        let status = answer.status();
        let body = read(answer.into_body(), bytes_max).await.map_err(|error| match error {
            ReadError::TooLarge(bytes_max) => {
                LinkError::TooLarge { peer: self.name().clone(), which: Which::Answer, bytes_max }
            }
            ReadError::Broken(error) => LinkError::Broken { peer: self.name().clone(), reason: chain(&*error) },
            error @ ReadError::Incomplete { .. } => {
                LinkError::Broken { peer: self.name().clone(), reason: error.to_string() }
            }
        })?;
        if status == StatusCode::OK {
            return Ok(body);
        }
        let text = String::from_utf8_lossy(&body).chars().take(REFUSAL_CHARACTERS_MAX).collect();
        Err(LinkError::Refused { peer: self.name().clone(), status, text })
    }
}

impl Inner {
    /// The connection, when there is one or one can be made.
    async fn sender(self: &Arc<Self>) -> Result<Sender, LinkError> {
        let attempt = {
            let mut state = self.state.lock();
            match &*state {
                State::Up(up) if !up.sender.is_closed() => return Ok(up.sender.clone()),
                State::Failed { until, error } if Instant::now() < *until => return Err(error.clone()),
                // One that ended without a note of it was ended with its task.
                State::Connecting(attempt) if attempt.peek().is_none() => attempt.clone(),
                State::Connecting(_) | State::Up(_) | State::Down | State::Failed { .. } => {
                    let attempt = self.begin();
                    *state = State::Connecting(attempt.clone());
                    attempt
                }
            }
        };
        attempt.await
    }

    /// Begins to connect. The attempt has a task of its own: whoever asked may have less time than it takes.
    fn begin(self: &Arc<Self>) -> Attempt {
        let inner = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let connected = inner.target.connect().await;
            inner.note(connected)
        });
        let target = self.target.clone();
        let ended = move |_| target.not_connected("this instance is stopping".to_owned());
        attempt.map(move |done| done.unwrap_or_else(|error| Err(ended(error)))).boxed().shared()
    }

    /// Takes note of how an attempt ended.
    fn note(self: &Arc<Self>, connected: Result<(Sender, Driver), LinkError>) -> Result<Sender, LinkError> {
        let (next, outcome) = match connected {
            Ok((sender, driver)) => {
                let number = self.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(drive(driver, Arc::downgrade(self), number));
                (State::Up(Up { number, sender: sender.clone(), since: Instant::now() }), Ok(sender))
            }
            Err(error) => {
                let until = Instant::now() + self.target.dialer.limits.pause;
                (State::Failed { until, error: error.clone() }, Err(error))
            }
        };
        *self.state.lock() = next;
        outcome
    }

    /// Takes note that a connection ended.
    fn note_end(&self, number: u64) {
        let mut state = self.state.lock();
        if matches!(&*state, State::Up(up) if up.number == number) {
            *state = State::Down;
        }
    }

    async fn send(self: &Arc<Self>, request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        let unsent = match self.sender().await?.try_send_request(request).await {
            Ok(answer) => return Ok(answer),
            Err(mut error) => error.take_message().ok_or_else(|| self.broken(error.error()))?,
        };
        // The connection ended before anything of the request was sent: there may be another.
        let sent = self.sender().await?.try_send_request(unsent).await;
        sent.map_err(|mut error| match error.take_message() {
            Some(_) => self.target.not_connected(chain(error.error())),
            None => self.broken(error.error()),
        })
    }

    fn broken(&self, error: &hyper::Error) -> LinkError {
        LinkError::Broken { peer: self.target.name.clone(), reason: chain(error) }
    }
}

/// Keeps a connection going to its end. Nobody holds the peer for it.
async fn drive(driver: Driver, peer: Weak<Inner>, number: u64) {
    if let Err(error) = driver.await {
        tracing::debug!("a connection to another instance broke: {}", chain(&error));
    }
    if let Some(peer) = peer.upgrade() {
        peer.note_end(number);
    }
}

/// A request as HTTP/2 wants it, with a scheme and an authority.
fn addressed(mut request: Request<LinkBody>) -> Request<LinkBody> {
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme("https").authority(AUTHORITY).path_and_query(path).build();
    *request.uri_mut() = uri.expect("constants, and a path that was one before");
    request
}
