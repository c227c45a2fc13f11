//! What happens to every request around its handler, from the outside in: its id, the limit of requests under way,
//! the time limit, panics, metrics and the log line. It knows no route but those that must answer under overload.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tower::ServiceExt;
use uuid::Uuid;

use super::Failure;
use super::call::drain;
use super::failure::FaultDetails;
use super::observe::{self, Route, Seen};
use crate::config::Config;

/// The header that names a request in answers and log lines.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a caller's request id at most; a longer one is replaced.
const REQUEST_ID_LENGTH_MAX: usize = 128;
/// Paths that tell how the server fares: they answer while it is overloaded.
const EXEMPT_PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The router with everything around it; cheap to clone.
#[derive(Clone)]
pub struct Edge {
    router: Router,
    /// One permit a request from its head until the head of its answer, so that an open stream holds none.
    under_way: Arc<Semaphore>,
    time_limit: Duration,
}

impl Edge {
    /// The handlers of `router` must read their requests as a [`super::Call`] for its routes to be told apart in metrics.
    pub fn new(router: Router, config: &Config) -> Self {
        let requests = usize::try_from(config.limits.in_flight).expect("32 bits fit a machine word");
        Self {
            router,
            under_way: Arc::new(Semaphore::new(requests)),
            time_limit: Duration::from_secs(config.server.request_timeout_seconds.into()),
        }
    }

    /// Answers one request, whatever happens.
    pub async fn answer(&self, mut request: Request) -> Response {
        let begun = Instant::now();
        let id = request_id(request.headers());
        let method = request.method().clone();
        let uri = request.uri().clone();
        let route = Route::default();
        request.extensions_mut().insert(route.clone());
        let mut response = self.admit(request).await;
        response.headers_mut().insert(REQUEST_ID, id.clone());
        let seen = Seen {
            method: &method,
            route: route.name(),
            path: uri.path(),
            id: id.to_str().expect("request ids are visible ASCII"),
            status: response.status(),
            took: begun.elapsed(),
            fault: response.extensions().get::<FaultDetails>().map(|details| details.0.as_str()),
        };
        observe::request(&seen);
        response
    }

    /// Refuses a request that comes on top of too many others, before anything else is looked at.
    async fn admit(&self, request: Request) -> Response {
        let _permit = match self.under_way.try_acquire() {
            Ok(permit) => Some(permit),
            Err(_) if EXEMPT_PATHS.contains(&request.uri().path()) => None,
            Err(_) => return Failure::overloaded().into_response(),
        };
        let routed = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind();
        match tokio::time::timeout(self.time_limit, routed).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(panic)) => Failure::internal(panic_text(&*panic)).into_response(),
            Err(_) => {
                let mut response = Failure::request_timeout(self.time_limit.as_secs()).into_response();
                // The rest of the body may still be on its way, so nothing else can follow on the connection.
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                response
            }
        }
    }
}

/// The answer at a path that does not exist.
pub async fn not_found(request: Request) -> Failure {
    drain(request.into_body()).await;
    Failure::not_found()
}

/// The answer at a path that does not have the method; the router adds `Allow`.
pub async fn method_not_allowed(request: Request) -> Failure {
    drain(request.into_body()).await;
    Failure::method_not_allowed()
}

/// The caller's request id when it is 1 to 128 visible ASCII characters, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| {
        (1..=REQUEST_ID_LENGTH_MAX).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(new_request_id)
}

fn new_request_id() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(Uuid::new_v4().hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
}

/// The bytes of a whole HTTP/1.1 answer, for a request of which not even the head could be read.
pub(super) fn without_request(failure: Failure) -> Vec<u8> {
    let status = failure.status();
    let body = failure.to_json();
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{REQUEST_ID}: {}\r\n\
         connection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
        Uuid::new_v4(),
    );
    [head.into_bytes(), body].concat()
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use futures_util::stream;

    use super::{Edge, method_not_allowed, not_found};
    use crate::config::Config;

    fn edge(config: &Config) -> Edge {
        let router = Router::new()
            .route("/fine", get(|| async { "fine" }))
            .route("/healthz", get(|| async { "alive" }))
            .route("/slow", get(|| async { std::future::pending::<String>().await }))
            .route("/panic", get(|| async { if true { panic!("a bug") } else { "never" } }))
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed);
        Edge::new(router, config)
    }

    fn limited(in_flight: u32) -> Config {
        let mut config = Config::default();
        config.limits.in_flight = in_flight;
        config
    }

    async fn get_path(edge: &Edge, path: &str) -> (u16, Option<String>) {
        let response = edge.answer(Request::get(path).body(Body::empty()).expect("a request")).await;
        let retry = response.headers().get("retry-after").map(|value| value.to_str().expect("digits").to_owned());
        assert!(response.headers().contains_key("x-request-id"));
        (response.status().as_u16(), retry)
    }

    #[tokio::test]
    async fn more_requests_than_the_limit_are_refused_at_once_but_health_is_told() {
        let edge = edge(&limited(2));
        let slow = || {
            let edge = edge.clone();
            tokio::spawn(async move { get_path(&edge, "/slow").await })
        };
        let tasks = [slow(), slow()];
        tokio::task::yield_now().await;
        assert_eq!(get_path(&edge, "/fine").await, (503, Some("1".into())));
        assert_eq!(get_path(&edge, "/nowhere").await.0, 503, "before anything else is looked at");
        assert_eq!(get_path(&edge, "/healthz").await.0, 200);
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        for task in tasks {
            assert!(task.await.is_err());
        }
        assert_eq!(get_path(&edge, "/fine").await.0, 200, "a request that is gone makes room");
    }

    #[tokio::test]
    async fn as_many_requests_as_the_limit_are_never_refused() {
        let edge = edge(&limited(1));
        for _ in 0..100 {
            assert_eq!(get_path(&edge, "/fine").await.0, 200);
        }
    }

    #[tokio::test]
    async fn an_open_stream_holds_no_permit() {
        let endless = || async { Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()) };
        let router = Router::new().route("/stream", get(endless)).route("/fine", get(|| async { "fine" }));
        let edge = Edge::new(router, &limited(1));
        let streaming = edge.answer(Request::get("/stream").body(Body::empty()).expect("a request")).await;
        assert_eq!(get_path(&edge, "/fine").await.0, 200);
        drop(streaming);
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_told_so() {
        let mut edge = edge(&Config::default());
        assert_eq!(edge.time_limit, Duration::from_secs(10));
        edge.time_limit = Duration::from_millis(20);
        assert_eq!(get_path(&edge, "/slow").await.0, 408);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_the_next_request_is_fine() {
        let edge = edge(&limited(1));
        assert_eq!(get_path(&edge, "/panic").await.0, 500);
        assert_eq!(get_path(&edge, "/fine").await.0, 200);
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_told_in_the_envelope() {
        let edge = edge(&Config::default());
        assert_eq!(get_path(&edge, "/nowhere").await.0, 404);
        let response = edge.answer(Request::put("/fine").body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status().as_u16(), 405);
        assert_eq!(response.headers()["allow"], "GET,HEAD");
        assert_eq!(response.headers()["content-type"], "application/json");
    }

    #[tokio::test]
    async fn a_sane_request_id_is_given_back_and_any_other_replaced() {
        let edge = edge(&Config::default());
        let longest = "i".repeat(128);
        for (given, kept) in
            [("abc-1~!", true), (&*longest, true), ("", false), ("a b", false), (&"i".repeat(129), false)]
        {
            let request = Request::get("/fine").header("x-request-id", given).body(Body::empty()).expect("a request");
            let response = edge.answer(request).await;
            let id = response.headers()["x-request-id"].to_str().expect("ASCII");
            assert_eq!(id == given, kept, "{given:?} gives {id:?}");
            assert!(!id.is_empty());
        }
    }
}
