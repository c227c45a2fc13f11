//! Makes what the handlers share, the description of all of them included.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::config::Config;
use crate::http::app::{App, Shared};
use crate::http::authentication::Keys;
use crate::http::openapi::description;
use crate::http::phase::Phase;
use crate::http::plans::Plans;
use crate::http::routes::rights;
use crate::http::seat_feeds::SeatFeeds;
use crate::http::stats_feeds::StatsFeeds;
use crate::http::streams::Streams;
use crate::node::Handle;
use crate::telemetry::metrics::Metrics;

/// What the handlers of a server share that begins now. Open streams end as `shutdown` says.
pub fn assemble(
    node: Handle,
    config: Arc<Config>,
    keys: Keys,
    metrics: Metrics,
    shutdown: watch::Receiver<Phase>,
) -> App {
    App::new(Shared {
        node,
        config,
        keys,
        rights: rights(),
        metrics,
        started: Instant::now(),
        description: description(),
        streams: Streams::default(),
        seat_streams: Streams::default(),
        seat_feeds: SeatFeeds::default(),
        plans: Plans::default(),
        stats_feeds: StatsFeeds::default(),
        shutdown,
    })
}
