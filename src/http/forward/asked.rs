//! A request as it came, kept for as long as it may have to be asked again.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, EXPECT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use hyper::Request as LinkRequest;

use super::head::{remove_hop_by_hop, set_client, set_time_left};
use crate::cluster::link::{LinkBody, whole};
use crate::http::server::connection::Connection;
use crate::http::server::pipeline::access_log::Route;
use crate::http::server::pipeline::body::Received;
use crate::http::server::pipeline::request_id::REQUEST_ID;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A whole request of a client.
pub(super) struct Asked {
    parts: Parts,
    body: Bytes,
}

/// What it means to ask a request again that may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// It changes nothing.
    Safe,
    /// Its idempotency key keeps it from being done twice.
    Keyed,
    /// It may be done twice.
    Unsafe,
}

impl Asked {
    /// A request, whose body is there whole.
    pub(super) fn new(request: Request, body: Bytes) -> Self {
        Self { parts: request.into_parts().0, body }
    }

    /// The same request with another body, for an answer that is read here.
    pub(super) fn with_body(&self, body: Bytes) -> Self {
        let mut parts = self.parts.clone();
        for of_body_or_answer in [CONTENT_LENGTH, ACCEPT, ACCEPT_ENCODING] {
            parts.headers.remove(of_body_or_answer);
        }
        parts.extensions.insert(Received::Whole(body.clone()));
        Self { parts, body }
    }

    /// The same request for a handler of this instance.
    pub(super) fn here(&self) -> Request {
        Request::from_parts(self.parts.clone(), Body::empty())
    }

    /// The same request for another instance, with the id under which it is known here, where it came from, and the time
    /// that it has left.
    pub(super) fn for_peer(&self, id: &HeaderValue, left: Duration) -> LinkRequest<LinkBody> {
        let mut request = LinkRequest::new(whole(self.body.clone()));
        *request.method_mut() = self.parts.method.clone();
        *request.uri_mut() = self.parts.uri.clone();
        let mut headers = self.parts.headers.clone();
        remove_hop_by_hop(&mut headers);
        // What the client waited for before it sent its body has come.
        headers.remove(EXPECT);
        headers.insert(REQUEST_ID, id.clone());
        set_time_left(&mut headers, left);
        set_client(&mut headers, self.parts.extensions.get().copied());
        *request.headers_mut() = headers;
        request
    }

    /// What it means to ask again. Where a key is taken, it is by requests of these methods.
    pub(super) fn repetition(&self) -> Repetition {
        match self.parts.method {
            Method::GET | Method::HEAD => Repetition::Safe,
            Method::POST | Method::DELETE if self.parts.headers.contains_key(IDEMPOTENCY_KEY) => Repetition::Keyed,
            _ => Repetition::Unsafe,
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// The connection that it came over.
    pub(super) fn connection(&self) -> Arc<Connection> {
        self.parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Notes which route took it.
    pub(super) fn note_route(&self, template: &Arc<str>) {
        if let Some(route) = self.parts.extensions.get::<Route>() {
            route.note_template(template);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::http::Method;

    use super::{Asked, Repetition};

    #[test]
    fn asking_again_changes_nothing_twice() {
        use Repetition::{Keyed, Safe, Unsafe};
        for (method, bare, keyed) in [
            (Method::GET, Safe, Safe),
            (Method::HEAD, Safe, Safe),
            (Method::POST, Unsafe, Keyed),
            (Method::DELETE, Unsafe, Keyed),
            (Method::PUT, Unsafe, Unsafe),
            (Method::PATCH, Unsafe, Unsafe),
        ] {
            let request = || Request::builder().method(method.clone());
            let of = |request: axum::http::request::Builder| {
                Asked::new(request.body(Body::empty()).expect("a request"), <_>::default()).repetition()
            };
            assert_eq!((of(request()), of(request().header("idempotency-key", "k"))), (bare, keyed), "{method}");
        }
    }
}
