//! `Strict-Transport-Security`: a client that was answered over TLS comes back over nothing else (RFC 6797).

use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::Scheme;

/// For how long, in seconds: a year, what browsers' own lists ask for at least. Names below the server's are not its
/// affair.
const MAX_AGE: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The header of answers that go out over `scheme`, if any.
pub(super) fn header(scheme: Scheme) -> Option<(HeaderName, HeaderValue)> {
    match scheme {
        // It means nothing there, and a proxy in front says it itself.
        Scheme::Http => None,
        Scheme::Https => Some((STRICT_TRANSPORT_SECURITY, MAX_AGE)),
    }
}

/// Says it in the head of an answer.
pub(super) fn apply(scheme: Scheme, headers: &mut HeaderMap) {
    headers.extend(header(scheme));
}
