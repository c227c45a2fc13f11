//! The envelope of every success: `{"result":"success","body":…}`.

use std::future::ready;
use std::{io, iter};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::shared_body::body_of;
use crate::http::problem::Problem;
use crate::http::server::pipeline::compression;
use crate::node::{Coding, Part, coded};

const HEAD: &[u8] = br#"{"result":"success","body":"#;
/// Bytes of a body for which room is made at first.
const BODY_BYTES_USUAL: usize = 512;

/// 200 with `body` in the envelope.
pub(crate) fn ok(body: &impl Serialize) -> Response {
    with_status(StatusCode::OK, body)
}

/// 201 with `body` in the envelope.
pub(crate) fn created(body: &impl Serialize) -> Response {
    with_status(StatusCode::CREATED, body)
}

fn with_status(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Vec::with_capacity(HEAD.len() + BODY_BYTES_USUAL);
    json.extend_from_slice(HEAD);
    serde_json::to_writer(&mut json, body).expect("answers hold texts, numbers and lists only");
    json.push(b'}');
    json_response(status, json)
}

/// Bytes of an answer up to which compressing it is not worth while.
const PLAIN_BYTES_MAX: usize = 1_024;

/// 200 with a body that is put together from `parts` of ready JSON text, in the coding that the client of a request with
/// these `headers` prefers; shared parts are neither copied nor compressed for each answer.
pub(crate) fn spliced(headers: &HeaderMap, parts: impl IntoIterator<Item = Part>) -> Response {
    let own = |text: &'static [u8]| Part::Own(Bytes::from_static(text));
    let parts: Vec<Part> = iter::once(own(HEAD)).chain(parts).chain([own(b"}")]).collect();
    let length: usize = parts.iter().map(Part::bytes_plain).sum();
    let named = compression::taken(headers).coding.filter(|_| length > PLAIN_BYTES_MAX);
    let coding = match named {
        None => Coding::Identity,
        Some(compression::Coding::Gzip) => Coding::Gzip,
        Some(compression::Coding::Zstd) => Coding::Zstd,
    };
    let mut response = json_response(StatusCode::OK, body_of(coded(&parts, coding)));
    response.headers_mut().extend(named.map(|coding| (CONTENT_ENCODING, HeaderValue::from_static(coding.name()))));
    response
}

/// 200 with a body of which `parts` write the JSON text one after the other, each when the client has taken the one before.
/// A fault ends the connection, so that nobody takes a part for all of it.
pub(crate) fn streamed(parts: impl Stream<Item = Result<Bytes, Problem>> + Send + 'static) -> Response {
    let own = |text: &'static [u8]| stream::once(ready(Ok(Bytes::from_static(text))));
    let parts = parts.map_err(|problem| {
        tracing::error!("an answer ends before its end: {problem:?}");
        io::Error::other("a part of the answer cannot be read")
    });
    json_response(StatusCode::OK, Body::from_stream(own(HEAD).chain(parts).chain(own(b"}"))))
}

fn json_response(status: StatusCode, json: impl Into<Body>) -> Response {
    let mut response = Response::new(json.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use axum::response::Response;
    use http_body_util::BodyExt;
    use serde_json::json;

    use futures_util::stream;

    use super::{Bytes, HeaderMap, Part, created, ok, spliced, streamed};
    use crate::http::problem::Reason;

    async fn text(response: Response) -> String {
        let bytes = response.into_body().collect().await.expect("a body in memory").to_bytes();
        String::from_utf8(bytes.to_vec()).expect("JSON is UTF-8")
    }

    #[tokio::test]
    async fn a_success_is_wrapped_whether_serialised_or_spliced() {
        let expected = r#"{"result":"success","body":{"date":"2030-12-24","seats":[1]}}"#;
        assert_eq!(text(ok(&json!({"date": "2030-12-24", "seats": [1]}))).await, expected);
        let parts = [&br#"{"date":"2030-12-24","seats":"#[..], b"[1]", b"}"];
        let parts = parts.map(|part| Part::Own(Bytes::from_static(part)));
        assert_eq!(text(spliced(&HeaderMap::new(), parts)).await, expected);
        let parts = [&br#"{"date":"2030-12-24","seats":"#[..], b"[1]", b"}"].map(|part| Ok(Bytes::from_static(part)));
        assert_eq!(text(streamed(stream::iter(parts))).await, expected);
        assert_eq!(created(&json!({})).status(), 201);
    }

    #[tokio::test]
    async fn a_streamed_body_that_fails_has_no_end() {
        let parts = [Ok(Bytes::from_static(b"[1,")), Err(Reason::NoReservations.into())];
        let mut body = streamed(stream::iter(parts)).into_body();
        let mut told = Vec::new();
        let failed = loop {
            match body.frame().await.expect("it does not end in order") {
                Ok(frame) => told.extend(frame.into_data().expect("data")),
                Err(_) => break true,
            }
        };
        assert_eq!((told.as_slice(), failed), (&br#"{"result":"success","body":[1,"#[..], true));
    }
}
