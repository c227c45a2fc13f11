//! The pipeline: what happens to every request around its handler, from the outside in: its id, its body, the limit of
//! requests under way, the time limit, panics, metrics and the log line. It knows no route.

pub(in crate::http) mod access_log;
mod admission_control;
pub(in crate::http) mod body;
pub(in crate::http) mod compression;
mod negotiation;
mod origin_policy;
pub(in crate::http) mod problem_details;
mod purposes;
pub(in crate::http) mod quality;
pub(in crate::http) mod request_id;
mod time_limit;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::time::Instant;
use tower::ServiceExt;

use self::access_log::{Exchange, Peer};
use self::admission_control::AdmissionControl;
use self::body::BodyEnd;
use self::compression::uncode_tags;
use self::negotiation::Negotiated;
use self::origin_policy::{OriginPolicy, Sharing, is_preflight, preflight_answer};
use self::time_limit::within;
use super::connection::Connection;
use crate::config::{Config, TrustedProxies};
use crate::domain::NodeId;
use crate::http::authentication::Keys;
use crate::http::client::ClientAddress;
use crate::http::client::proxied::client_address;
use crate::http::forward::head::{self, mark_not_leading, time_left};
use crate::http::forward::{Forwarding, Outcome};
use crate::http::limits::{LimitedRoutes, Limits, Verdict};
use crate::http::problem::{Problem, Reason};
use crate::node::Fate;

pub(in crate::http) use access_log::Route;
pub use admission_control::requests_max;
pub use body::BODY_BYTES_MAX;
pub(in crate::http) use body::{Received, receive};
pub(super) use negotiation::{CACHE_DEFAULT, HARDENING};
pub use purposes::{Purpose, Purposes};
pub(super) use request_id::REQUEST_ID;

/// The router with everything around it; cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    router: Router,
    admission: Arc<AdmissionControl>,
    origins: Arc<OriginPolicy>,
    time_limit: Duration,
    /// Nothing when this instance runs alone.
    forwarding: Option<Arc<Forwarding>>,
    proxies: Arc<TrustedProxies>,
    /// Nothing when all of them are off.
    limits: Option<Arc<Limits>>,
}

impl Pipeline {
    /// The handlers of `router` must read their requests as a [`crate::http::Request`] for its routes to be told apart
    /// in metrics.
    pub fn new(router: Router, config: &Config, purposes: Purposes, keys: Keys) -> Self {
        Self {
            router,
            admission: Arc::new(AdmissionControl::new(config, purposes, keys)),
            origins: Arc::new(OriginPolicy::new(config)),
            time_limit: Duration::from_secs(config.server.request_timeout_seconds.into()),
            forwarding: None,
            proxies: Arc::new(config.server.trusted_proxies.clone()),
            limits: None,
        }
    }

    /// The same, with other instances that answer what they lead.
    #[must_use]
    pub fn forwarding(self, forwarding: Forwarding) -> Self {
        Self { forwarding: Some(Arc::new(forwarding)), ..self }
    }

    /// The same, with the limits of `routes` that the settings have on.
    #[must_use]
    pub fn limiting(self, config: &Config, routes: LimitedRoutes, keys: Keys) -> Self {
        Self { limits: Limits::new(config, routes, keys).map(Arc::new), ..self }
    }

    /// Keeps the limits small for as long as the server runs.
    pub async fn keep_limits(self) {
        if let Some(limits) = self.limits {
            limits.keep_up().await;
        }
    }

    /// Where a request of a client came from.
    fn client(&self, request: &Request) -> Option<ClientAddress> {
        let peer = request.extensions().get::<Arc<Connection>>()?.peer?;
        Some(ClientAddress(client_address(peer.address, request.headers(), &self.proxies)))
    }

    /// Answers the only request of a connection for which there was no more room: about health, or of the operator.
    pub(super) async fn answer_beyond_cap(&self, request: Request) -> Response {
        let is_let_in = self.admission.is_let_in_beyond_cap(&request);
        let mut response = if is_let_in {
            self.answer(request).await
        } else {
            self.refuse_unread(request, Problem::overloaded()).await
        };
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }

    /// A refusal before the body of a request was read.
    pub(super) async fn refuse_unread(&self, mut request: Request, problem: Problem) -> Response {
        let client = self.client(&request);
        let exchange = Exchange::of(&mut request, client);
        let negotiated = Negotiated::of(&request);
        let mut response = negotiated.apply(request.uri().path(), problem.into_response()).await;
        self.sharing(request.uri().path(), request.headers()).apply(response.headers_mut());
        exchange.end(&mut response, Peer::None);
        response
    }

    /// Answers one request, whatever happens.
    pub async fn answer(&self, mut request: Request) -> Response {
        let client = self.client(&request);
        let exchange = Exchange::of(&mut request, client);
        let negotiated = Negotiated::of(&request);
        let sharing = self.sharing(exchange.uri.path(), request.headers());
        let connection: Arc<Connection> = request.extensions().get().cloned().unwrap_or_default();
        let bytes_max = self.admission.body_bytes_max(&request);
        let received = receive(&mut request, &connection, bytes_max);
        let (outcome, body_end) = match within(self.time_limit, received).await {
            Ok((received, body_end)) => {
                connection.note_request();
                request.extensions_mut().insert(received);
                (self.admit(request, exchange.id(), &sharing, &connection).await, body_end)
            }
            Err(_) => (Outcome::Here(self.too_late()), BodyEnd::Ahead),
        };
        let (mut response, peer) = match outcome {
            Outcome::Here(response) => (negotiated.apply(exchange.uri.path(), response).await, Peer::None),
            // It was negotiated there.
            Outcome::At(peer, response) => (response, Peer::Answered(peer)),
        };
        if body_end == BodyEnd::Ahead {
            // The rest of the body may still be on its way, so nothing else can follow on the connection.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        sharing.apply(response.headers_mut());
        exchange.end(&mut response, peer);
        response
    }

    /// Answers a request that is there whole, when there is room for it.
    async fn admit(&self, request: Request, id: &HeaderValue, sharing: &Sharing, connection: &Connection) -> Outcome {
        let permit = self.admission.enter(&request, connection);
        let Some(_permit) = permit else { return Outcome::Here(Problem::overloaded().into_response()) };
        self.let_others_ask().await;
        // Of a request without a whole body nothing is done, whoever sent it; its path and size are judged first.
        let whole = match request.extensions().get() {
            Some(Received::Whole(body)) => Some(body),
            Some(Received::TooLarge { .. } | Received::Broken) | None => None,
        };
        if whole.is_some()
            && let Err(problem) = self.origins.judge(&request, sharing)
        {
            return Outcome::Here(problem.into_response());
        }
        if matches!(sharing, Sharing::With(_)) && is_preflight(request.method(), request.headers()) {
            return Outcome::Here(preflight_answer());
        }
        let verdict = match (&self.limits, whole) {
            (Some(limits), Some(_)) => limits.judge(&request, connection),
            (None, _) | (Some(_), None) => Verdict::Unlimited,
        };
        let (mut outcome, standing) = match verdict {
            Verdict::Unlimited => (self.take(request, id).await, None),
            Verdict::Within(standing) => (self.take(request, id).await, Some(standing)),
            Verdict::Beyond(standing) => {
                let problem = Problem::rate_limited(standing.retry_seconds());
                (Outcome::Here(problem.into_response()), Some(standing))
            }
        };
        if let Some(standing) = standing {
            standing.tell(outcome.response_mut().headers_mut());
        }
        outcome
    }

    /// Has a request answered that was let in, here or by another instance.
    async fn take(&self, request: Request, id: &HeaderValue) -> Outcome {
        match (&self.forwarding, request.extensions().get()) {
            (Some(forwarding), Some(Received::Whole(body))) => {
                let body = body.clone();
                let here = |request, limit| self.route(request, limit);
                Box::pin(forwarding.answer(request, body, id, self.time_limit, here)).await
            }
            (Some(_), Some(Received::TooLarge { .. } | Received::Broken) | None) | (None, _) => {
                Outcome::Here(self.route(request, self.time_limit).await)
            }
        }
    }

    /// In a crowd, whoever is ready to be read comes first: so those who are here count, and those who are too many hear
    /// it before any work is done.
    async fn let_others_ask(&self) {
        if self.admission.is_crowded() {
            tokio::task::yield_now().await;
        }
    }

    /// Answers a request that another instance got from its client, whose origin that one judged, within the time that it
    /// has left. It is never sent on: where it is about what is not led here, nothing is done.
    pub(in crate::http) async fn answer_forwarded(&self, from: NodeId, mut request: Request) -> Response {
        let client = head::client(request.headers());
        let exchange = Exchange::of(&mut request, client);
        let negotiated = Negotiated::of(&request);
        let response = self.answer_sent_here(request).await;
        let mut response = match response.extensions().get().copied() {
            None => negotiated.apply(exchange.uri.path(), response).await,
            Some(Fate::Undone) => {
                let mut response = Response::default();
                mark_not_leading(&mut response, Fate::Undone);
                response
            }
            Some(Fate::Unknown) => {
                let mut response = negotiated.apply(exchange.uri.path(), response).await;
                mark_not_leading(&mut response, Fate::Unknown);
                response
            }
        };
        exchange.end(&mut response, Peer::Asked(from));
        response
    }

    /// Answers a request of another instance, as far as that is for this one to do.
    async fn answer_sent_here(&self, mut request: Request) -> Response {
        let begun = Instant::now();
        let limit = time_left(request.headers()).map_or(self.time_limit, |left| left.min(self.time_limit));
        let connection = Arc::<Connection>::default();
        request.extensions_mut().insert(Arc::clone(&connection));
        let bytes_max = self.admission.body_bytes_max(&request);
        let Ok((received, _)) = within(limit, receive(&mut request, &connection, bytes_max)).await else {
            return self.too_late();
        };
        request.extensions_mut().insert(received.clone());
        let Some(_permit) = self.admission.enter(&request, &connection) else {
            return Problem::overloaded().into_response();
        };
        self.let_others_ask().await;
        let limit = limit.saturating_sub(begun.elapsed());
        match (&self.forwarding, received) {
            (Some(forwarding), Received::Whole(body)) => {
                let here = |request, limit| self.route(request, limit);
                forwarding.answer_sent_here(request, body, limit, here).await
            }
            // Nothing is done of a request without a whole body.
            (Some(_), Received::TooLarge { .. } | Received::Broken) | (None, _) => self.route(request, limit).await,
        }
    }

    fn sharing(&self, path: &str, headers: &HeaderMap) -> Sharing {
        match self.origins.sharing(headers) {
            Sharing::NotThis | Sharing::With(_) if !self.admission.is_shared(path) => Sharing::Never,
            sharing => sharing,
        }
    }

    fn too_late(&self) -> Response {
        Problem::request_timeout(self.time_limit.as_secs()).into_response()
    }

    async fn route(&self, mut request: Request, limit: Duration) -> Response {
        uncode_tags(request.headers_mut());
        let routed = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind();
        match within(limit, routed).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(panic)) => Problem::internal(panic_text(&*panic)).into_response(),
            Err(_) => self.too_late(),
        }
    }
}

/// The answer at a path that does not exist.
pub async fn not_found() -> Problem {
    Reason::NotFound.into()
}

/// The answer at a path that does not have the method; the router adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Reason::MethodNotAllowed.into()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests;
