//! The service over HTTP: what every handler shares. It turns requests into calls of the node and answers into JSON,
//! and knows nothing of how things are stored.

mod access;
mod api;
mod app;
mod assemble;
mod authentication;
mod cluster_metrics;
mod conditions;
mod csv;
mod forward;
mod forwarded_requests;
mod idempotency;
mod metrics;
mod openapi;
mod per_route;
mod phase;
mod plans;
mod problem;
mod reach;
mod request;
mod response;
mod routes;
mod seat_feeds;
mod seat_words;
mod server;
mod sse;
mod stats_feeds;
mod streams;
mod values;

pub use app::App;
pub use assemble::assemble;
pub use authentication::Keys;
pub use forward::{Forwarding, Leadership};
pub use forwarded_requests::ForwardedRequests;
pub use metrics::{keep_up, render};
pub use phase::Phase;
pub use problem::{Problem, Reason};
pub use request::Request;
pub use routes::{metrics_router, purposes, router};
pub use server::pipeline::compression::prepared::Prepared;
pub use server::pipeline::{BODY_BYTES_MAX, Pipeline, Purpose, Purposes, method_not_allowed, not_found, requests_max};
pub use server::{CertificateError, Certificates, Connection, Renewal, listen, serve};
pub use sse::{SseEvent, StreamSpan, event_stream};
pub use streams::{OpenStream, Streams};
