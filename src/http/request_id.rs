//! The name of a request in answers and log lines: the caller's own, or a new one.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a caller's request id at most; a longer one is replaced.
const REQUEST_ID_LENGTH_MAX: usize = 128;

/// The caller's request id when it is sane, else a new one.
pub fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| is_sane(value.as_bytes());
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(Uuid::new_v4().hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
    })
}

/// The same from the bytes of the header as they came, if it came.
pub fn request_id_of(given: Option<&[u8]>) -> Cow<'_, str> {
    let sane = given.filter(|id| is_sane(id)).and_then(|id| std::str::from_utf8(id).ok());
    sane.map_or_else(|| Uuid::new_v4().to_string().into(), Cow::Borrowed)
}

/// Whether a caller's id is taken over: 1 to 128 visible ASCII characters.
fn is_sane(id: &[u8]) -> bool {
    (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::request_id_of;

    #[test]
    fn the_bytes_of_a_sane_id_are_taken_over_and_any_others_replaced() {
        let (longest, longer) = ("i".repeat(128), "i".repeat(129));
        for sane in ["abc-1~!", &longest] {
            assert_eq!(request_id_of(Some(sane.as_bytes())), sane);
        }
        for other in [None, Some(&b""[..]), Some(b"a b"), Some(b"\xff"), Some(b"a\r"), Some(longer.as_bytes())] {
            let id = request_id_of(other);
            assert_eq!(id.len(), 36, "{other:?} gives {id:?}");
            assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{id:?}");
        }
    }
}
