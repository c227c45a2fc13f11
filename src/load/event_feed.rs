//! The operator's feed of events, read from the oldest that is wanted to the newest.

use serde::Deserialize;

use super::client::{Connection, Request};
use super::client_pool::{ClientPool, read_body};
use super::error::Error;

const WHAT: &str = "read the feed of events";
/// Events that the server gives at once at most.
const EVENTS_AT_ONCE: u32 = 100;

/// A connection that reads the feed: each page follows from the one before.
pub(super) struct EventFeed<'a> {
    key: &'a str,
    connection: Connection,
    request: Request,
}

#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub events: Vec<Event<'a>>,
    /// The cursor of the page behind this one.
    pub next: u64,
    newest: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub concert_id: Option<&'a str>,
    #[serde(borrow)]
    pub data: Data<'a>,
}

/// What the events of a queue have; others lack it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data<'a> {
    pub user_id: Option<&'a str>,
    pub sequence: Option<u64>,
}

impl<'a> EventFeed<'a> {
    /// # Errors
    /// The server cannot be reached, or there is no operator's key.
    pub(super) async fn open(pool: &'a ClientPool<'_>) -> Result<Self, Error> {
        let unanswered = |fault| Error::Unanswered { what: WHAT.to_owned(), fault };
        let connection = Connection::open(pool.server.address).await.map_err(unanswered)?;
        Ok(Self { key: pool.operator_key()?, connection, request: Request::new(&pool.server.host) })
    }

    /// The events behind number `after`; empty behind the newest.
    ///
    /// # Errors
    /// The server refuses to tell, or does not answer.
    pub(super) async fn page(&mut self, after: u64) -> Result<Page<'_>, Error> {
        self.request.get(format_args!("/admin/events?after={after}&limit={EVENTS_AT_ONCE}"), Some(self.key));
        self.exchange().await
    }

    /// The number of the newest event, 0 when there is none.
    ///
    /// # Errors
    /// The server refuses to tell, or does not answer.
    pub(super) async fn newest(&mut self) -> Result<u64, Error> {
        self.request.get(format_args!("/admin/events?limit=1"), Some(self.key));
        Ok(self.exchange().await?.newest)
    }

    async fn exchange(&mut self) -> Result<Page<'_>, Error> {
        let unanswered = |fault| Error::Unanswered { what: WHAT.to_owned(), fault };
        self.connection.exchange(self.request.bytes()).await.map_err(unanswered)?;
        read_body(WHAT, self.connection.response())
    }
}
