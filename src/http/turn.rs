//! Whose turn it is on a connection: the server's while it answers a request, else the client's, and since when. One
//! timer a connection looks at it now and then, instead of one that is set for every request. It also counts the
//! answers that are over, so that whoever passes the bytes on can tell where one exchange ends. It knows no HTTP.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Stands for "the server's turn" where else the milliseconds stand at which the client's began.
const SERVER: u64 = u64::MAX;
/// Stands for a length that the request does not tell.
const UNTOLD: u64 = u64::MAX;

/// Shared by a connection and the answers on it; a new one is the client's.
#[derive(Clone)]
pub struct Turn(Arc<Since>);

struct Since {
    connected: Instant,
    /// Milliseconds after `connected`.
    client_ms: AtomicU64,
    /// Bytes of the body of the newest request.
    body_bytes: AtomicU64,
    requests: AtomicU64,
    /// Answers that were handed over for writing to their ends.
    answers: AtomicU64,
}

/// The body of an answer, whose end is noted.
pub struct AnswerBody {
    body: Body,
    turn: Turn,
}

impl Turn {
    pub fn new() -> Self {
        let [client_ms, body_bytes, requests, answers] = [(); 4].map(|()| AtomicU64::new(0));
        Self(Arc::new(Since { connected: Instant::now(), client_ms, body_bytes, requests, answers }))
    }

    /// A request came, with a body of so many bytes if it tells: it is the server's turn.
    pub fn take(&self, body_bytes: Option<u64>) {
        self.0.client_ms.store(SERVER, Ordering::Relaxed);
        self.0.body_bytes.store(body_bytes.unwrap_or(UNTOLD), Ordering::Relaxed);
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer is made: it is the client's turn, or will be once a body of unknown length has ended.
    pub fn pass_with(&self, body: Body) -> AnswerBody {
        if body.size_hint().exact().is_some() {
            self.pass();
        }
        AnswerBody { body, turn: self.clone() }
    }

    /// Requests that came, answered or not.
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// Answers that are over: what is left of them waits to be written.
    pub fn answers(&self) -> u64 {
        self.0.answers.load(Ordering::Relaxed)
    }

    /// Bytes of the body of the newest request, where it told.
    pub fn body_bytes(&self) -> Option<u64> {
        Some(self.0.body_bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes != UNTOLD)
    }

    /// The client's time begins now.
    pub fn pass(&self) {
        let milliseconds = u64::try_from(self.0.connected.elapsed().as_millis()).unwrap_or(SERVER - 1);
        self.0.client_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// The client took some more of an answer that it takes slowly: its time begins anew.
    pub fn renew(&self) {
        if !self.is_servers() {
            self.pass();
        }
    }

    fn is_servers(&self) -> bool {
        self.0.client_ms.load(Ordering::Relaxed) == SERVER
    }

    /// What is left to the client of `patience`: all of it while it is the server's turn.
    pub fn left(&self, patience: Duration) -> Duration {
        match self.0.client_ms.load(Ordering::Relaxed) {
            SERVER => patience,
            since => (Duration::from_millis(since) + patience).saturating_sub(self.0.connected.elapsed()),
        }
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.turn.0.answers.fetch_add(1, Ordering::Relaxed);
        if self.turn.is_servers() {
            self.turn.pass();
        }
    }
}

impl HttpBody for AnswerBody {
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
        turn.take(Some(0));
        assert_eq!(turn.left(PATIENCE), PATIENCE);
        turn.renew();
        assert_eq!(turn.left(PATIENCE), PATIENCE, "it is the server's turn still");
        let answer = turn.pass_with(Body::from("an answer"));
        assert_eq!(turn.left(Duration::ZERO), Duration::ZERO, "it only has to be taken");
        drop(answer);
        assert!(turn.left(PATIENCE) > Duration::ZERO);
    }

    #[test]
    fn a_stream_keeps_the_turn_until_it_ends() {
        let turn = Turn::new();
        turn.take(Some(0));
        let body = turn.pass_with(Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()));
        assert_eq!(turn.left(PATIENCE), PATIENCE);
        drop(body);
        assert_eq!(turn.left(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn an_answer_counts_once_its_body_has_ended() {
        let turn = Turn::new();
        for (count, length) in [(0, Some(7)), (1, None)] {
            turn.take(length);
            assert_eq!(turn.body_bytes(), length);
            let body = turn.pass_with(Body::from("an answer"));
            assert_eq!((turn.requests(), turn.answers()), (count + 1, count));
            drop(body);
            assert_eq!(turn.answers(), count + 1);
        }
    }
}
