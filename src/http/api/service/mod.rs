//! How the server fares: alive, ready, measured.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::access;
use crate::http::app::App;
use crate::http::metrics::render;
use crate::http::phase::Phase;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::node::{Fate, Readiness, Room};

/// The text format of Prometheus.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Serialize, ToSchema)]
pub(crate) struct HealthBody {
    pub status: &'static str,
}

/// Is the server alive?
#[utoipa::path(
    get, path = "/healthz", tag = "service",
    responses((status = 200, description = "It is.", body = HealthBody, example = json!({"status": "ok"})))
)]
pub(crate) async fn healthz(_: Request) -> Response {
    ok(&HealthBody { status: "ok" })
}

/// Is the server ready to serve?
///
/// The storage is open, the disk of the data folder is not almost full (128 MiB), and the server is not about to stop.
/// One of several instances also leads, or reaches whoever does and lacks at most 1,000 entries of what that one has.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses((status = 200, description = "It is.", body = HealthBody, example = json!({"status": "ready"}))),
    extensions(("x-refusals" = json!([
        Reason::DiskFull, Reason::Stopping, Reason::NoLeader, Reason::CatchingUp
    ])))
)]
pub(crate) async fn readyz(State(app): State<App>, _: Request) -> Result<Response, Problem> {
    match *app.shutdown.borrow() {
        Phase::Serving if app.node.free_space().room == Room::Critical => Err(Problem::disk_full()),
        Phase::Serving => match app.node.readiness() {
            Readiness::Ready => Ok(ok(&HealthBody { status: "ready" })),
            Readiness::NoLeader => Err(Problem::no_leader(Fate::Undone)),
            Readiness::Behind(entries) => Err(Problem::catching_up(entries)),
        },
        Phase::Stopping => Err(Problem::stopping()),
    }
}

/// Read the metrics
///
/// In the text format of Prometheus: requests, latencies, queues, seats, batches, commits, and the process itself. Open
/// where the server listens on the loopback address or `metrics.open` is on; elsewhere with the operator's key. With
/// `metrics.listen` they are also, and always open, on an address of their own.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    security((), ("operatorKey" = [])),
    responses((status = 200, description = "The metrics.", content_type = "text/plain", body = String,
        example = json!("# TYPE jari_queue_places gauge\njari_queue_places{concert=\"spring\",state=\"waiting\"} 12\n")
    )),
    extensions(("x-refusals" = json!([Reason::TokenInvalid])))
)]
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    if !app.config.metrics_are_open() {
        access::operator(&app, &request)?;
    }
    Ok(read_metrics(State(app), request).await)
}

/// The metrics, whoever asks.
pub(crate) async fn read_metrics(State(app): State<App>, _: Request) -> Response {
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(METRICS_TYPE))];
    (StatusCode::OK, headers, render(&app).await).into_response()
}
