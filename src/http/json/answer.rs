//! The envelope of every success: `{"result":"success","body":…}`.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

const HEAD: &[u8] = br#"{"result":"success","body":"#;
/// Bytes of a body for which room is made at first.
const BODY_BYTES_USUAL: usize = 512;

/// 200 with `body` in the envelope.
pub fn ok(body: &impl Serialize) -> Response {
    with_status(StatusCode::OK, body)
}

/// 201 with `body` in the envelope.
pub fn created(body: &impl Serialize) -> Response {
    with_status(StatusCode::CREATED, body)
}

fn with_status(status: StatusCode, body: &impl Serialize) -> Response {
    let mut json = Vec::with_capacity(HEAD.len() + BODY_BYTES_USUAL);
    json.extend_from_slice(HEAD);
    serde_json::to_writer(&mut json, body).expect("answers hold texts, numbers and lists only");
    json.push(b'}');
    json_response(status, json)
}

/// 200 with a body that is put together from `parts` of ready JSON text, so that a large one is written only once.
pub fn spliced(parts: &[&[u8]]) -> Response {
    let length = HEAD.len() + 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut json = Vec::with_capacity(length);
    json.extend_from_slice(HEAD);
    for part in parts {
        json.extend_from_slice(part);
    }
    json.push(b'}');
    json_response(StatusCode::OK, json)
}

fn json_response(status: StatusCode, json: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

#[cfg(test)]
mod tests {
    use axum::response::Response;
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::{created, ok, spliced};

    async fn text(response: Response) -> String {
        let bytes = response.into_body().collect().await.expect("a body in memory").to_bytes();
        String::from_utf8(bytes.to_vec()).expect("JSON is UTF-8")
    }

    #[tokio::test]
    async fn a_success_is_wrapped_whether_serialised_or_spliced() {
        let expected = r#"{"result":"success","body":{"date":"2030-12-24","seats":[1]}}"#;
        assert_eq!(text(ok(&json!({"date": "2030-12-24", "seats": [1]}))).await, expected);
        assert_eq!(text(spliced(&[br#"{"date":"2030-12-24","seats":"#, b"[1]", b"}"])).await, expected);
        assert_eq!(created(&json!({})).status(), 201);
    }
}
