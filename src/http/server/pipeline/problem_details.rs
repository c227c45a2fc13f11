//! Problems in the form of RFC 9457, `application/problem+json`, for clients that prefer it to the envelope.

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use super::quality::{Weight, weighted};

pub(crate) const PROBLEM_TYPE: &str = "application/problem+json";
const JSON_TYPE: &str = "application/json";
/// What stands before a reason in the `type` of a problem.
const TYPE_PREFIX: &str = "urn:jari:problem:";

/// Whether a client prefers problems: it names their type, and does not weigh JSON more.
pub(crate) fn is_preferred(headers: &HeaderMap) -> bool {
    // Most clients name no type of this kind, and are not to be read in vain.
    if !headers.get_all(ACCEPT).iter().any(|value| value.as_bytes().contains(&b'+')) {
        return false;
    }
    let [mut problem, mut json, mut any_application, mut anything]: [Option<Weight>; 4] = [None; 4];
    for (name, weight) in weighted(headers, &ACCEPT) {
        let place = match name.to_ascii_lowercase().as_str() {
            PROBLEM_TYPE => &mut problem,
            JSON_TYPE => &mut json,
            "application/*" => &mut any_application,
            "*/*" => &mut anything,
            _ => continue,
        };
        *place = Some(weight);
    }
    let json = json.or(any_application).or(anything).unwrap_or(0);
    problem.is_some_and(|problem| problem > 0 && problem >= json)
}

/// The problem of an envelope; `path` is what was asked for. A response that has no envelope stays as it is.
pub(crate) async fn from_envelope(response: Response, path: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(collected) = body.collect().await else {
        // Our envelopes lie in memory; a body that does not is none of ours.
        return Response::from_parts(parts, Body::empty());
    };
    let envelope = collected.to_bytes();
    let body = match serde_json::from_slice(&envelope).ok().and_then(|envelope| problem(envelope, path)) {
        None => envelope,
        Some(problem) => {
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
            parts.headers.append(VARY, ACCEPT.into());
            parts.headers.remove(CONTENT_LENGTH);
            problem.to_string().into()
        }
    };
    Response::from_parts(parts, body.into())
}

/// The problem that an envelope tells of; `None` when it tells of none.
pub(crate) fn problem(mut envelope: Value, path: &str) -> Option<Value> {
    let Value::Object(mut body) = envelope.get_mut("body")?.take() else { return None };
    let status = body.remove("code")?;
    let reason = body.remove("reason")?;
    let detail = body.remove("message")?;
    let word = reason.as_str()?.to_ascii_lowercase().replace('_', "-");
    let mut problem = Map::new();
    problem.insert("type".to_owned(), json!(format!("{TYPE_PREFIX}{word}")));
    problem.insert("title".to_owned(), json!(title(&word)));
    problem.insert("status".to_owned(), status);
    problem.insert("detail".to_owned(), detail);
    problem.insert("instance".to_owned(), json!(path));
    problem.insert("reason".to_owned(), reason);
    problem.extend(body);
    Some(Value::Object(problem))
}

/// The words of a reason as a title: the same for every problem of its type.
fn title(word: &str) -> String {
    let text = word.replace('-', " ");
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;
    use axum::http::{HeaderMap, HeaderValue};
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::{from_envelope, is_preferred};
    use crate::http::Problem;

    #[test]
    fn it_is_preferred_when_it_is_named_and_json_does_not_weigh_more() {
        for (accept, expected) in [
            ("application/problem+json", true),
            ("Application/Problem+JSON; charset=utf-8", true),
            ("application/json, application/problem+json", true),
            ("application/problem+json, application/json;q=0.9", true),
            ("application/problem+json;q=0.2, */*;q=0.1", true),
            ("application/problem+json;q=0.5, application/json", false),
            ("application/problem+json;q=0.5, application/*", false),
            ("application/problem+json;q=0.5, */*", false),
            ("application/problem+json;q=0", false),
            ("application/json", false),
            ("*/*", false),
            ("application/*", false),
            ("text/html, application/xhtml+xml, */*;q=0.8", false),
            ("application/problem+xml", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(is_preferred(&headers), expected, "{accept:?}");
        }
        assert!(!is_preferred(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn a_failure_becomes_a_problem_with_all_its_fields() {
        let response = from_envelope(Problem::queue_waiting(7).into_response(), "/api/v1/seats").await;
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(response.headers().contains_key("retry-after"));
        let bytes = response.into_body().collect().await.expect("a body in memory").to_bytes();
        let problem: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        assert_eq!(
            problem,
            json!({
                "type": "urn:jari:problem:queue-waiting", "title": "Queue waiting", "status": 403,
                "detail": "The queue place is still waiting.", "instance": "/api/v1/seats",
                "reason": "QUEUE_WAITING", "queuePosition": 7
            })
        );
    }
}
