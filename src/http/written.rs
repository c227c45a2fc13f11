//! Answers that are written byte by byte, for requests of which the HTTP library knows nothing.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response};

use super::Failure;
use super::request_id::{REQUEST_ID, request_id_of};
use super::terms::{CACHE_DEFAULT, NO_SNIFFING, add_common};

/// The answer to a request of which not even the head could be read; the connection ends behind it.
pub fn unread(failure: &Failure) -> Vec<u8> {
    let body = failure.to_json();
    let head = format!("{}{}\r\nconnection: close\r\n\r\n", beginning(failure, body.len()), request_id_of(None));
    [head.into_bytes(), body].concat()
}

/// The refusal of arrivals for overload, made once: refusing must cost next to nothing.
pub struct Refusal {
    status: StatusCode,
    retry_after_seconds: HeaderValue,
    body: Bytes,
    /// All of the answer that comes before the request's id.
    beginning: Vec<u8>,
    /// All that comes behind it.
    end: Vec<u8>,
}

impl Refusal {
    pub fn new() -> Self {
        let failure = Failure::overloaded();
        let body = failure.to_json();
        Self {
            status: failure.status(),
            retry_after_seconds: failure.retry_after_seconds().expect("it says when to come again").into(),
            beginning: beginning(&failure, body.len()).into_bytes(),
            end: [b"\r\n\r\n", body.as_slice()].concat(),
            body: body.into(),
        }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// For a request that the library has read.
    pub fn response(&self, id: HeaderValue) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(RETRY_AFTER, self.retry_after_seconds.clone());
        headers.insert(REQUEST_ID, id);
        add_common(headers);
        response
    }

    /// The same answer, for one that it has not.
    pub fn bytes(&self, id: &str) -> Vec<u8> {
        [&self.beginning, id.as_bytes(), &self.end].concat()
    }
}

/// The head of an answer up to where the request's id stands.
fn beginning(failure: &Failure, body_bytes: usize) -> String {
    let status = failure.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let retry = failure.retry_after_seconds().map(|seconds| format!("{RETRY_AFTER}: {seconds}\r\n"));
    format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/json\r\ncontent-length: {body_bytes}\r\n{CACHE_CONTROL}: \
         {}\r\n{}: {}\r\n{}{REQUEST_ID}: ",
        status.as_u16(),
        CACHE_DEFAULT.to_str().expect("it is ASCII"),
        NO_SNIFFING.0,
        NO_SNIFFING.1.to_str().expect("it is ASCII"),
        retry.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use http_body_util::BodyExt;

    use super::Refusal;

    #[tokio::test]
    async fn the_refusal_is_the_same_whether_the_library_writes_it_or_not() {
        let refusal = Refusal::new();
        let (parts, body) = refusal.response(HeaderValue::from_static("seven")).into_parts();
        let body = body.collect().await.expect("a body in memory").to_bytes();
        let written = String::from_utf8(refusal.bytes("seven")).expect("answers are text");
        let (head, rest) = written.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines: Vec<_> = head.lines().skip(1).collect();
        let header = |(name, value): (&_, &HeaderValue)| format!("{name}: {}", value.to_str().expect("ASCII"));
        let mut expected: Vec<_> = parts.headers.iter().map(header).collect();
        expected.push(format!("content-length: {}", body.len()));
        expected.sort();
        lines.sort_unstable();
        assert_eq!(lines, expected);
        assert_eq!(head.lines().next(), Some(&*format!("HTTP/1.1 {}", parts.status)));
        assert_eq!(rest.as_bytes(), body);
    }
}
