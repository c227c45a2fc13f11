//! Admission control: how many requests are under way, and which of them are let in when there are too many. Routes are
//! told apart exactly, by the one route table, and the room that is kept for purchases and for the operator counts only
//! for those who prove that they are meant. It knows no connection and answers nothing.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use matchit::Router as Paths;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::call::bearer_of;
use super::{OperatorKey, Remembered, Tokens};
use crate::config::Config;

/// Requests of the operator that get through however many others are under way.
pub const OPERATOR_REQUESTS: usize = 16;
/// Requests for metrics that do.
const METRICS_REQUESTS: usize = 4;

/// What a route is for, as far as it matters under overload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Telling whether the server is alive and ready; it needs no room.
    Health,
    /// Telling how the server fares.
    Metrics,
    /// Coming in, asking, looking around.
    Arrival,
    /// A purchase of somebody who is in.
    Purchase,
    /// What the operator does.
    Operator,
}

/// The purpose of every route.
#[derive(Clone, Default)]
pub struct Purposes {
    paths: Paths<Vec<(Method, Purpose)>>,
}

/// Who may prove what: the keys with which a request's credentials are verified.
#[derive(Clone)]
pub struct Keys {
    pub tokens: Tokens,
    pub operator_key: OperatorKey,
}

/// The requests that are under way.
pub(super) struct Admission {
    /// One permit a request from when it is there whole until the head of its answer, so that an open stream holds none.
    under_way: Semaphore,
    /// How many of these permits only purchases may take.
    kept_for_purchases: usize,
    operator: Semaphore,
    metrics: Semaphore,
    purposes: Purposes,
    keys: Keys,
}

/// Room among the requests that are under way; those about the server's health need none.
pub(super) type Permit<'a> = Option<SemaphorePermit<'a>>;

/// Requests that can be under way at once: as many as the limit, as many again of those who are in the middle of a
/// purchase, so that who was let in gets through, and a few of the operator.
pub fn requests_max(config: &Config) -> usize {
    2 * in_flight(config) + OPERATOR_REQUESTS
}

fn in_flight(config: &Config) -> usize {
    usize::try_from(config.limits.in_flight).expect("32 bits fit a machine word")
}

impl Purposes {
    /// Says what each route, a method and a template of the route table, is for.
    pub fn new(routes: impl IntoIterator<Item = (Method, String, Purpose)>) -> Self {
        let mut by_path: BTreeMap<String, Vec<(Method, Purpose)>> = BTreeMap::new();
        for (method, path, purpose) in routes {
            by_path.entry(path).or_default().push((method, purpose));
        }
        let mut paths = Paths::new();
        for (path, purposes) in by_path {
            paths.insert(path, purposes).expect("the router takes the same templates");
        }
        Self { paths }
    }

    /// Whether some method at `path` is the operator's.
    pub(super) fn is_operators(&self, path: &str) -> bool {
        let found = self.paths.at(path).ok();
        found.is_some_and(|found| found.value.iter().any(|(_, purpose)| *purpose == Purpose::Operator))
    }

    /// A route that does not exist is an arrival: it is refused as one.
    pub(super) fn of(&self, method: &Method, path: &str) -> Purpose {
        // A HEAD is answered as the GET would be.
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let found = self.paths.at(path).ok();
        let purpose = found.and_then(|found| found.value.iter().find(|(known, _)| known == method));
        purpose.map_or(Purpose::Arrival, |(_, purpose)| *purpose)
    }
}

impl Keys {
    /// Whether a request carries a queue token that we signed, or the operator's key, who may charge a buyer's wallet.
    fn are_of_purchase(&self, headers: &HeaderMap, remembered: &Remembered) -> bool {
        let Ok(text) = bearer_of(headers) else { return false };
        remembered.recall(text).is_some() || self.tokens.verify(text).is_ok() || self.operator_key.is(text)
    }

    fn has_operator_key(&self, headers: &HeaderMap) -> bool {
        bearer_of(headers).is_ok_and(|text| self.operator_key.is(text))
    }
}

impl Admission {
    pub fn new(config: &Config, purposes: Purposes, keys: Keys) -> Self {
        let kept_for_purchases = in_flight(config);
        Self {
            under_way: Semaphore::new(2 * kept_for_purchases),
            kept_for_purchases,
            operator: Semaphore::new(OPERATOR_REQUESTS),
            metrics: Semaphore::new(METRICS_REQUESTS),
            purposes,
            keys,
        }
    }

    /// Room for a request that is there whole; `None` when it comes on top of too many others. Whoever is refused takes
    /// no permit even for a moment, or it would refuse another.
    pub fn enter(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        remembered: &Remembered,
    ) -> Option<Permit<'_>> {
        if !self.is_full()
            && let Ok(permit) = self.under_way.try_acquire()
        {
            return Some(Some(permit));
        }
        // Only now it matters what the request is for.
        let kept = match self.purposes.of(method, path) {
            Purpose::Health => return Some(None),
            Purpose::Metrics => &self.metrics,
            Purpose::Purchase if self.keys.are_of_purchase(headers, remembered) => &self.under_way,
            Purpose::Operator if self.keys.has_operator_key(headers) => &self.operator,
            Purpose::Arrival | Purpose::Purchase | Purpose::Operator => return None,
        };
        kept.try_acquire().ok().map(Some)
    }

    /// Whether pages of other origins may have anything to do with `path`: the API is shared, what is the operator's is
    /// not, whether it exists or not.
    pub fn is_shared(&self, path: &str) -> bool {
        path.starts_with("/api/") && !path.starts_with("/api/v1/admin") && !self.purposes.is_operators(path)
    }

    /// Whether a request is let in on a connection beyond the cap.
    pub fn is_let_in_beyond_cap(&self, method: &Method, path: &str, headers: &HeaderMap) -> bool {
        match self.purposes.of(method, path) {
            Purpose::Health | Purpose::Metrics => true,
            Purpose::Operator => self.keys.has_operator_key(headers),
            Purpose::Arrival | Purpose::Purchase => false,
        }
    }

    /// Whether more than half of the requests are under way with which arrivals are refused.
    pub fn is_crowded(&self) -> bool {
        2 * self.under_way.available_permits() < 3 * self.kept_for_purchases
    }

    /// Whether arrivals are refused now.
    fn is_full(&self) -> bool {
        self.under_way.available_permits() <= self.kept_for_purchases
    }
}
