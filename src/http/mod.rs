//! The service over HTTP: what every handler shares. It turns requests into calls of the node and answers into JSON,
//! and knows nothing of how things are stored.

mod accept;
mod admission;
mod body;
mod call;
mod compression;
mod connection;
mod credentials;
mod descriptors;
mod edge;
mod failure;
mod farewell;
pub mod handlers;
pub mod json;
mod names;
mod observe;
mod openapi;
mod problem;
mod progress;
mod remembered;
mod request_id;
mod roster;
mod routes;
mod server;
mod sse;
mod streams;
mod terms;
mod token;
mod wire;
mod wrong_keys;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;

pub use admission::{Keys, Purpose, Purposes, requests_max};
pub use body::BODY_BYTES_MAX;
pub use call::Call;
pub use compression::Prepared;
pub use connection::Connection;
pub use credentials::{
    EXPECTED_OPERATOR_KEY, KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey, TOKEN_KEY_FILE,
};
pub use edge::{Edge, method_not_allowed, not_found};
pub use failure::{Failure, end_word};
pub use observe::{keep_up, render, start_metrics};
pub use remembered::Remembered;
pub use routes::{metrics_router, purposes, router};
pub use server::{listen, serve};
pub use sse::{SseEvent, event_stream};
pub use streams::{OpenStream, Streams};
pub use token::{Expiry, Signing, Tokens, Verified};

use crate::config::Config;
use crate::node::Handle;

/// What the handlers share; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The parts of [`App`].
pub struct Shared {
    pub node: Handle,
    pub config: Arc<Config>,
    pub tokens: Tokens,
    pub operator_key: OperatorKey,
    pub metrics: PrometheusHandle,
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
