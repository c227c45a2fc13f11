//! Instances in one process, each with its pipeline and its end of the link, over the loopback interface. Which of them
//! leads the tests say.

mod answers;
mod concerts;
mod leading;
mod looks;
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
use super::leadership::NotFresh;
use super::{Forwarding, Leadership};
use crate::cluster::link::{
    Answer, ClusterKey, DialLimits, Dialer, Hello, Identity, LinkBody, LinkError, PROTOCOL_VERSION, Peer, PeerName,
    Server, ServerLimits, Tcp, Traffic, Versions,
};
use crate::config::{Config, Origin};
use crate::domain::{ConcertId, NodeId, PaymentId, TicketId};
use crate::http::reach::{Reach, Reaches, Source};
use crate::http::{ForwardedRequests, Keys, Phase, Pipeline, Purposes};
use crate::identity::{OperatorKey, SigningKey, TicketCodes, TicketKey, Tokens};
use crate::node::{HeldRefusal, Lead, Led};

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

/// What an instance of the tests knows.
#[derive(Clone)]
struct Known {
    /// Who leads whatever is not named below.
    lead: Lead,
    concerts: BTreeMap<&'static str, Lead>,
    /// The concert of every payment, and the only open one.
    sold: Option<&'static str>,
    /// What `sold` is once the copy is fresh; nothing when it cannot be.
    fresh: Option<Option<&'static str>>,
}

impl Known {
    fn lead(&self, led: Led<'_>) -> Lead {
        match led {
            Led::Log => self.lead,
            Led::Concert(id) => self.concerts.get(id.as_str()).copied().unwrap_or(self.lead),
        }
    }
}

/// What stands in for the running instance.
struct Stand {
    known: watch::Sender<Known>,
    /// How often it was made sure that the copy is fresh.
    refreshed: Arc<AtomicUsize>,
    /// Refusals that were counted after they were held.
    held: Arc<AtomicUsize>,
    peers: BTreeMap<NodeId, Peer>,
}

impl Stand {
    fn sold(&self) -> Option<ConcertId> {
        self.known.borrow().sold.map(|id| ConcertId::parse(id).expect("a fine id"))
    }
}

impl Leadership for Stand {
    fn lead(&self, led: Led<'_>) -> Lead {
        self.known.borrow().lead(led)
    }

    fn lead_within<'a>(&'a self, led: Led<'a>, limit: Duration) -> BoxFuture<'a, Lead> {
        let mut known = self.known.subscribe();
        let lead = async move {
            let known = known.wait_for(|known| known.lead(led) != Lead::Nowhere).await;
            known.expect("the test has the other end").lead(led)
        };
        tokio::time::timeout(limit, lead).map(|lead| lead.unwrap_or(Lead::Nowhere)).boxed()
    }

    fn fresh(&self) -> BoxFuture<'_, Result<(), NotFresh>> {
        self.refreshed.fetch_add(1, Ordering::Relaxed);
        let fresh = self.known.borrow().fresh;
        if let Some(sold) = fresh {
            self.known.send_modify(|known| known.sold = sold);
        }
        std::future::ready(fresh.map(|_| ()).ok_or(NotFresh)).boxed()
    }

    fn only_open_concert(&self) -> Option<ConcertId> {
        self.sold()
    }

    fn concert_of_payment(&self, _: PaymentId) -> Option<ConcertId> {
        self.sold()
    }

    /// Tickets whose ids begin with 1 are of spring, those with 2 of autumn.
    fn concert_of_ticket(&self, TicketId(ticket): TicketId) -> Option<ConcertId> {
        let known = match ticket >> 124 {
            1 => "spring",
            2 => "autumn",
            _ => return None,
        };
        ConcertId::parse(known)
    }

    fn count_refusal(&self, _: HeldRefusal) {
        self.held.fetch_add(1, Ordering::Relaxed);
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
    let both = |path, reach| [(Method::GET, path, reach), (Method::POST, path, reach)];
    let others = [
        ("/here", Reach::Here),
        ("/fresh", Reach::Fresh),
        ("/anyone", Reach::Anyone),
        ("/concerts/{concertId}", Reach::Concert(Source::Path)),
        ("/payments/{paymentId}", Reach::Concert(Source::PathPayment)),
        ("/join", Reach::Concert(Source::BodyOrOpen)),
        ("/new", Reach::Concert(Source::BodyOrNew)),
        ("/api/v1/admin/check-ins/batch", Reach::Concert(Source::BodyScans)),
    ];
    let led = led.into_iter().flat_map(|path| both(path, Reach::Log));
    Reaches::new(led.chain(others.into_iter().flat_map(|(path, reach)| both(path, reach))))
}

fn pipeline(stage: &Stage, config: &Config, stand: Stand, shutdown: &watch::Receiver<Phase>) -> Pipeline {
    let forwarding = Forwarding::of(reaches(), stand, shutdown.clone());
    Pipeline::new(stage.router(shutdown.clone()), config, Purposes::default(), keys()).forwarding(forwarding)
}

fn keys() -> Keys {
    Keys::new(
        Tokens::new(&SigningKey::from_bytes([7; 32])),
        TicketCodes::new(&TicketKey::from_bytes([7; 32])),
        OperatorKey::parse("the-operator-of-the-tests").expect("it is long enough"),
    )
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
    known: watch::Sender<Known>,
    refreshed: Arc<AtomicUsize>,
    held: Arc<AtomicUsize>,
    phase: watch::Sender<Phase>,
    /// Requests that came over the link.
    came: Arc<AtomicUsize>,
    link: JoinHandle<()>,
}

impl Instance {
    /// Who leads, as it knows, but for concerts that are led by others.
    fn leads(&self, lead: Lead) {
        self.known.send_modify(|known| known.lead = lead);
    }

    fn leads_concert(&self, id: &'static str, lead: Lead) {
        self.known.send_modify(|known| {
            known.concerts.insert(id, lead);
        });
    }

    /// What is known of what was sold, and what is known of it once that is fresh.
    fn knows(&self, sold: Option<&'static str>, fresh: Option<Option<&'static str>>) {
        self.known.send_modify(|known| (known.sold, known.fresh) = (sold, fresh));
    }

    fn refreshed(&self) -> usize {
        self.refreshed.load(Ordering::Relaxed)
    }

    fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::Relaxed)
    }

    async fn ask(&self, request: axum::http::request::Builder) -> ReadAnswer {
        self.ask_with(request, "").await
    }

    async fn ask_with(&self, request: axum::http::request::Builder, body: impl Into<Body>) -> ReadAnswer {
        let body = body.into();
        let request = request.header("host", "localhost").body(body).expect("a request");
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
    let versions = Versions { protocol: PROTOCOL_VERSION, log: 7, data: 7 };
    let identity = watch::channel(Identity { node, cluster: Some(10), disk: node.0.into(), versions }).1;
    let limits = DialLimits { connect: LONG, pause: Duration::ZERO };
    let dialer = Dialer { tls: key.client_config(), identity: identity.clone(), limits, network: Arc::new(Tcp) };
    let peer = Peer::new(dialer, PeerName { node: other, address: address.into() }, Traffic::Forward);
    let known = Known { lead: Lead::Nowhere, concerts: BTreeMap::new(), sold: None, fresh: Some(None) };
    let known = watch::Sender::new(known);
    let (refreshed, held) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let stand = Stand {
        known: known.clone(),
        refreshed: Arc::clone(&refreshed),
        held: Arc::clone(&held),
        peers: BTreeMap::from([(other, peer)]),
    };
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let stage = Stage::new(node);
    let pipeline = pipeline(&stage, config, stand, &shutdown);
    let requests = ForwardedRequests::new(pipeline.clone(), HTTP.handle().clone());
    let came = Arc::default();
    let answers = Answers { requests, count: Arc::clone(&came) };
    let server = Server::new(key.server_config(), identity, answers, ServerLimits::default());
    let link = tokio::spawn(server.serve(listener, std::future::pending()));
    Instance { pipeline, stage, known, refreshed, held, phase, came, link }
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
