//! Calls that are not measured: many at once to prepare and to check, or one at a time. An answer that is not the one
//! that is needed ends the run.

use std::cell::{Cell, RefCell};
use std::fmt::Arguments;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::Value;

use super::Error;
use super::answer::Answer;
use super::connection::Connection;
use super::progress::Progress;
use super::request::Request;

/// How often something is asked of a server that is overloaded and says when to come again.
const TRIES_MAX: u32 = 10;

/// A server as clients reach it.
#[derive(Clone, Debug)]
pub struct Server {
    pub address: SocketAddr,
    /// What goes into the header `host`.
    pub host: String,
    pub operator_key: Option<String>,
}

/// Connections that share work.
pub struct Crew<'a> {
    pub server: &'a Server,
    pub connections: usize,
    pub given_up: Arc<AtomicBool>,
    pub progress: &'a Progress,
}

impl Crew<'_> {
    /// Whether the run is to end before its time.
    pub fn has_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Sends `count` requests, as many at once as there are connections. `build` writes request number `index`, `take`
    /// gets its answer.
    ///
    /// # Errors
    /// The first request without an answer, and what `take` refuses.
    pub async fn each(
        &self,
        what: &str,
        count: usize,
        build: impl Fn(usize, &mut Request),
        take: impl FnMut(usize, Answer) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.progress.begin(what, count as u64);
        let next = Cell::new(0);
        let take = RefCell::new(take);
        let lane = async || {
            let unanswered = |fault| Error::Unanswered { what: what.to_owned(), fault };
            let mut request = Request::new(&self.server.host);
            let mut connection = Connection::open(self.server.address).await.map_err(unanswered)?;
            loop {
                let index = next.get();
                if index >= count {
                    return Ok(());
                }
                if self.has_given_up() {
                    return Err(Error::Interrupted { what: what.to_owned() });
                }
                next.set(index + 1);
                build(index, &mut request);
                if !connection.is_open() {
                    connection = Connection::open(self.server.address).await.map_err(unanswered)?;
                }
                connection.exchange(request.bytes()).await.map_err(unanswered)?;
                for _ in 1..TRIES_MAX {
                    let answer = connection.answer();
                    let Some(seconds) = answer.retry_after_seconds.filter(|_| answer.is_overloaded()) else { break };
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    connection.exchange(request.bytes()).await.map_err(unanswered)?;
                }
                take.borrow_mut()(index, connection.answer())?;
                self.progress.advance();
            }
        };
        let lanes = (0..self.connections.min(count)).map(|_| lane());
        tokio::task::unconstrained(try_join_all(lanes)).await.map(|_| ())
    }

    /// One request; the `body` of the answer, which must be a success.
    ///
    /// # Errors
    /// No answer, or another one.
    pub async fn call(
        &self,
        what: &str,
        method: &str,
        path: Arguments<'_>,
        bearer: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let unanswered = |fault| Error::Unanswered { what: what.to_owned(), fault };
        let mut request = Request::new(&self.server.host);
        match body {
            Some(body) => request.send(method, path, bearer, format_args!("{body}")),
            None => request.get(path, bearer),
        }
        let mut connection = Connection::open(self.server.address).await.map_err(unanswered)?;
        connection.exchange(request.bytes()).await.map_err(unanswered)?;
        read_body(what, connection.answer())
    }

    /// The body of a success at a path outside `/api/v1`, as it came.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn text(&self, what: &str, path: &str) -> Result<String, Error> {
        let unanswered = |fault| Error::Unanswered { what: what.to_owned(), fault };
        let mut request = Request::new(&self.server.host);
        request.get_outside(path);
        let mut connection = Connection::open(self.server.address).await.map_err(unanswered)?;
        connection.exchange(request.bytes()).await.map_err(unanswered)?;
        let answer = connection.answer();
        expect_success(what, answer)?;
        Ok(String::from_utf8_lossy(answer.body).into_owned())
    }

    /// The operator's key.
    ///
    /// # Errors
    /// It was not given.
    pub fn operator_key(&self) -> Result<&str, Error> {
        self.server.operator_key.as_deref().ok_or(Error::NeedsKey)
    }
}

/// That an answer is a success.
///
/// # Errors
/// It is another.
pub fn expect_success(what: &str, answer: Answer) -> Result<(), Error> {
    if answer.is_success() { Ok(()) } else { Err(Error::Refused { what: what.to_owned(), answer: answer.shown() }) }
}

/// The `body` of a success.
///
/// # Errors
/// It is a refusal, or has no body.
pub fn read_body(what: &str, answer: Answer) -> Result<Value, Error> {
    expect_success(what, answer)?;
    let value: Option<Value> = serde_json::from_slice(answer.body).ok();
    let body = value.and_then(|mut value| value.get_mut("body").map(Value::take));
    body.ok_or_else(|| Error::Refused { what: what.to_owned(), answer: answer.shown() })
}

/// A text of an answer that must have it.
///
/// # Errors
/// The answer is a refusal, or has no such text.
pub fn required_text(what: &str, answer: Answer, name: &str) -> Result<String, Error> {
    expect_success(what, answer)?;
    let text = answer.text(name).map(str::to_owned);
    text.ok_or_else(|| Error::Refused { what: what.to_owned(), answer: answer.shown() })
}
