//! What happens to every request around its handler, from the outside in: its id, the limit of requests under way,
//! the time limit, panics, metrics and the log line. It knows no route but those that count apart under overload.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tower::ServiceExt;

use super::Failure;
use super::call::drain;
use super::failure::FaultDetails;
use super::observe::{self, Route, Seen};
use super::request_id::{REQUEST_ID, request_id, request_id_of};
use super::terms::Terms;
use super::written::Refusal;
use crate::config::Config;

/// Paths that tell how the server fares.
const HEALTH_PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// How the paths begin that only those take who were let in, and the operator.
const PURCHASE_PATHS: [&str; 3] = ["/api/v1/seats", "/api/v1/payments/", "/api/v1/admin/"];
/// How the paths end by which those who were let in look for seats and charge their wallets.
const PURCHASE_PATH_ENDS: [&str; 2] = ["/availability", "/balance/charge"];

/// The router with everything around it; cheap to clone.
#[derive(Clone)]
pub struct Edge {
    router: Router,
    /// One permit a request from its head until the head of its answer, so that an open stream holds none.
    under_way: Arc<Semaphore>,
    /// How many of these permits only purchases may take.
    kept_for_purchases: usize,
    refusal: Arc<Refusal>,
    time_limit: Duration,
}

/// Room among the requests that are under way; those about the server's health take none.
type Permit<'a> = Option<SemaphorePermit<'a>>;

/// Requests that can be under way at once: as many as the limit, and as many again of those who are in the middle of a
/// purchase, so that who was let in gets through.
pub fn requests_max(config: &Config) -> usize {
    2 * usize::try_from(config.limits.in_flight).expect("32 bits fit a machine word")
}

impl Edge {
    /// The handlers of `router` must read their requests as a [`super::Call`] for its routes to be told apart in metrics.
    pub fn new(router: Router, config: &Config) -> Self {
        Self {
            router,
            under_way: Arc::new(Semaphore::new(requests_max(config))),
            kept_for_purchases: requests_max(config) / 2,
            refusal: Arc::new(Refusal::new()),
            time_limit: Duration::from_secs(config.server.request_timeout_seconds.into()),
        }
    }

    /// Answers one request, whatever happens.
    pub async fn answer(&self, mut request: Request) -> Response {
        let begun = Instant::now();
        let id = request_id(request.headers());
        let Some(permit) = self.enter(&request) else {
            let refusal = self.refuse(&request, id, begun);
            return Terms::of(&mut request).keep(request.uri().path(), refusal).await;
        };
        if self.is_crowded() {
            // Whoever is ready to be read comes first: so those who are here count, and those who are too many hear it
            // before any work is done.
            tokio::task::yield_now().await;
        }
        let method = request.method().clone();
        let uri = request.uri().clone();
        let route = Route::default();
        request.extensions_mut().insert(route.clone());
        let terms = Terms::of(&mut request);
        let response = self.route(request).await;
        drop(permit);
        let mut response = terms.keep(uri.path(), response).await;
        response.headers_mut().insert(REQUEST_ID, id.clone());
        let seen = Seen {
            method: &method,
            route: &route,
            path: uri.path(),
            id: id.to_str().expect("request ids are visible ASCII"),
            status: response.status(),
            took: begun.elapsed(),
            fault: response.extensions().get::<FaultDetails>().map(|details| details.0.as_str()),
        };
        observe::request(&seen);
        response
    }

    /// Room for a request among those that are under way; `None` when it comes on top of too many others.
    fn enter(&self, request: &Request) -> Option<Permit<'_>> {
        match errand(request.uri().path()) {
            Errand::Health => Some(None),
            // Whoever is refused takes no permit even for a moment, or it would refuse another.
            Errand::Arrival if self.is_full() => None,
            Errand::Arrival | Errand::Purchase => self.under_way.try_acquire().ok().map(Some),
        }
    }

    /// The refusal of a request that came on top of too many others: nothing else of it was looked at.
    fn refuse(&self, request: &Request, id: HeaderValue, begun: Instant) -> Response {
        let response = self.refusal.response(id.clone());
        let id = id.to_str().expect("request ids are visible ASCII");
        self.note_refusal(request.method(), request.uri().path(), id, begun);
        response
    }

    /// Whether more than half of the requests are under way with which arrivals are refused.
    fn is_crowded(&self) -> bool {
        2 * self.under_way.available_permits() < 3 * self.kept_for_purchases
    }

    /// Whether arrivals are refused now.
    pub(super) fn is_full(&self) -> bool {
        self.under_way.available_permits() <= self.kept_for_purchases
    }

    /// The whole answer that refuses an arrival while [`Self::is_full`], for a request that came with `id`; `None` when
    /// what is at `path` is no arrival, so that it is not to be refused, or not yet.
    pub(super) fn refuse_unread(&self, method: &Method, path: &str, id: Option<&[u8]>) -> Option<Vec<u8>> {
        match errand(path) {
            Errand::Health | Errand::Purchase => return None,
            Errand::Arrival => {}
        }
        let begun = Instant::now();
        let id = request_id_of(id);
        let answer = self.refusal.bytes(&id);
        self.note_refusal(method, path, &id, begun);
        Some(answer)
    }

    fn note_refusal(&self, method: &Method, path: &str, id: &str, begun: Instant) {
        let (status, took) = (self.refusal.status(), begun.elapsed());
        observe::request(&Seen { method, route: &Route::default(), path, id, status, took, fault: None });
    }

    async fn route(&self, request: Request) -> Response {
        let mut routed = pin!(AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind());
        // A read from memory is answered without having to wait, and then needs no timer.
        let at_once = poll_fn(|cx| Poll::Ready(routed.as_mut().poll(cx))).await;
        let routed = match at_once {
            Poll::Ready(routed) => Ok(routed),
            Poll::Pending => tokio::time::timeout(self.time_limit, routed).await,
        };
        match routed {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(panic)) => Failure::internal(panic_text(&*panic)).into_response(),
            Err(_) => {
                let mut response = Failure::request_timeout(self.time_limit.as_secs()).into_response();
                // The rest of the body may still be on its way, so nothing else can follow on the connection.
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                response
            }
        }
    }
}

/// What a request is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    /// Telling how the server fares, also while it is overloaded.
    Health,
    /// Coming in, asking, looking around.
    Arrival,
    /// A purchase of somebody who is in, and what the operator does.
    Purchase,
}

/// What a request is part of, by its path: nothing else is looked at before it is let in.
fn errand(path: &str) -> Errand {
    let is_of_purchase = PURCHASE_PATHS.iter().any(|start| path.starts_with(start))
        || PURCHASE_PATH_ENDS.iter().any(|end| path.ends_with(end));
    match is_of_purchase {
        true => Errand::Purchase,
        false if HEALTH_PATHS.contains(&path) => Errand::Health,
        false => Errand::Arrival,
    }
}

/// The answer at a path that does not exist.
pub async fn not_found(request: Request) -> Failure {
    drain(request.into_body()).await;
    Failure::not_found()
}

/// The answer at a path that does not have the method; the router adds `Allow`.
pub async fn method_not_allowed(request: Request) -> Failure {
    drain(request.into_body()).await;
    Failure::method_not_allowed()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests;
