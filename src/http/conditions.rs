//! Conditional requests (RFC 9110, section 13): tags of what an operator edits, and whether a request goes on.

use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::problem::{Problem, Reason};
use crate::http::response::ok;

/// Hexadecimal digits of a tag.
const TAG_LENGTH: usize = 32;

/// The tag, in its quotes, of what is shown as `body`. It changes with `beside`, too, which is not shown but would be
/// overwritten. It is the same on every instance and after every start.
pub(super) fn tag_of(body: &impl Serialize, beside: &impl Serialize) -> String {
    let json = serde_json::to_vec(&(body, beside)).expect("answers hold texts, numbers and lists only");
    format!("\"{}\"", &blake3::hash(&json).to_hex()[..TAG_LENGTH])
}

/// Whether the request depends on how something stands.
pub(super) fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH)
}

/// That what has `tag` may be changed: it is one that `If-Match` names, and none that `If-None-Match` does.
///
/// # Errors
/// 412 `PRECONDITION_FAILED`.
pub(super) fn allow_change(headers: &HeaderMap, tag: &str) -> Result<(), Problem> {
    require_match(headers, tag)?;
    if has_tag(headers, tag) { Err(Reason::PreconditionFailed.into()) } else { Ok(()) }
}

/// The answer to a GET: the body, or 304 when the client has it.
///
/// # Errors
/// 412 `PRECONDITION_FAILED` when `If-Match` names other tags.
pub(super) fn show(headers: &HeaderMap, tag: &str, body: &impl Serialize) -> Result<Response, Problem> {
    require_match(headers, tag)?;
    let unchanged = has_tag(headers, tag);
    Ok(tagged(if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { ok(body) }, tag))
}

/// The response with its tag.
pub(super) fn tagged(mut response: Response, tag: &str) -> Response {
    let tag = HeaderValue::from_str(tag).expect("a tag is visible ASCII in quotes");
    response.headers_mut().insert(ETAG, tag);
    response
}

/// Whether `If-None-Match` names `tag`; tags are compared weakly, as the standard has it for this header.
pub(super) fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    names(headers, &IF_NONE_MATCH, |name| name.strip_prefix("W/").unwrap_or(name) == tag)
}

/// That `If-Match`, where it is given, names `tag`; a weak tag never matches here, and neither does what is no tag.
fn require_match(headers: &HeaderMap, tag: &str) -> Result<(), Problem> {
    let goes_on = !headers.contains_key(IF_MATCH) || names(headers, &IF_MATCH, |name| name == tag);
    if goes_on { Ok(()) } else { Err(Reason::PreconditionFailed.into()) }
}

/// Whether one of the tags of a header is a star or matches.
fn names(headers: &HeaderMap, header: &HeaderName, matches: impl Fn(&str) -> bool) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    let mut named = values.flat_map(|value| value.split(',')).map(str::trim);
    named.any(|name| name == "*" || matches(name))
}

#[cfg(test)]
mod tests {
    use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{allow_change, has_tag, is_conditional, tag_of};

    fn headers(header: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn if_none_match_is_a_list_of_strong_or_weak_tags_or_a_star() {
        for (values, expected) in [
            (&["\"a\""][..], true),
            (&["W/\"a\""], true),
            (&["\"b\", \"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
            (&[""], false),
            (&[], false),
        ] {
            let headers = headers(&IF_NONE_MATCH, values);
            assert_eq!(has_tag(&headers, "\"a\""), expected, "{values:?}");
            assert_eq!(allow_change(&headers, "\"a\"").is_ok(), !expected, "{values:?}");
        }
    }

    #[test]
    fn if_match_is_a_list_of_strong_tags_or_a_star() {
        for (values, expected) in [
            (&["\"a\""][..], true),
            (&["\"b\" , \"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&[], true),
            (&["W/\"a\""], false),
            (&["\"b\""], false),
            (&["a"], false),
            (&["\"A\""], false),
            (&[""], false),
        ] {
            let headers = headers(&IF_MATCH, values);
            assert_eq!(allow_change(&headers, "\"a\"").is_ok(), expected, "{values:?}");
            assert_eq!(is_conditional(&headers), !values.is_empty());
        }
    }

    #[test]
    fn a_tag_changes_with_what_is_shown_and_with_what_would_be_overwritten() {
        let tag = tag_of(&"body", &1);
        assert_eq!(tag, tag_of(&"body", &1));
        assert_ne!(tag, tag_of(&"body", &2));
        assert_ne!(tag, tag_of(&"other", &1));
        assert!(tag.len() == 34 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    }
}
