//! Requests that are not measured: many at once to prepare and to check, or one at a time. A response that is not the
//! one that is needed ends the run.

use std::cell::{Cell, RefCell};
use std::fmt::Arguments;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use super::client::{Connection, Request, Response, Server};
use super::error::Error;
use super::progress::Progress;

/// How often something is asked of a server that is overloaded and says when to come again.
const TRIES_MAX: u32 = 10;

/// Connections that share work.
pub(crate) struct ClientPool<'a> {
    pub server: &'a Server,
    pub connections: usize,
    pub interrupted: Arc<AtomicBool>,
    pub progress: &'a Progress,
}

impl ClientPool<'_> {
    /// Whether the run is to end before its time.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Sends `count` requests, as many at once as there are connections. `build` writes request number `index`, `take`
    /// gets its response.
    ///
    /// # Errors
    /// The first request without a response, and what `take` refuses.
    pub(crate) async fn each(
        &self,
        what: &str,
        count: usize,
        build: impl Fn(usize, &mut Request),
        take: impl FnMut(usize, Response) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.progress.begin(what, count as u64);
        let next = Cell::new(0);
        let take = RefCell::new(take);
        let client = async || {
            let unanswered = |fault| Error::Unanswered { what: what.to_owned(), fault };
            let mut request = Request::new(&self.server.host);
            let mut connection = Connection::open(self.server.address).await.map_err(unanswered)?;
            loop {
                let index = next.get();
                if index >= count {
                    return Ok(());
                }
                if self.is_interrupted() {
                    return Err(Error::Interrupted { what: what.to_owned() });
                }
                next.set(index + 1);
                build(index, &mut request);
                if !connection.is_open() {
                    connection = Connection::open(self.server.address).await.map_err(unanswered)?;
                }
                connection.exchange(request.bytes()).await.map_err(unanswered)?;
                for _ in 1..TRIES_MAX {
                    let response = connection.response();
                    let Some(seconds) = response.retry_after_seconds.filter(|_| response.is_overloaded()) else {
                        break;
                    };
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    connection.exchange(request.bytes()).await.map_err(unanswered)?;
                }
                take.borrow_mut()(index, connection.response())?;
                self.progress.advance();
            }
        };
        let clients = (0..self.connections.min(count)).map(|_| client());
        tokio::task::unconstrained(try_join_all(clients)).await.map(|_| ())
    }

    /// One request; the `body` of the response, which must be a success.
    ///
    /// # Errors
    /// No response, or another one.
    pub(crate) async fn call(
        &self,
        what: &str,
        method: &str,
        path: Arguments<'_>,
        bearer: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let mut request = Request::new(&self.server.host);
        match body {
            Some(body) => request.send(method, path, bearer, format_args!("{body}")),
            None => request.get(path, bearer),
        }
        read_body(what, self.exchange(what, &request).await?.response())
    }

    /// The body of a success at a path outside `/api/v1`, as it came.
    ///
    /// # Errors
    /// No response, or a refusal.
    pub(crate) async fn text(&self, what: &str, path: &str) -> Result<String, Error> {
        let mut request = Request::new(&self.server.host);
        request.get_outside(path);
        let connection = self.exchange(what, &request).await?;
        let response = connection.response();
        expect_success(what, response)?;
        Ok(String::from_utf8_lossy(response.body).into_owned())
    }

    /// The operator's key.
    ///
    /// # Errors
    /// It was not given.
    pub(crate) fn operator_key(&self) -> Result<&str, Error> {
        self.server.operator_key.as_deref().ok_or(Error::NeedsKey)
    }

    /// Sends a request over a connection of its own, which has the response.
    async fn exchange(&self, what: &str, request: &Request) -> Result<Connection, Error> {
        let unanswered = |fault| Error::Unanswered { what: what.to_owned(), fault };
        let mut connection = Connection::open(self.server.address).await.map_err(unanswered)?;
        connection.exchange(request.bytes()).await.map_err(unanswered)?;
        Ok(connection)
    }
}

/// That a response is a success.
///
/// # Errors
/// It is another.
pub(super) fn expect_success(what: &str, response: Response) -> Result<(), Error> {
    if response.is_success() { Ok(()) } else { Err(refused(what, response)) }
}

/// The `body` of a success, read as `T`.
///
/// # Errors
/// It is a refusal, or its body is no `T`.
pub(super) fn read_body<'a, T: Deserialize<'a>>(what: &str, response: Response<'a>) -> Result<T, Error> {
    /// What every success is wrapped in.
    #[derive(Deserialize)]
    struct Envelope<T> {
        body: T,
    }
    expect_success(what, response)?;
    let read: Result<Envelope<T>, _> = serde_json::from_slice(response.body);
    read.map(|envelope| envelope.body).map_err(|_| refused(what, response))
}

/// A text of a response that must have it.
///
/// # Errors
/// The response is a refusal, or has no such text.
pub(super) fn required_text(what: &str, response: Response, name: &str) -> Result<String, Error> {
    expect_success(what, response)?;
    response.text(name).map(str::to_owned).ok_or_else(|| refused(what, response))
}

/// The error of a response that is of no use.
pub(super) fn refused(what: &str, response: Response) -> Error {
    Error::Refused { what: what.to_owned(), response: response.shown() }
}
