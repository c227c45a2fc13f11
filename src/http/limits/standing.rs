//! How a client stands with a limit, as the headers `RateLimit-Policy` and `RateLimit` tell it
//! (draft-ietf-httpapi-ratelimit-headers-10).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::routes::Limited;
use crate::config::Rate;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How a client, or a user, stands with a limit behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Standing {
    pub(super) kind: Limited,
    pub(super) rate: Rate,
    /// Requests that would be taken at once.
    pub(super) left: u32,
    /// Seconds until as many are left as there are at most.
    pub(super) full_seconds: u32,
    /// Seconds until one is taken again, where none is.
    pub(super) retry_seconds: Option<u32>,
}

/// What comes of a request by its limit.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) enum Verdict {
    /// Nothing limits it.
    Unlimited,
    Within(Standing),
    /// It is one too many.
    Beyond(Standing),
}

impl Standing {
    /// Tells it in the headers of an answer.
    pub(in crate::http) fn tell(&self, headers: &mut HeaderMap) {
        let Self { kind, rate, left, full_seconds, .. } = self;
        let name = kind.name();
        let value = |text: String| HeaderValue::try_from(text).expect("names and numbers are visible ASCII");
        headers.insert(POLICY, value(format!("\"{name}\";q={};w={}", rate.most, rate.per.seconds())));
        headers.insert(RATE_LIMIT, value(format!("\"{name}\";r={left};t={full_seconds}")));
    }

    /// Behind how many seconds the client should come again.
    pub(in crate::http) fn retry_seconds(&self) -> u32 {
        self.retry_seconds.unwrap_or(1)
    }
}

/// A time in seconds, rounded up so that a client never comes too early.
pub(super) fn whole_seconds(time: Duration) -> u32 {
    let seconds = time.as_nanos().div_ceil(1_000_000_000);
    u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
}
