//! Owns the HTTP client of the tests: keep-alive connections, one call, its answer and the common promises of every
//! answer (envelope, request id, the fields that go with a reason). Knows no endpoint.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::harness::described::{self, Operation};

/// Requests that may be under way at once, so that a storm stays within the file handles of a test machine.
const UNDER_WAY_MAX: usize = 1_000;
/// The longest body after which a connection is used again, in bytes: what the service takes.
const KEPT_BODY_MAX: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);
const WHYS: [&str; 9] =
    ["paid", "left", "timed_out", "hold_lapsed", "abandoned", "closed", "blocked", "deleted", "token_stale"];

/// A pool of connections to one server; clones share it.
#[derive(Clone)]
pub(crate) struct Client {
    pool: Arc<Pool>,
}

struct Pool {
    /// What the server is called.
    host: String,
    dial: Dial,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    under_way: Semaphore,
}

/// A request in the making; awaiting it sends it and panics when no answer comes.
pub(crate) struct Call {
    client: Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    method: String,
    path: String,
    asked: String,
}

/// A connection.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Connection for S {}

/// Makes a connection, or says why there is none.
type Dial = Box<dyn Fn() -> BoxFuture<'static, Result<Box<dyn Connection>, String>> + Send + Sync>;

impl Client {
    /// Of a server at this address.
    pub(crate) fn new(address: SocketAddr) -> Self {
        let dial = move || async move { connect(address).await.map_err(|error| error.to_string()) }.boxed();
        Self::through(address.to_string(), Box::new(dial))
    }

    /// Of a server that is called and reached like this.
    pub(crate) fn through(host: String, dial: Dial) -> Self {
        let pool = Pool { host, dial, idle: Mutex::new(Vec::new()), under_way: Semaphore::new(UNDER_WAY_MAX) };
        Self { pool: Arc::new(pool) }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call {
            client: self.clone(),
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let stream = (self.pool.dial)().await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        // A connection that breaks shows in the call that uses it.
        tokio::spawn(async move { connection.await.ok() });
        Ok(sender)
    }

    /// Sends on an idle connection, and again on a new one when the old one had been closed before it took the request.
    async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<(u16, HeaderMap, Bytes), String> {
        // A server may end the connection on which it refused a body without reading all of it.
        let keeps = request.body().size_hint().exact().is_some_and(|length| length <= KEPT_BODY_MAX);
        let _permit = self.pool.under_way.acquire().await.map_err(|error| error.to_string())?;
        loop {
            let idle = self.pool.idle.lock().unwrap().pop();
            let fresh = idle.is_none();
            let mut sender = match idle {
                Some(sender) => sender,
                None => self.connection().await?,
            };
            if sender.ready().await.is_err() {
                if fresh {
                    return Err("a new connection was closed at once".to_owned());
                }
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
                    if keeps {
                        self.pool.idle.lock().unwrap().push(sender);
                    }
                    return Ok((head.status.as_u16(), head.headers, bytes));
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) if !fresh => request = unsent,
                    _ => return Err(error.into_error().to_string()),
                },
            }
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<Box<dyn Connection>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

impl Call {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn bearer(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.text(body.to_string())
    }

    /// Another path instead.
    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// A body as it stands, sent as JSON unless a header says otherwise afterwards.
    pub(crate) fn text(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", "application/json")
    }

    /// Method, path and body, for a failing test.
    pub(crate) fn story(&self) -> String {
        format!("{} {} {}", self.method, self.path, excerpt(&self.body))
    }

    /// The answer, or why none came: then it is unknown whether the request took effect.
    pub(crate) async fn attempt(self) -> Result<Answer, String> {
        let asked = self.story();
        let (method, path) = (self.method.to_string(), self.path.clone());
        let mut request = Request::builder().method(self.method).uri(&self.path);
        *request.headers_mut().expect("method and path are well formed") = self.headers;
        let host = self.client.pool.host.clone();
        let request = request.header(header::HOST, host).body(Full::new(self.body)).unwrap();
        let sent = tokio::time::timeout(PATIENCE, self.client.send(request)).await;
        let (status, headers, bytes) = sent.map_err(|_| format!("{asked}: no answer within {PATIENCE:?}"))??;
        Ok(Answer { status, headers, bytes, method, path, asked })
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let asked = self.story();
        Box::pin(async move { self.attempt().await.unwrap_or_else(|error| panic!("{asked}: {error}")) })
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The operation of the description that was asked for.
    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        described::operation(&self.method, &self.path)
    }

    /// What was asked and answered, for a failing test.
    pub(crate) fn story(&self) -> String {
        format!("{}\n  answered {} {}", self.asked, self.status, excerpt(&self.bytes))
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error} in {}", self.story()))
    }

    /// The stable reason of a failure; absent on success.
    #[track_caller]
    pub(crate) fn reason(&self) -> Option<String> {
        self.json()["body"]["reason"].as_str().map(str::to_owned)
    }

    /// The body of a success with this status; its envelope is checked.
    #[track_caller]
    pub(crate) fn success(&self, status: u16) -> Value {
        self.assert_head(status);
        let mut envelope = self.json();
        assert_eq!(envelope["result"], "success", "{}", self.story());
        assert_eq!(envelope.as_object().unwrap().len(), 2, "result and body only: {}", self.story());
        envelope["body"].take()
    }

    /// The body of a failure with this status and reason; its envelope, the fields that go with it and that the description
    /// lists it are checked.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, reason: &str) -> Value {
        self.assert_head(status);
        let mut envelope = self.json();
        assert_eq!(envelope["result"], "error", "{}", self.story());
        assert_eq!(envelope.as_object().unwrap().len(), 2, "result and body only: {}", self.story());
        let body = envelope["body"].take();
        assert_eq!(body["reason"], reason, "{}", self.story());
        assert_eq!(body["code"], status, "{}", self.story());
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.story());
        assert!(described::may_refuse(&self.method, &self.path, reason), "not in the description: {}", self.story());
        match reason {
            "INVALID_REQUEST" => assert!(body["field"].is_string(), "no field: {}", self.story()),
            "TOKEN_EXPIRED" => {
                let why = body["why"].as_str().unwrap_or_default();
                assert!(WHYS.contains(&why), "no known why: {}", self.story());
            }
            _ => (),
        }
        if status == 429 || status == 503 || reason == "QUEUE_WAITING" {
            let seconds = self.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
            assert!(seconds.is_some(), "no Retry-After: {}", self.story());
        }
        body
    }

    #[track_caller]
    fn assert_head(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.story());
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "content type {kind:?}: {}", self.story());
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()), "no request id: {}", self.story());
    }
}

fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().take(400).collect()
}
