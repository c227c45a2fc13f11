//! Compressed answers: which coding a client takes, and what is worth it. An answer that carries a secret is never
//! compressed: its length would tell of the secret to whoever can put text beside it.

mod coding;
mod entity_tags;
pub(in crate::http) mod prepared;

use std::convert::Infallible;
use std::future::ready;

use axum::body::{Body, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Request, StatusCode, Version};
use axum::response::Response;
use http_body_util::BodyExt;
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;

use self::entity_tags::retag;
use super::quality::{Weight, weighted};

pub(crate) use coding::Coding;
pub(crate) use entity_tags::{recode_tag, tagged_coding, uncode_tags};

/// Bytes from which an answer is worth compressing.
const BYTES_MIN: u64 = 1_024;
/// Bytes up to which an answer is compressed before its head goes out, which then tells its length. A larger one is
/// compressed piece by piece, while it is sent.
const AT_ONCE_BYTES_MAX: u64 = 64 * 1_024;
/// Every reader has a body of its own compressed, so it must not cost much more than sending it.
const EACH_TIME: CompressionLevel = CompressionLevel::Fastest;

/// What a client takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub coding: Option<Coding>,
    /// It does not want answers as they are.
    pub refuses_identity: bool,
}

/// What `headers` take: the coding that weighs most, and at least as much as an answer that is not coded.
pub(crate) fn taken(headers: &HeaderMap) -> Taken {
    if !headers.contains_key(ACCEPT_ENCODING) {
        return Taken::default();
    }
    let [mut gzip, mut zstd, mut identity, mut others]: [Option<Weight>; 4] = [None; 4];
    for (name, weight) in weighted(headers, &ACCEPT_ENCODING) {
        let place = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "zstd" => &mut zstd,
            "identity" => &mut identity,
            "*" => &mut others,
            _ => continue,
        };
        *place = Some(weight);
    }
    let of = |named: Option<Weight>| named.or(others).unwrap_or(0);
    let best = if of(zstd) >= of(gzip) { (Coding::Zstd, of(zstd)) } else { (Coding::Gzip, of(gzip)) };
    // What is not named is fine as it is, if less so than what is.
    let identity = identity.or(others.filter(|weight| *weight == 0));
    let coding = (best.1 > 0 && best.1 >= identity.unwrap_or(0)).then_some(best.0);
    Taken { coding, refuses_identity: identity == Some(0) }
}

/// The response in the coding that the client takes, if it is worth it and may be.
pub(crate) async fn compress(mut response: Response, taken: Taken) -> Response {
    if let Some(coding) = coding_of(response.headers()) {
        retag(response.headers_mut(), coding);
        note_variance(response.headers_mut());
        return response;
    }
    let Some(bytes) = HttpBody::size_hint(response.body()).exact() else { return response };
    let is_large = bytes >= BYTES_MIN;
    if !(is_large || taken.refuses_identity && bytes > 0) || !is_text(response.headers()) {
        return response;
    }
    match taken.coding {
        Some(coding) if response.status() != StatusCode::PARTIAL_CONTENT => {
            let mut coded = coded(response, coding, EACH_TIME).await;
            if bytes <= AT_ONCE_BYTES_MAX {
                let (parts, body) = coded.into_parts();
                let whole = body.collect().await.map(http_body_util::Collected::to_bytes);
                coded = Response::from_parts(parts, Body::from(whole.expect("a body in memory can be read")));
            }
            retag(coded.headers_mut(), coding);
            coded
        }
        Some(_) | None => {
            // What is kept of it may not be given to a client that takes codings, nor the other way round.
            note_variance(response.headers_mut());
            response
        }
    }
}

/// The coding of a response that was put together from prepared parts.
fn coding_of(headers: &HeaderMap) -> Option<Coding> {
    let named = headers.get(CONTENT_ENCODING)?;
    Coding::ALL.into_iter().find(|coding| named == coding.name())
}

/// The response in `coding`, with the headers that say so.
async fn coded(response: Response, coding: Coding, level: CompressionLevel) -> Response {
    let mut response = Some(response);
    let inner = service_fn(move |_: Request<()>| ready(Ok::<_, Infallible>(response.take().expect("asked once"))));
    let mut request = Request::new(());
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(coding.name()));
    let coded = Compression::new(inner).quality(level).compress_when(always).oneshot(request).await;
    match coded {
        Ok(coded) => coded.map(Body::new),
        Err(never) => match never {},
    }
}

fn always(_: StatusCode, _: Version, _: &HeaderMap, _: &Extensions) -> bool {
    true
}

fn is_text(headers: &HeaderMap) -> bool {
    let Some(Ok(kind)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim();
    (essence.starts_with("text/") && essence != "text/event-stream")
        || matches!(
            essence,
            "application/json" | "application/problem+json" | "application/javascript" | "image/svg+xml"
        )
}

/// Says, once, that the answer follows from what the client takes.
fn note_variance(headers: &mut HeaderMap) {
    if !headers.get_all(VARY).iter().any(|named| named == ACCEPT_ENCODING.as_str()) {
        headers.append(VARY, ACCEPT_ENCODING.into());
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT_ENCODING;
    use axum::http::{HeaderMap, HeaderValue};

    use super::{Coding, Taken, taken};

    #[test]
    fn the_coding_that_weighs_most_is_taken() {
        for (accept, coding, refuses_identity) in [
            ("gzip", Some(Coding::Gzip), false),
            ("x-gzip", Some(Coding::Gzip), false),
            ("GZIP;q=0.5, br", Some(Coding::Gzip), false),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd), false),
            ("gzip;q=1.0, zstd;q=0.9", Some(Coding::Gzip), false),
            ("*", Some(Coding::Zstd), false),
            ("zstd;q=0, *", Some(Coding::Gzip), false),
            ("gzip;q=0, zstd;q=0, *", None, false),
            ("gzip;q=0", None, false),
            ("br, deflate", None, false),
            ("identity", None, false),
            ("", None, false),
            ("gzip;q=0.5, identity", None, false),
            ("gzip;q=0.5, identity;q=0.5", Some(Coding::Gzip), false),
            ("gzip, identity;q=0", Some(Coding::Gzip), true),
            ("identity;q=0", None, true),
            ("*;q=0", None, true),
            ("gzip, *;q=0", Some(Coding::Gzip), true),
            ("identity, *;q=0", None, false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            assert_eq!(taken(&headers), Taken { coding, refuses_identity }, "{accept:?}");
        }
        assert_eq!(taken(&HeaderMap::new()), Taken::default());
    }
}
