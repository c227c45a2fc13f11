//! The name of a request in answers and log lines: the caller's own, or a new one.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::random_ids::random_id;

/// The header that names a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a caller's request id at most; a longer one is replaced.
const REQUEST_ID_LENGTH_MAX: usize = 128;

/// The caller's request id when it is sane, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| is_sane(value.as_bytes());
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(Uuid::from_u128(random_id()).hyphenated().encode_lower(&mut text))
            .expect("a UUID is visible ASCII")
    })
}

/// Whether a caller's id is taken over: 1 to 128 visible ASCII characters.
fn is_sane(id: &[u8]) -> bool {
    (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}
