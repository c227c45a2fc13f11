//! A server without sockets: its node, its router, and the steps that benches start with. It measures nothing.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::header::{ETAG, HOST};
use axum::http::{Method, Request, StatusCode};
use futures_util::future::join_all;
use http_body_util::BodyExt;
use jari::config::Config;
use jari::domain::{ConcertId, PlaceRef, WallOffset};
use jari::http::{self, Keys, Phase, Pipeline};
use jari::identity::{OperatorKey, Signing, SigningKey, TicketCodes, TicketKey, Tokens};
use jari::node::{self, Handle, Node};
use jari::telemetry::metrics::Metrics;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::group_commit::CACHE_BYTES;

const OPERATOR_KEY: &str = "the-operator-of-the-benches";
pub(super) const DATE: &str = "2031-01-01";
/// Seats of the date of the concert `sale`: more than all benches together hold.
const SEATS: u32 = 100_000;
/// Places that wait in the line of the concert `line`, behind one that is ACTIVE.
const WAITING: usize = 1_000;
/// Requests that the preparation has under way at once.
const AT_ONCE: usize = 500;

pub(super) struct Desk {
    runtime: Runtime,
    pipeline: Pipeline,
    router: axum::Router,
    node: Option<Node>,
    /// Numbers for users, concerts and seats, so that none is used twice.
    next_name: Cell<u32>,
    next_seat: Cell<u32>,
    /// Ends when the desk goes, as a server's does.
    _phase: watch::Sender<Phase>,
    _folder: TempDir,
}

/// A user with a place in the queue of a concert.
#[derive(Clone)]
pub(super) struct Guest {
    pub user: String,
    pub token: String,
}

/// A request that can be made again and again.
#[derive(Clone)]
pub(super) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
    pub expected: StatusCode,
}

impl Ask {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None, expected: StatusCode::OK }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    pub(super) fn json(self, body: Value) -> Self {
        Self { body: Some(body), ..self.header("content-type", "application/json") }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(super) fn operator(self) -> Self {
        self.bearer(OPERATOR_KEY)
    }

    pub(super) fn expecting(self, expected: StatusCode) -> Self {
        Self { expected, ..self }
    }

    pub(super) fn request(&self) -> Request<Body> {
        let mut request = Request::builder().method(&self.method).uri(&self.path).header(HOST, "localhost");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = self.body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_string()));
        request.body(body).expect("its parts are sane")
    }
}

impl Desk {
    /// A server on a fresh folder, with concerts of several kinds.
    pub(super) fn new() -> Self {
        let desk = Self::over(tempfile::tempdir().expect("a folder for temporary files"));
        desk.open_sales();
        desk
    }

    /// A server on what a folder holds.
    pub(super) fn over(folder: TempDir) -> Self {
        // They can be started once in a process.
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        let metrics = METRICS.get_or_init(|| Metrics::start().expect("nobody else in this process starts them"));
        let mut config = Config::default();
        config.queue.max_active = None;
        config.queue.abandon_seconds = None;
        config.queue.claim_seconds = None;
        config.queue.active_seconds = 86_400;
        config.hold.seconds = 86_400;
        let node = node::start(node::Options {
            cluster: None,
            data_dir: folder.path().join("data"),
            cache_bytes: CACHE_BYTES,
            settings: Some(config.to_settings()),
            commands_waiting_max: config.limits.in_flight as usize,
        });
        let node = node.expect("the folder is ours");
        let runtime = Builder::new_current_thread().enable_all().build().expect("the system has a thread for it");
        let operator_key = OperatorKey::parse(OPERATOR_KEY).expect("it is long enough");
        let keys = Keys::new(tokens(), TicketCodes::new(&TicketKey::from_bytes([7; 32])), operator_key);
        // Without it the histograms of metrics would grow for as long as the benches run.
        runtime.spawn(http::keep_up(metrics.clone(), keys.clone()));
        let (phase, shutdown) = watch::channel(Phase::Serving);
        let config = Arc::new(config);
        let router =
            http::router(http::assemble(node.handle(), Arc::clone(&config), keys.clone(), metrics.clone(), shutdown));
        Self {
            runtime,
            pipeline: Pipeline::new(router.clone(), &config, http::purposes(), keys),
            router,
            node: Some(node),
            next_name: Cell::new(0),
            next_seat: Cell::new(0),
            _phase: phase,
            _folder: folder,
        }
    }

    fn node(&self) -> Handle {
        self.node.as_ref().expect("it runs until the desk goes").handle()
    }

    /// The token of a place.
    pub(super) fn token(&self, place_ref: PlaceRef, concert: &ConcertId) -> String {
        let when = Signing { now: self.node().now(), opens_at: None, offset: WallOffset::default() };
        tokens().sign(place_ref, concert, when)
    }

    fn open_sales(&self) {
        let line = json!({"maxActive": 1});
        for (id, seats, queue) in [("sale", SEATS, json!({})), ("hall", 50, json!({})), ("arena", 20_000, json!({}))]
            .into_iter()
            .chain([("line", 50, line)])
        {
            self.must(&Self::creating_concert(id, seats, &queue));
        }
        let users: Vec<Ask> = (0..=WAITING).map(|_| self.creating_user()).collect();
        for users in users.chunks(AT_ONCE) {
            let answers = self.answer_all(users);
            let joins: Vec<Ask> = answers.iter().map(|answer| joining(&text_of(answer, "userId"), "line")).collect();
            self.answer_all(&joins);
        }
    }

    pub(super) fn creating_concert(id: &str, seats: u32, queue: &Value) -> Ask {
        let body = json!({
            "concertId": id, "title": id, "status": "on_sale",
            "dates": [{"date": DATE, "seats": seats, "price": 100}], "queue": queue,
        });
        Ask::post("/api/v1/admin/concerts", body).operator().expecting(StatusCode::CREATED)
    }

    pub(super) fn creating_user(&self) -> Ask {
        let body = json!({"username": format!("user-{}", self.name())});
        Ask::post("/api/v1/users", body).expecting(StatusCode::CREATED)
    }

    /// A number that was not given before.
    pub(super) fn name(&self) -> u32 {
        self.next_name.replace(self.next_name.get() + 1)
    }

    /// A seat of `sale` that nobody has.
    pub(super) fn seat(&self) -> u32 {
        let seat = self.next_seat.get() + 1;
        assert!(seat <= SEATS, "the benches hold fewer seats than the date has");
        self.next_seat.replace(seat);
        seat
    }

    pub(super) fn user(&self) -> String {
        text_of(&self.must(&self.creating_user()), "userId")
    }

    pub(super) fn guest(&self, concert: &str) -> Guest {
        let user = self.user();
        let token = text_of(&self.must(&joining(&user, concert)), "token");
        Guest { user, token }
    }

    /// Answers one request, to the end of its body; it must be answered as it expects.
    pub(super) fn must(&self, ask: &Ask) -> Bytes {
        let (status, body) = self.answer(ask.request());
        assert_eq!(status, ask.expected, "{} {}: {body:?}", ask.method, ask.path);
        body
    }

    pub(super) fn answer(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        self.runtime.block_on(self.read_answer(request))
    }

    /// Answers requests that come at the same time.
    pub(super) fn answer_all(&self, asks: &[Ask]) -> Vec<Bytes> {
        let answers = asks.iter().map(|ask| self.read_answer(ask.request()));
        let answers = self.runtime.block_on(join_all(answers));
        let checked = answers.into_iter().zip(asks).map(|((status, body), ask)| {
            assert_eq!(status, ask.expected, "{} {}: {body:?}", ask.method, ask.path);
            body
        });
        checked.collect()
    }

    async fn read_answer(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        let answer = self.pipeline.answer(request).await;
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body in memory can be read");
        (status, body.to_bytes())
    }

    /// The tag of what is answered.
    pub(super) fn tag_of(&self, ask: &Ask) -> String {
        let answer = self.runtime.block_on(self.pipeline.answer(ask.request()));
        let tag = answer.headers().get(ETAG).expect("a seat map has a tag");
        tag.to_str().expect("a tag is visible ASCII").to_owned()
    }

    /// The head of an answer alone: a stream's body does not end.
    pub(super) fn answer_head(&self, request: Request<Body>) -> StatusCode {
        self.runtime.block_on(self.pipeline.answer(request)).status()
    }

    /// What the router alone answers, without the pipeline around it.
    pub(super) fn route(&self, request: Request<Body>) -> StatusCode {
        let Ok(answer) = self.runtime.block_on(self.router.clone().oneshot(request));
        answer.status()
    }
}

fn tokens() -> Tokens {
    Tokens::new(&SigningKey::from_bytes([7; 32]))
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop().expect("the disk takes it");
        }
    }
}

pub(super) fn joining(user: &str, concert: &str) -> Ask {
    Ask::post("/api/v1/token", json!({"userId": user, "concertId": concert})).expecting(StatusCode::CREATED)
}

pub(super) fn charging(user: &str) -> Ask {
    Ask::post(format!("/api/v1/users/{user}/balance/charge"), json!({"amount": 1_000}))
}

pub(super) fn reserving(guest: &Guest, seat: u32) -> Ask {
    let body = json!({"userId": guest.user, "date": DATE, "seat": seat});
    Ask::post("/api/v1/seats/reserve", body).bearer(&guest.token)
}

pub(super) fn paying(guest: &Guest, seat: u32) -> Ask {
    let body = json!({"userId": guest.user, "date": DATE, "seat": seat});
    Ask::post("/api/v1/seats/payment", body).bearer(&guest.token)
}

/// A text among the fields of a successful answer.
pub(super) fn text_of(answer: &Bytes, field: &str) -> String {
    let answer: Value = serde_json::from_slice(answer).expect("an answer is JSON");
    answer["body"][field].as_str().expect("the field is there").to_owned()
}
