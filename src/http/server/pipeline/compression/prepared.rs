//! Texts that are prepared once and answered to many.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use tokio::sync::OnceCell;
use tower_http::CompressionLevel;

use super::coding::Coding;
use super::{BYTES_MIN, coded, is_text, note_variance, taken};

/// What is compressed once may take its time.
const ONCE: CompressionLevel = CompressionLevel::Default;

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
    use axum::http::header::{ETAG, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderValue};

    use super::Prepared;

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
