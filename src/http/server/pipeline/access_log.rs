//! The access log: one line and two metrics a request. It knows no route but what the router says of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use metrics::{Counter, Histogram, counter, histogram};

use super::request_id::{REQUEST_ID, request_id};
use crate::domain::NodeId;
use crate::http::client::ClientAddress;
use crate::http::problem::FaultDetails;
use crate::telemetry::metrics::{REQUEST_SECONDS, REQUESTS};

/// The route in metrics of a request that no route took.
const UNMATCHED: &str = "unmatched";

/// Where it is noted which route took a request, and whether it was the operator's; it travels with the request, so that
/// it is known even when the handler never answers.
#[derive(Clone, Debug, Default)]
pub struct Route(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    template: OnceLock<Template>,
    by_operator: AtomicBool,
}

/// The template of a route, as the router or the list of reaches has it.
#[derive(Debug)]
enum Template {
    Matched(MatchedPath),
    Listed(Arc<str>),
}

/// Whether another instance had a part in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    None,
    /// It answered.
    Answered(NodeId),
    /// It was asked by the client, and sent the request here.
    Asked(NodeId),
}

/// A request from when it came until it is answered.
pub(super) struct Exchange {
    begun: Instant,
    id: HeaderValue,
    method: Method,
    pub uri: Uri,
    /// Where it came from, as far as that is known.
    client: Option<ClientAddress>,
    /// Its template bounds the number of series.
    route: Route,
}

impl Exchange {
    /// A request that has come from `client`. It carries that, and the note of its route, from now on.
    pub(super) fn of(request: &mut Request, client: Option<ClientAddress>) -> Self {
        let route = Route::default();
        request.extensions_mut().insert(route.clone());
        if let Some(client) = client {
            request.extensions_mut().insert(client);
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { begun: Instant::now(), id: request_id(request.headers()), method, uri, client, route }
    }

    /// The id under which it is known here.
    pub(super) fn id(&self) -> &HeaderValue {
        &self.id
    }

    /// Gives its id to the answer, counts it and writes its line into the log.
    pub(super) fn end(&self, response: &mut Response, peer: Peer) {
        response.headers_mut().insert(REQUEST_ID, self.id.clone());
        note(self, response, peer);
    }
}

impl Route {
    /// Notes which route took a request, in the note that the request carries. The reader of a request does it, rather
    /// than a layer around every route, which would cost each request some allocations.
    pub fn note(extensions: &mut Extensions) -> Self {
        let route: Self = extensions.remove().unwrap_or_default();
        if let Some(matched) = extensions.get::<MatchedPath>() {
            // A request is read once.
            let _ = route.0.template.set(Template::Matched(matched.clone()));
        }
        route
    }

    /// Notes the template of the route of a request that another instance may answer.
    pub fn note_template(&self, template: &Arc<str>) {
        let _ = self.0.template.set(Template::Listed(Arc::clone(template)));
    }

    /// Notes that the operator sent the request.
    pub fn note_operator(&self) {
        self.0.by_operator.store(true, Ordering::Relaxed);
    }

    pub fn is_operators(&self) -> bool {
        self.0.by_operator.load(Ordering::Relaxed)
    }

    /// The template of the route.
    pub fn name(&self) -> &str {
        match self.0.template.get() {
            None => UNMATCHED,
            Some(Template::Matched(matched)) => matched.as_str(),
            Some(Template::Listed(listed)) => listed,
        }
    }
}

/// The series of one kind of answer, found once a thread: looking them up by their labels costs as much as a small
/// answer.
struct Series {
    answered: Counter,
    seconds: Histogram,
}

/// The kinds of answers of one route.
type RouteSeries = HashMap<(&'static str, StatusCode), Series>;

thread_local! {
    static SERIES: RefCell<HashMap<String, RouteSeries>> = RefCell::default();
}

impl Series {
    fn new(method: &'static str, route: &str, status: StatusCode) -> Self {
        let labels = [("method", method.to_owned()), ("route", route.to_owned())];
        let seconds = histogram!(REQUEST_SECONDS.name, &labels);
        let status = status.as_str().to_owned();
        let answered = counter!(REQUESTS.name, "method" => method, "route" => route.to_owned(), "status" => status);
        Self { answered, seconds }
    }
}

fn note(Exchange { begun, id, method, uri, client, route }: &Exchange, response: &Response, peer: Peer) {
    let (took, status, path) = (begun.elapsed(), response.status(), uri.path());
    let id = id.to_str().expect("request ids are visible ASCII");
    let client = client.map(|ClientAddress(address)| tracing::field::display(address));
    // Why the answer is 500.
    let fault = response.extensions().get::<FaultDetails>().map(|details| details.0.as_str());
    let by_operator = route.is_operators() && !method.is_safe();
    let route = route.name();
    let method = known_method(method);
    SERIES.with_borrow_mut(|all| {
        // A name is copied only when it is new.
        if !all.contains_key(route) {
            all.insert(route.to_owned(), RouteSeries::default());
        }
        let of_route = all.get_mut(route).expect("just put there");
        let series = of_route.entry((method, status)).or_insert_with(|| Series::new(method, route, status));
        series.seconds.record(took.as_secs_f64());
        series.answered.increment(1);
    });
    let status = status.as_u16();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match fault {
        Some(fault) => {
            tracing::error!(request_id = id, client, method, path, status, took_us, "request failed: {fault}");
        }
        None if by_operator => {
            tracing::info!(request_id = id, client, status, took_us, "an operator asked for {method} {path}");
        }
        None => match peer {
            Peer::None => tracing::debug!(request_id = id, client, method, path, status, took_us, "request answered"),
            Peer::Answered(peer) => {
                tracing::debug!(
                    request_id = id,
                    client,
                    method,
                    path,
                    status,
                    took_us,
                    "request answered by instance {peer}"
                );
            }
            Peer::Asked(peer) => {
                tracing::debug!(
                    request_id = id,
                    client,
                    method,
                    path,
                    status,
                    took_us,
                    "request of instance {peer} answered"
                );
            }
        },
    }
}

/// The method for metrics; a client can make up any number of others.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| method.as_str() == *known).unwrap_or("other")
}
