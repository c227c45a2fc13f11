//! Compressed answers: which coding a client takes, what is worth it, and which tag a compressed answer has. An answer
//! that carries a secret is never compressed: its length would tell of the secret to whoever can put text beside it.

use std::convert::Infallible;
use std::future::ready;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Entry, IF_MATCH, IF_NONE_MATCH, VARY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Request, StatusCode, Version};
use axum::response::Response;
use http_body_util::BodyExt;
use tokio::sync::OnceCell;
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;

use super::accept::{Weight, weighted};

/// Bytes from which an answer is worth compressing.
const BYTES_MIN: u64 = 1_024;
/// Bytes up to which an answer is compressed before its head goes out, which then tells its length. A larger one is
/// compressed piece by piece, while it is sent.
const AT_ONCE_BYTES_MAX: u64 = 64 * 1_024;
/// Every reader has a body of its own compressed, so it must not cost much more than sending it.
const EACH_TIME: CompressionLevel = CompressionLevel::Fastest;
/// What is compressed once.
const ONCE: CompressionLevel = CompressionLevel::Default;

/// A coding of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Zstd,
}

/// What a client takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub coding: Option<Coding>,
    /// It does not want answers as they are.
    pub refuses_identity: bool,
}

impl Coding {
    const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The strong tag of the answer with `tag` in this coding (RFC 9110, section 8.8.3.3); a weak one says nothing of
    /// codings.
    pub fn tag(self, tag: &str) -> String {
        match tag.strip_suffix('"') {
            Some(open) if tag.starts_with('"') => format!("{open}-{}\"", self.name()),
            Some(_) | None => tag.to_owned(),
        }
    }
}

/// What `headers` take: the coding that weighs most, and at least as much as an answer that is not coded.
pub fn taken(headers: &HeaderMap) -> Taken {
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
pub async fn compress(mut response: Response, taken: Taken) -> Response {
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

fn retag(headers: &mut HeaderMap, coding: Coding) {
    let tag = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let is_coded = |tag: &str| Coding::ALL.iter().any(|coding| tag.ends_with(&format!("-{}\"", coding.name())));
    let tag = tag.filter(|tag| !is_coded(tag)).map(|tag| coding.tag(tag));
    if let Some(tag) = tag {
        headers.insert(ETAG, HeaderValue::try_from(tag).expect("a tag with letters added is one"));
    }
}

/// Takes the codings off the tags of conditions, so that handlers compare tags of what they know; answers the coding
/// that a tag of `If-None-Match` had.
pub fn uncode_tags(headers: &mut HeaderMap) -> Option<Coding> {
    let mut found = None;
    for name in [IF_NONE_MATCH, IF_MATCH] {
        let Entry::Occupied(mut values) = headers.entry(&name) else { continue };
        // A list may be in several lines.
        for value in values.iter_mut() {
            let Ok(mut plain) = value.to_str().map(str::to_owned) else { continue };
            for coding in Coding::ALL {
                let end = format!("-{}\"", coding.name());
                if plain.contains(&end) {
                    plain = plain.replace(&end, "\"");
                    found = found.or((name == IF_NONE_MATCH).then_some(coding));
                }
            }
            if plain.as_bytes() != value.as_bytes() {
                *value = HeaderValue::try_from(plain).expect("a part of what a header was");
            }
        }
    }
    found
}

/// Puts the coding back that [`uncode_tags`] took off, in an answer which says that what the client has is still right.
pub fn recode_tag(response: &mut Response, coding: Option<Coding>) {
    if let Some(coding) = coding.filter(|_| response.status() == StatusCode::NOT_MODIFIED) {
        retag(response.headers_mut(), coding);
    }
}

/// A text that does not change while the server runs, compressed once and not for each reader.
pub struct Prepared {
    plain: Bytes,
    kind: HeaderValue,
    tag: String,
    gzip: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
}

impl Prepared {
    /// `kind` is the media type.
    pub fn new(plain: Bytes, kind: HeaderValue) -> Self {
        let tag = format!("\"{}\"", &blake3::hash(&plain).to_hex()[..32]);
        Self { plain, kind, tag, gzip: OnceCell::new(), zstd: OnceCell::new() }
    }

    /// The answer to a request with `headers`.
    pub async fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(CONTENT_TYPE, self.kind.clone());
        let is_worth_it = self.plain.len() as u64 >= BYTES_MIN && is_text(response.headers());
        let coding = taken(headers).coding.filter(|_| is_worth_it);
        let (body, tag) = match coding {
            None => (self.plain.clone(), self.tag.clone()),
            Some(coding) => {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                (self.coded(coding).await, coding.tag(&self.tag))
            }
        };
        response
            .headers_mut()
            .insert(ETAG, HeaderValue::try_from(tag).expect("hexadecimal digits and letters in quotes"));
        note_variance(response.headers_mut());
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        // This header compares weakly.
        let mut known = known.flat_map(|value| value.split(',')).map(str::trim);
        if known.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag) {
            response.headers_mut().remove(CONTENT_ENCODING);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Body::from(body);
        }
        response
    }

    async fn coded(&self, coding: Coding) -> Bytes {
        let kept = match coding {
            Coding::Gzip => &self.gzip,
            Coding::Zstd => &self.zstd,
        };
        let make = || async {
            let mut response = Response::new(Body::from(self.plain.clone()));
            response.headers_mut().insert(CONTENT_TYPE, self.kind.clone());
            let coded = coded(response, coding, ONCE).await.into_body().collect().await;
            coded.expect("a body in memory can be read").to_bytes()
        };
        kept.get_or_init(make).await.clone()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ACCEPT_ENCODING, ETAG, IF_MATCH, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderValue};
    use axum::response::Response;

    use super::{Coding, Prepared, Taken, recode_tag, taken, uncode_tags};

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

    #[test]
    fn a_compressed_answer_has_a_tag_of_its_own_which_conditions_may_name() {
        assert_eq!(Coding::Gzip.tag("\"2030-12-24-abc\""), "\"2030-12-24-abc-gzip\"");
        assert_eq!(Coding::Zstd.tag("W/\"abc\""), "W/\"abc\"");
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\", \"abc-zstd\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"more-gzip\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("W/\"weak\""));
        headers.insert(IF_MATCH, HeaderValue::from_static("\"abc-gzip\""));
        let coding = uncode_tags(&mut headers);
        assert_eq!(coding, Some(Coding::Zstd));
        let lines: Vec<_> = headers.get_all(IF_NONE_MATCH).iter().collect();
        assert_eq!(lines, ["\"other\", \"abc\"", "\"more\"", "W/\"weak\""]);
        assert_eq!(headers[IF_MATCH], "\"abc\"");
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = axum::http::StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"abc\""));
        recode_tag(&mut response, coding);
        assert_eq!(response.headers()[ETAG], "\"abc-zstd\"");
    }

    #[tokio::test]
    async fn a_prepared_text_that_the_client_has_is_not_sent_again() {
        let prepared = Prepared::new("a text".into(), HeaderValue::from_static("text/plain"));
        let tag = prepared.answer(&HeaderMap::new()).await.headers()[ETAG].clone();
        let tag = tag.to_str().expect("it is ASCII");
        for (known, status) in
            [(tag.to_owned(), 304), (format!("\"b\", W/{tag}"), 304), ("*".to_owned(), 304), ("\"b\"".to_owned(), 200)]
        {
            let value = HeaderValue::try_from(&known).expect("visible ASCII");
            let answer = prepared.answer(&HeaderMap::from_iter([(IF_NONE_MATCH, value)])).await;
            assert_eq!(answer.status(), status, "{known}");
        }
    }
}
