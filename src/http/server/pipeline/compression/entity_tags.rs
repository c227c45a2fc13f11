//! Tags of compressed answers: each coding has its own, and conditions may name any of them.

use axum::http::header::{ETAG, Entry, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::coding::Coding;

/// Gives an answer that is coded the tag of its coding.
pub(super) fn retag(headers: &mut HeaderMap, coding: Coding) {
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let is_coded = |tag: &str| Coding::ALL.iter().any(|coding| tag.ends_with(&end_of(*coding)));
    let tag = tag.filter(|tag| !is_coded(tag)).map(|tag| coding.tag(tag));
    if let Some(tag) = tag {
        headers.insert(ETAG, HeaderValue::try_from(tag).expect("a tag with letters added is one"));
    }
}

/// The coding that a tag of `If-None-Match` has: that of the answer which the client has.
pub(crate) fn tagged_coding(headers: &HeaderMap) -> Option<Coding> {
    let mut lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lines.find_map(|line| Coding::ALL.into_iter().find(|coding| line.contains(&end_of(*coding))))
}

/// Takes the codings off the tags of conditions, so that handlers compare tags of what they know.
pub(crate) fn uncode_tags(headers: &mut HeaderMap) {
    for name in [IF_NONE_MATCH, IF_MATCH] {
        let Entry::Occupied(mut values) = headers.entry(&name) else { continue };
        // A list may be in several lines.
        for value in values.iter_mut() {
            let Ok(mut plain) = value.to_str().map(str::to_owned) else { continue };
            for coding in Coding::ALL {
                let end = end_of(coding);
                if plain.contains(&end) {
                    plain = plain.replace(&end, "\"");
                }
            }
            if plain.as_bytes() != value.as_bytes() {
                *value = HeaderValue::try_from(plain).expect("a part of what a header was");
            }
        }
    }
}

/// How a tag of this coding ends.
fn end_of(coding: Coding) -> String {
    format!("-{}\"", coding.name())
}

/// Puts the coding back that [`uncode_tags`] took off, in an answer which says that what the client has is still right.
pub(crate) fn recode_tag(response: &mut Response, coding: Option<Coding>) {
    if let Some(coding) = coding.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
        retag(response.headers_mut(), coding);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderValue};
    use axum::response::Response;

    use super::{Coding, recode_tag, tagged_coding, uncode_tags};

    #[test]
    fn a_compressed_answer_has_a_tag_of_its_own_which_conditions_may_name() {
        assert_eq!(Coding::Gzip.tag("\"2030-12-24-abc\""), "\"2030-12-24-abc-gzip\"");
        assert_eq!(Coding::Zstd.tag("W/\"abc\""), "W/\"abc\"");
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\", \"abc-zstd\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"more-gzip\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("W/\"weak\""));
        headers.insert(IF_MATCH, HeaderValue::from_static("\"abc-gzip\""));
        let coding = tagged_coding(&headers);
        assert_eq!(coding, Some(Coding::Zstd));
        uncode_tags(&mut headers);
        let lines: Vec<_> = headers.get_all(IF_NONE_MATCH).iter().collect();
        assert_eq!(lines, ["\"other\", \"abc\"", "\"more\"", "W/\"weak\""]);
        assert_eq!(headers[IF_MATCH], "\"abc\"");
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = axum::http::StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"abc\""));
        recode_tag(&mut response, coding);
        assert_eq!(response.headers()[ETAG], "\"abc-zstd\"");
    }
}
