//! What happens to every request around its handler, from the outside in: its id, the limit of requests under way,
//! the time limit, panics, metrics and the log line. It knows no route but those that count apart under overload.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tower::ServiceExt;
use uuid::Uuid;

use super::Failure;
use super::call::drain;
use super::failure::{FaultDetails, RETRY_OVERLOADED_SECONDS};
use super::observe::{self, Route, Seen};
use crate::config::Config;

/// The header that names a request in answers and log lines.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a caller's request id at most; a longer one is replaced.
const REQUEST_ID_LENGTH_MAX: usize = 128;
/// Paths that tell how the server fares: they answer while it is overloaded.
const EXEMPT_PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
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
    /// The body of every refusal for overload: refusing must cost next to nothing.
    refusal: Bytes,
    time_limit: Duration,
}

/// Room among the requests that are under way; those that are exempt take none.
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
            refusal: Failure::overloaded().to_json().into(),
            time_limit: Duration::from_secs(config.server.request_timeout_seconds.into()),
        }
    }

    /// Answers one request, whatever happens.
    pub async fn answer(&self, mut request: Request) -> Response {
        let begun = Instant::now();
        let id = request_id(request.headers());
        let Some(permit) = self.enter(&request) else { return self.refuse(&request, id, begun) };
        let method = request.method().clone();
        let uri = request.uri().clone();
        let route = Route::default();
        request.extensions_mut().insert(route.clone());
        let mut response = self.route(request).await;
        drop(permit);
        response.headers_mut().insert(REQUEST_ID, id.clone());
        let seen = Seen {
            method: &method,
            route: route.name(),
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
        let path = request.uri().path();
        let has_room = match errand(path) {
            Errand::Arrival => self.under_way.available_permits() > self.kept_for_purchases,
            Errand::Purchase => true,
        };
        // Whoever is refused takes no permit even for a moment, or it would refuse another.
        let permit = if has_room { self.under_way.try_acquire().ok() } else { None };
        match permit {
            Some(permit) => Some(Some(permit)),
            None if EXEMPT_PATHS.contains(&path) => Some(None),
            None => None,
        }
    }

    /// The refusal of a request that came on top of too many others: nothing else of it was looked at.
    fn refuse(&self, request: &Request, id: HeaderValue, begun: Instant) -> Response {
        let (status, route) = (StatusCode::SERVICE_UNAVAILABLE, Route::default());
        let mut response = (status, self.refusal.clone()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_OVERLOADED_SECONDS));
        headers.insert(REQUEST_ID, id.clone());
        let seen = Seen {
            method: request.method(),
            route: route.name(),
            path: request.uri().path(),
            id: id.to_str().expect("request ids are visible ASCII"),
            status,
            took: begun.elapsed(),
            fault: None,
        };
        observe::request(&seen);
        response
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
    /// Coming in, asking, looking around.
    Arrival,
    /// A purchase of somebody who is in, and what the operator does.
    Purchase,
}

/// What a request is part of, by its path: nothing else is looked at before it is let in.
fn errand(path: &str) -> Errand {
    let is_of_purchase = PURCHASE_PATHS.iter().any(|start| path.starts_with(start))
        || PURCHASE_PATH_ENDS.iter().any(|end| path.ends_with(end));
    if is_of_purchase { Errand::Purchase } else { Errand::Arrival }
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

/// The caller's request id when it is 1 to 128 visible ASCII characters, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| {
        (1..=REQUEST_ID_LENGTH_MAX).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(new_request_id)
}

fn new_request_id() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(Uuid::new_v4().hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
}

/// The bytes of a whole HTTP/1.1 answer, for a request of which not even the head could be read.
pub(super) fn without_request(failure: Failure) -> Vec<u8> {
    let status = failure.status();
    let body = failure.to_json();
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{REQUEST_ID}: {}\r\n\
         connection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
        Uuid::new_v4(),
    );
    [head.into_bytes(), body].concat()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests;
