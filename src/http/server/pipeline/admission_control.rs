//! Admission control: how many requests are under way, and which of them are let in when there are too many. The room
//! that is kept for purchases and for the operator counts only for requests which prove that they are meant. It knows no
//! connection and answers nothing.

use axum::extract::Request;
use axum::http::Method;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::body::{BODY_BYTES_MAX, REPORT_BYTES_MAX};
use super::purposes::{Purpose, Purposes};
use crate::config::Config;
use crate::http::authentication::Keys;
use crate::http::rights::Right;
use crate::http::server::connection::Connection;

/// Requests of the operator that get through however many others are under way.
pub(super) const OPERATOR_REQUESTS: usize = 16;
/// Requests for metrics that do.
const METRICS_REQUESTS: usize = 4;
/// Where the operator reports what gates scanned.
const REPORT: &str = "/api/v1/admin/check-ins/batch";

/// The requests that are under way.
pub(super) struct AdmissionControl {
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

impl AdmissionControl {
    pub(super) fn new(config: &Config, purposes: Purposes, keys: Keys) -> Self {
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
    pub(super) fn enter(&self, request: &Request, connection: &Connection) -> Option<Permit<'_>> {
        if !self.is_full()
            && let Ok(permit) = self.under_way.try_acquire()
        {
            return Some(Some(permit));
        }
        // Only now it matters what the request is for.
        let kept = match self.purpose(request) {
            Purpose::Health => return Some(None),
            Purpose::Metrics => &self.metrics,
            Purpose::Purchase if self.keys.are_of_purchase(request.headers(), connection) => &self.under_way,
            Purpose::Operator(right) if self.keys.let_operator(request.headers(), right) => &self.operator,
            Purpose::Arrival | Purpose::Purchase | Purpose::Operator(_) => return None,
        };
        kept.try_acquire().ok().map(Some)
    }

    /// Whether pages of other origins may have anything to do with `path`: the API is shared, what is the operator's is
    /// not, whether it exists or not.
    pub(super) fn is_shared(&self, path: &str) -> bool {
        path.starts_with("/api/") && !path.starts_with("/api/v1/admin") && !self.purposes.is_operators(path)
    }

    /// Whether a request is let in on a connection beyond the cap.
    pub(super) fn is_let_in_beyond_cap(&self, request: &Request) -> bool {
        match self.purpose(request) {
            Purpose::Health | Purpose::Metrics => true,
            Purpose::Operator(right) => self.keys.let_operator(request.headers(), right),
            Purpose::Arrival | Purpose::Purchase => false,
        }
    }

    /// Bytes that the body of a request may have: more only where the operator reports what gates scanned.
    pub(super) fn body_bytes_max(&self, request: &Request) -> usize {
        let is_report = request.method() == Method::POST && request.uri().path() == REPORT;
        if is_report && self.keys.let_operator(request.headers(), Right::CheckIn) {
            REPORT_BYTES_MAX
        } else {
            BODY_BYTES_MAX
        }
    }

    /// Whether more than half of the requests are under way with which arrivals are refused.
    pub(super) fn is_crowded(&self) -> bool {
        2 * self.under_way.available_permits() < 3 * self.kept_for_purchases
    }

    fn purpose(&self, request: &Request) -> Purpose {
        self.purposes.of(request.method(), request.uri().path())
    }

    /// Whether arrivals are refused now.
    fn is_full(&self) -> bool {
        self.under_way.available_permits() <= self.kept_for_purchases
    }
}
