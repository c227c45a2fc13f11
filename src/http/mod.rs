//! The service over HTTP: what every handler shares. It turns requests into calls of the node and answers into JSON,
//! and knows nothing of how things are stored.

mod access;
mod api;
mod authentication;
mod conditions;
mod history;
mod idempotency;
mod metrics;
mod openapi;
mod problem;
mod request;
mod response;
mod routes;
mod server;
mod sse;
mod streams;
mod values;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

pub use authentication::Keys;
pub use metrics::{keep_up, render};
pub use problem::{Problem, Reason};
pub use request::Request;
pub use routes::{metrics_router, purposes, router};
pub use server::pipeline::compression::Prepared;
pub use server::pipeline::{BODY_BYTES_MAX, Pipeline, Purpose, Purposes, method_not_allowed, not_found, requests_max};
pub use server::{Connection, listen, serve};
pub use sse::{SseEvent, event_stream};
pub use streams::{OpenStream, Streams};

use crate::config::Config;
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
    pub metrics: Metrics,
    pub started: Instant,
    /// The open streams of queue places.
    pub streams: Streams,
    /// Tells open streams when to end.
    pub shutdown: watch::Receiver<Phase>,
}

/// Whether the server goes on or is about to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Serving,
    Stopping,
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
