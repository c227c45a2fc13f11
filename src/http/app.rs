//! What every handler shares.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use tokio::sync::watch;

use crate::config::Config;
use crate::http::authentication::Keys;
use crate::http::phase::Phase;
use crate::http::plans::Plans;
use crate::http::rights::Rights;
use crate::http::seat_feeds::SeatFeeds;
use crate::http::server::pipeline::compression::prepared::Prepared;
use crate::http::stats_feeds::StatsFeeds;
use crate::http::streams::Streams;
use crate::node::Handle;
use crate::telemetry::metrics::Metrics;

/// What the handlers share; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The parts of [`App`].
pub struct Shared {
    pub node: Handle,
    pub config: Arc<Config>,
    pub keys: Keys,
    /// What each route of operators is for.
    pub rights: Rights,
    pub metrics: Metrics,
    pub started: Instant,
    /// The description of the API, made when it is first asked for.
    pub description: LazyLock<Prepared>,
    /// The open streams of queue places.
    pub streams: Streams,
    /// Those in which places follow seats.
    pub seat_streams: Streams,
    /// The dates whose seats are followed.
    pub seat_feeds: SeatFeeds,
    /// The plans that were asked for.
    pub plans: Plans,
    /// The numbers of sales that are followed.
    pub stats_feeds: StatsFeeds,
    /// Tells open streams when to end.
    pub shutdown: watch::Receiver<Phase>,
}

impl App {
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
