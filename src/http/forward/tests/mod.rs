//! Instances in one process, each with its pipeline and its end of the link, over the loopback interface. Which of them
//! leads the tests say.

mod answers;
mod leading;
mod lost;
mod read_answer;
mod stage;
mod streams;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::read_answer::ReadAnswer;
use self::stage::Stage;
use super::{Forwarding, Leadership};
use crate::cluster::link::{
    Answer, ClusterKey, DialLimits, Dialer, Hello, Identity, LinkBody, LinkError, PROTOCOL_VERSION, Peer, PeerName,
    Server, ServerLimits, Traffic, Versions,
};
use crate::config::{Config, Origin};
use crate::domain::NodeId;
use crate::http::reach::{Reach, Reaches};
use crate::http::{ForwardedRequests, Keys, Phase, Pipeline, Purposes};
use crate::identity::{OperatorKey, SigningKey, TicketCodes, TicketKey, Tokens};
use crate::node::Lead;

/// So long that a test that waits for it has failed.
const LONG: Duration = Duration::from_secs(20);
/// The instance that is asked, and another one.
const ENTRY: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(2);
/// A page that may read answers.
const PAGE: &str = "https://tickets.example";

/// What answers requests of other instances. The link, as the tests, runs elsewhere.
static HTTP: LazyLock<Runtime> = LazyLock::new(|| {
    let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    threads.expect("there is a thread more")
});

/// What stands in for the running instance.
struct Stand {
    lead: watch::Receiver<Lead>,
    peers: BTreeMap<NodeId, Peer>,
}

impl Leadership for Stand {
    fn lead(&self) -> Lead {
        *self.lead.borrow()
    }

    fn lead_within(&self, limit: Duration) -> BoxFuture<'_, Lead> {
        let mut lead = self.lead.clone();
        let known =
            async move { *lead.wait_for(|lead| *lead != Lead::Nowhere).await.expect("the test has the other end") };
        tokio::time::timeout(limit, known).map(|known| known.unwrap_or(Lead::Nowhere)).boxed()
    }

    fn forward(
        &self,
        to: NodeId,
        request: hyper::Request<LinkBody>,
    ) -> BoxFuture<'_, Result<hyper::Response<Incoming>, LinkError>> {
        self.peers[&to].ask(request).boxed()
    }
}

fn reaches() -> Reaches {
    let led = ["/api/v1/echo", "/api/v1/held", "/api/v1/lost", "/api/v1/events", "/api/v1/large"];
    let led =
        led.into_iter().flat_map(|path| [(Method::GET, path, Reach::Leader), (Method::POST, path, Reach::Leader)]);
    Reaches::new(led.chain([(Method::GET, "/here", Reach::Here)]))
}

fn pipeline(stage: &Stage, config: &Config, stand: Stand, shutdown: &watch::Receiver<Phase>) -> Pipeline {
    let keys = Keys::new(
        Tokens::new(&SigningKey::from_bytes([7; 32])),
        TicketCodes::new(&TicketKey::from_bytes([7; 32])),
        OperatorKey::parse("the-operator-of-the-tests").expect("it is long enough"),
    );
    let forwarding = Forwarding::of(reaches(), stand, shutdown.clone());
    Pipeline::new(stage.router(shutdown.clone()), config, Purposes::default(), keys).forwarding(forwarding)
}

fn config() -> Config {
    let mut config = Config::default();
    config.server.allowed_origins = vec![Origin::parse(PAGE).expect("an origin")];
    config
}

/// What other instances ask of one, counted.
struct Answers {
    requests: ForwardedRequests,
    count: Arc<AtomicUsize>,
}

impl Answer for Answers {
    async fn answer(&self, from: &Hello, request: hyper::Request<Incoming>) -> hyper::Response<LinkBody> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.requests.answer(from.identity.node, request).await
    }
}

/// An instance.
struct Instance {
    pipeline: Pipeline,
    stage: Stage,
    lead: watch::Sender<Lead>,
    phase: watch::Sender<Phase>,
    /// Requests that came over the link.
    came: Arc<AtomicUsize>,
    link: JoinHandle<()>,
}

impl Instance {
    fn leads(&self, lead: Lead) {
        self.lead.send_replace(lead);
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::Relaxed)
    }

    async fn ask(&self, request: axum::http::request::Builder) -> ReadAnswer {
        self.ask_with(request, "").await
    }

    async fn ask_with(&self, request: axum::http::request::Builder, body: &'static str) -> ReadAnswer {
        let request = request.header("host", "localhost").body(Body::from(body)).expect("a request");
        let (head, body) = self.pipeline.answer(request).await.into_parts();
        let body = body.collect().await.expect("it comes to its end").to_bytes();
        ReadAnswer { head, body }
    }

    /// Ends its side of the link, with all that is under way.
    async fn cut(&mut self) {
        self.link.abort();
        assert!((&mut self.link).await.expect_err("it was aborted").is_cancelled());
    }
}

/// Two instances that can ask each other. The other one leads.
async fn two() -> [Instance; 2] {
    two_with(&config(), &config()).await
}

/// The same with these configurations.
async fn two_with(of_entry: &Config, of_other: &Config) -> [Instance; 2] {
    let listeners = [free_port().await, free_port().await];
    let addresses = listeners.each_ref().map(|listener| listener.local_addr().expect("it is bound").to_string());
    let [first, second] = listeners;
    let [at_first, at_second] = addresses;
    let entry = instance(ENTRY, of_entry, first, (OTHER, at_second));
    let other = instance(OTHER, of_other, second, (ENTRY, at_first));
    entry.leads(Lead::At(OTHER));
    other.leads(Lead::Here);
    [entry, other]
}

async fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn instance(node: NodeId, config: &Config, listener: TcpListener, (other, address): (NodeId, String)) -> Instance {
    let key = ClusterKey::read("the key that all instances of this test have").expect("long enough");
    let versions = Versions { protocol: PROTOCOL_VERSION, log: 6, data: 7 };
    let identity = watch::channel(Identity { node, cluster: Some(10), disk: node.0.into(), versions }).1;
    let limits = DialLimits { connect: LONG, pause: Duration::ZERO };
    let dialer = Dialer { tls: key.client_config(), identity: identity.clone(), limits };
    let peer = Peer::new(dialer, PeerName { node: other, address: address.into() }, Traffic::Forward);
    let (lead, known) = watch::channel(Lead::Nowhere);
    let stand = Stand { lead: known, peers: BTreeMap::from([(other, peer)]) };
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let stage = Stage::new(node);
    let pipeline = pipeline(&stage, config, stand, &shutdown);
    let requests = ForwardedRequests::new(pipeline.clone(), HTTP.handle().clone());
    let came = Arc::default();
    let answers = Answers { requests, count: Arc::clone(&came) };
    let server = Server::new(key.server_config(), identity, answers, ServerLimits::default());
    let link = tokio::spawn(server.serve(listener, std::future::pending()));
    Instance { pipeline, stage, lead, phase, came, link }
}

/// Waits until something is so that is about to become so.
async fn until(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.expect("it becomes so");
}
