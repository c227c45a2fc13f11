//! Negotiation: what every answer owes to the request's headers, whatever made it: the challenge of a 401, the form of a
//! problem, the coding of a large body, and what caches and browsers may do with it. It knows no route but those whose
//! answers carry a secret.

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::compression::{self, Coding, Taken};
use super::problem_details;

/// What an answer may be kept by when its handler does not say: by nobody.
pub(crate) const CACHE_DEFAULT: HeaderValue = HeaderValue::from_static("private, no-store");
/// What browsers are told with every answer: to take it for what it says it is, and to tell no other site where it was.
pub(crate) const HARDENING: [(HeaderName, HeaderValue); 2] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"jari\"");
const CHALLENGE_AGAIN: HeaderValue = HeaderValue::from_static("Bearer realm=\"jari\", error=\"invalid_token\"");

/// Requests whose answers carry a secret.
const SECRETS: [(Method, &str); 2] = [(Method::POST, "/api/v1/token"), (Method::POST, "/api/v1/sessions")];

/// What a request's headers ask of its answer.
pub(super) struct Negotiated {
    credentials: Credentials,
    form: Form,
    taken: Taken,
    /// The coding of the answer that the client has.
    tagged: Option<Coding>,
}

/// Whether a request came with credentials, good or bad.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Credentials {
    Sent,
    None,
}

/// The form of a problem.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Envelope,
    Problem,
}

impl Negotiated {
    /// Reads them.
    pub(super) fn of(request: &Request) -> Self {
        let is_secret =
            SECRETS.iter().any(|(method, path)| request.method() == method && request.uri().path() == *path);
        let headers = request.headers();
        let taken = if is_secret { Taken::default() } else { compression::taken(headers) };
        let credentials = if headers.contains_key(AUTHORIZATION) { Credentials::Sent } else { Credentials::None };
        let form = if problem_details::is_preferred(headers) { Form::Problem } else { Form::Envelope };
        Self { credentials, form, taken, tagged: compression::tagged_coding(headers) }
    }

    /// The answer as it goes out; `path` is what was asked for.
    pub(super) async fn apply(self, path: &str, mut response: Response) -> Response {
        let status = response.status();
        if self.form == Form::Problem && (status.is_client_error() || status.is_server_error()) {
            response = problem_details::from_envelope(response, path).await;
        }
        add_common(response.headers_mut());
        if status == StatusCode::UNAUTHORIZED {
            let challenge = match self.credentials {
                Credentials::Sent => CHALLENGE_AGAIN,
                Credentials::None => CHALLENGE,
            };
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        compression::recode_tag(&mut response, self.tagged);
        compression::compress(response, self.taken).await
    }
}

/// What goes with every answer.
pub(super) fn add_common(headers: &mut HeaderMap) {
    headers.entry(CACHE_CONTROL).or_insert(CACHE_DEFAULT);
    for (name, value) in HARDENING {
        headers.insert(name, value);
    }
}
