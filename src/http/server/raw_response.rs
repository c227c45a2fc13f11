//! The raw response: an answer that the HTTP library does not write, since it knows no request which it would answer.

use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue};
use uuid::Uuid;

use super::pipeline::{CACHE_DEFAULT, HARDENING, REQUEST_ID};
use super::strict_transport;
use crate::config::Scheme;
use crate::http::problem::Problem;
use crate::random_ids::random_id;

/// The bytes of the answer to a request of which not even the head could be read; the connection ends behind it.
pub(super) fn raw_response(problem: &Problem, scheme: Scheme) -> Vec<u8> {
    let (status, body) = (problem.status(), problem.to_json());
    let retry = problem.retry_after_seconds().map(|seconds| format!("{RETRY_AFTER}: {seconds}\r\n"));
    let line =
        |(name, value): (HeaderName, HeaderValue)| format!("{name}: {}\r\n", value.to_str().expect("it is ASCII"));
    let for_browsers: String = HARDENING.into_iter().chain(strict_transport::header(scheme)).map(line).collect();
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{CACHE_CONTROL}: {}\r\n\
         {}{}{REQUEST_ID}: {}\r\n\
         connection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
        CACHE_DEFAULT.to_str().expect("it is ASCII"),
        for_browsers,
        retry.unwrap_or_default(),
        Uuid::from_u128(random_id()),
    );
    [head.into_bytes(), body].concat()
}
