//! What the handlers of an instance do, and what they are told to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::{Notify, broadcast, watch};

use super::{answers, streams};
use crate::domain::NodeId;
use crate::http::{Phase, Problem, Reason, Request};
use crate::node::Fate;

/// The handlers of an instance.
#[derive(Clone)]
pub(super) struct Stage {
    pub node: NodeId,
    /// Requests that a handler took, and those that it let go of without an answer.
    taken: Arc<AtomicUsize>,
    pub let_go: Arc<AtomicUsize>,
    pub may_answer: Arc<Notify>,
    pub events: broadcast::Sender<&'static str>,
    /// What becomes of the next request to `/api/v1/lost`.
    pub fate: watch::Sender<Option<Fate>>,
    /// How the next requests that may be refused are, one after the other.
    pub refusals: watch::Sender<VecDeque<Reason>>,
}

/// Counts when a handler, or a stream, is dropped before its end.
pub(super) struct Unanswered(pub Option<Arc<AtomicUsize>>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Stage {
    pub(super) fn new(node: NodeId) -> Self {
        let (taken, let_go, may_answer) = Default::default();
        let (events, fate, refusals) = (broadcast::channel(16).0, watch::Sender::new(None), watch::Sender::default());
        Self { node, taken, let_go, may_answer, events, fate, refusals }
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    pub(super) fn let_go(&self) -> usize {
        self.let_go.load(Ordering::Relaxed)
    }

    /// Says who was asked what.
    fn echo(&self, request: &Request) -> Response {
        self.taken.fetch_add(1, Ordering::Relaxed);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let head = request.headers.iter().map(|(name, value)| json!([name.as_str(), text(value.as_bytes())]));
        let told = json!({
            "node": self.node.0,
            "runtime": Handle::current().id().to_string(),
            "method": request.method.as_str(),
            "target": request.uri.to_string(),
            "headers": head.collect::<Vec<_>>(),
            "body": text(&request.body),
        });
        axum::Json(told).into_response()
    }

    /// Refuses as it was told to, or says who was asked what.
    fn refuse(&self, request: &Request) -> Response {
        let response = self.echo(request);
        let mut refused = None;
        self.refusals.send_modify(|refusals| refused = refusals.pop_front());
        refused.map_or(response, |reason| Problem::from(reason).into_response())
    }

    /// Answers a report of scans: each is let in by whoever was asked.
    fn report(&self, request: &Request) -> Response {
        let response = self.refuse(request);
        if !response.status().is_success() {
            return response;
        }
        let report: serde_json::Value = serde_json::from_slice(&request.body).expect("a report");
        let scans = report["checkIns"].as_array().expect("scans");
        let told = |scan: &serde_json::Value| json!({"verdict": "enter", "by": self.node.0, "at": scan["at"]});
        let told: Vec<serde_json::Value> = scans.iter().map(told).collect();
        let body = json!({"checkIns": told, "entered": scans.len(), "refused": 0});
        axum::Json(json!({"result": "success", "body": body})).into_response()
    }

    /// Answers when it may.
    async fn hold(&self, request: &Request) -> Response {
        let mut unanswered = Unanswered(Some(Arc::clone(&self.let_go)));
        let response = self.lose(request);
        if response.status().is_success() {
            self.may_answer.notified().await;
        }
        unanswered.0 = None;
        response
    }

    /// Fails as it was told to, once.
    fn lose(&self, request: &Request) -> Response {
        let response = self.echo(request);
        match self.fate.send_replace(None) {
            Some(fate) => Problem::no_leader(fate).into_response(),
            None => response,
        }
    }

    pub(super) fn router(&self, shutdown: watch::Receiver<Phase>) -> Router {
        let [echo, hold, lose, here, stream, refuse, report] = [(); 7].map(|()| self.clone());
        let refuse = async move |request: Request| refuse.refuse(&request);
        let report = async move |request: Request| report.report(&request);
        let echo = async move |request: Request| echo.echo(&request);
        let hold = move |request: Request| {
            let hold = hold.clone();
            async move { hold.hold(&request).await }
        };
        let lose = async move |request: Request| lose.lose(&request);
        let here = async move |request: Request| here.echo(&request);
        let stream = async move |_: Request| streams::of(&stream, shutdown.clone());
        Router::new()
            .route("/here", get(here))
            .route("/fresh", get(refuse.clone()))
            .route("/anyone", get(refuse.clone()).post(refuse.clone()))
            .route("/concerts/{concertId}", get(refuse.clone()).post(refuse.clone()))
            .route("/payments/{paymentId}", get(refuse.clone()).post(refuse.clone()))
            .route("/join", get(refuse.clone()).post(refuse.clone()))
            .route("/new", get(refuse.clone()).post(refuse))
            .route("/api/v1/admin/check-ins/batch", post(report))
            .route("/api/v1/echo", get(echo.clone()).post(echo))
            .route("/api/v1/held", get(hold.clone()).post(hold))
            .route("/api/v1/lost", get(lose.clone()).post(lose))
            .route("/api/v1/events", get(stream))
            .route("/api/v1/large", get(answers::large))
    }
}
