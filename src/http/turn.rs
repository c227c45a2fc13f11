//! Whose turn it is on a connection: the server's while it answers a request, else the client's, and since when. One
//! timer a connection looks at it now and then, instead of one that is set for every request. It knows no HTTP.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Stands for "the server's turn" where else the milliseconds stand at which the client's began.
const SERVER: u64 = u64::MAX;

/// Shared by a connection and the answers on it; a new one is the client's.
#[derive(Clone)]
pub struct Turn(Arc<Since>);

struct Since {
    connected: Instant,
    /// Milliseconds after `connected`.
    client_ms: AtomicU64,
}

/// A body whose end hands the turn to the client.
struct Streamed {
    body: Body,
    turn: Turn,
}

impl Turn {
    pub fn new() -> Self {
        Self(Arc::new(Since { connected: Instant::now(), client_ms: AtomicU64::new(0) }))
    }

    /// A request came: it is the server's turn.
    pub fn take(&self) {
        self.0.client_ms.store(SERVER, Ordering::Relaxed);
    }

    /// An answer is made: it is the client's turn, or will be once a body of unknown length has ended.
    pub fn pass_with(&self, body: Body) -> Body {
        if body.size_hint().exact().is_some() {
            self.pass();
            return body;
        }
        Body::new(Streamed { body, turn: self.clone() })
    }

    fn pass(&self) {
        let milliseconds = u64::try_from(self.0.connected.elapsed().as_millis()).unwrap_or(SERVER - 1);
        self.0.client_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// The client took some more of an answer that it takes slowly: its time begins anew.
    pub fn renew(&self) {
        if self.0.client_ms.load(Ordering::Relaxed) != SERVER {
            self.pass();
        }
    }

    /// What is left to the client of `patience`: all of it while it is the server's turn.
    pub fn left(&self, patience: Duration) -> Duration {
        match self.0.client_ms.load(Ordering::Relaxed) {
            SERVER => patience,
            since => (Duration::from_millis(since) + patience).saturating_sub(self.0.connected.elapsed()),
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.turn.pass();
    }
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use futures_util::stream;

    use super::Turn;

    const PATIENCE: Duration = Duration::from_secs(3_600);

    #[test]
    fn the_clients_time_runs_only_in_its_turn() {
        let turn = Turn::new();
        assert_eq!(turn.left(Duration::ZERO), Duration::ZERO, "a new connection is to ask");
        turn.take();
        assert_eq!(turn.left(PATIENCE), PATIENCE);
        turn.renew();
        assert_eq!(turn.left(PATIENCE), PATIENCE, "it is the server's turn still");
        drop(turn.pass_with(Body::from("an answer")));
        assert_eq!(turn.left(Duration::ZERO), Duration::ZERO);
        assert!(turn.left(PATIENCE) > Duration::ZERO);
    }

    #[test]
    fn a_stream_keeps_the_turn_until_it_ends() {
        let turn = Turn::new();
        turn.take();
        let body = turn.pass_with(Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()));
        assert_eq!(turn.left(PATIENCE), PATIENCE);
        drop(body);
        assert_eq!(turn.left(Duration::ZERO), Duration::ZERO);
    }
}
