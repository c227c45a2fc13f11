//! A simulated machine on which an instance runs, is killed, loses its power and is started again; and the way in for its
//! clients.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jari::cluster::link::ClusterKey;
use jari::cluster::{Options, Ways};
use jari::config::Config;
use jari::domain::NodeId;
use jari::http::{self, ForwardedRequests, Forwarding, Keys, Phase, Pipeline};
use jari::identity::{OperatorKey, SigningKey, TicketCodes, TicketKey, Tokens};
use jari::node::{Audit, Handle, MachineClocks, Simulated, SimulatedNode, start_simulated};
use jari::replica::{Recovered, open_with};
use jari::simulation::Machine as Hardware;
use jari::storage::{AnyDisk, Checkpointer};
use jari::telemetry::metrics::Metrics;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::duplex;
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::audit::{Violations, audit};
use crate::clocks::Clocks;
use crate::harness::client::{Client, Connection};
use crate::harness::cluster::OPERATOR_KEY;
use crate::network::{Exit, Network, address};

pub(crate) const SLOTS: u16 = 6;
const SEGMENT_BYTES: u64 = 4_000;
const CLUSTER_KEY: &str = "the key that all instances of the simulation have";
/// Bytes that are on their way between a client and an instance.
const CONNECTION_BYTES: usize = 64 * 1024;

/// There is one recorder of metrics in a process.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics::start().expect("nobody else has started it"));

/// A machine, which outlives the processes on it.
pub(crate) struct Machine {
    pub node: NodeId,
    pub hardware: Hardware,
    pub clocks: Arc<Clocks>,
    folder: TempDir,
    members: Vec<NodeId>,
    network: Arc<Network>,
    audit: Audit,
    listener: Listener,
    process: Option<Process>,
}

/// What all machines of a simulation share.
pub(crate) struct Shared {
    pub network: Arc<Network>,
    pub violations: Violations,
}

/// A process, from its start on.
struct Process {
    start: JoinHandle<()>,
    /// The instance, once it has its place.
    node: Arc<Mutex<Option<SimulatedNode>>>,
}

/// Where clients come in; clones share it.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Option<Open>>>);

struct Open {
    pipeline: Pipeline,
    connections: JoinSet<()>,
    phase: watch::Sender<Phase>,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// What it wrote stays.
    Killed,
    /// What it wrote and did not sync is there in part.
    PowerCut,
}

impl Machine {
    pub(crate) fn new(node: NodeId, members: &[NodeId], seed: u64, clocks: Clocks, shared: &Shared) -> Self {
        let Shared { network, violations } = shared;
        Self {
            node,
            hardware: Hardware::new(seed),
            clocks: Arc::new(clocks),
            folder: tempfile::tempdir().expect("a folder"),
            members: members.to_vec(),
            network: Arc::clone(network),
            audit: audit(node, violations),
            listener: Listener::default(),
            process: None,
        }
    }

    /// Whether a process is there, be it still starting.
    pub(crate) fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// Starts a process.
    ///
    /// # Panics
    /// One is there.
    pub(crate) fn start(&mut self) {
        assert!(self.process.is_none(), "one process runs at a time");
        let node: Arc<Mutex<Option<SimulatedNode>>> = Arc::default();
        let starting = start_simulated(self.simulated());
        let (running, listener, network, own) =
            (Arc::clone(&node), self.listener.clone(), Arc::clone(&self.network), self.node);
        let start = tokio::spawn(async move {
            match starting.await {
                Ok(node) => {
                    listener.open(node.handle());
                    *running.lock() = Some(node);
                }
                // A disk that fails ends a start.
                Err(error) => {
                    network.end(own);
                    tracing::debug!("a start failed: {error}");
                }
            }
        });
        self.process = Some(Process { start, node });
    }

    fn simulated(&self) -> Simulated {
        let disk = AnyDisk::new(self.hardware.disk());
        let opened = open_with(self.hardware.database(), disk, 0x5a17, SEGMENT_BYTES, Checkpointer::Caller);
        let recovered: Recovered = opened.expect("what it left is sound");
        let key = ClusterKey::read(CLUSTER_KEY).expect("long enough");
        let exit = Exit { from: self.node, network: Arc::clone(&self.network) };
        let ways = Ways { network: Arc::new(exit), listener: Box::new(self.network.listen(self.node)) };
        let data_dir = self.folder.path().to_owned();
        let peers: BTreeMap<NodeId, String> = self.members.iter().map(|node| (*node, address(*node))).collect();
        let seal_keys = Box::new(|| Ok(b"sealed".to_vec()));
        let options = Options { node: self.node, peers, slots: SLOTS, key, data_dir: data_dir.clone(), seal_keys };
        let settings = config().to_settings();
        let clocks: Arc<dyn MachineClocks> = Arc::<Clocks>::clone(&self.clocks);
        Simulated {
            recovered,
            data_dir,
            options,
            ways,
            clocks,
            settings,
            commands_waiting_max: 1_000,
            audit: Arc::clone(&self.audit),
        }
    }

    /// Ends the process, in whatever it is.
    pub(crate) async fn end(&mut self, how: End) {
        match how {
            End::Killed => self.hardware.kill(),
            End::PowerCut => self.hardware.restart(),
        }
        let Some(Process { start, node }) = self.process.take() else { return };
        start.abort();
        self.listener.close();
        self.network.end(self.node);
        let node = node.lock().take();
        if let Some(node) = node {
            node.kill().await;
        }
    }

    /// Ends the process in order, as far as it has begun.
    pub(crate) async fn stop(&mut self) {
        let node = self.process.as_ref().and_then(|process| process.node.lock().take());
        if let Some(node) = node {
            self.listener.tell_the_end();
            // What the disk says it says to the next start, too.
            let _stopped = node.stop().await;
        }
        self.end(End::Killed).await;
    }

    /// Looks at the instance, where one has its place.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&SimulatedNode) -> T) -> Option<T> {
        self.process.as_ref()?.node.lock().as_ref().map(look)
    }

    /// A client of whatever process runs here.
    pub(crate) fn client(&self) -> Client {
        let listener = self.listener.clone();
        let dial = move || {
            let connected = listener.connect();
            async move { connected }.boxed()
        };
        Client::through("localhost".to_owned(), Box::new(dial))
    }
}

/// The configuration of all instances: nothing ends by the clock.
fn config() -> Config {
    let mut config = Config::default();
    config.hold.seconds = 86_400;
    config.queue.active_seconds = 86_400;
    config.sale.seat_limit = 1_000;
    config
}

impl Listener {
    fn open(&self, node: Handle) {
        let (phase, shutdown) = watch::channel(Phase::Serving);
        let operator = OperatorKey::parse(OPERATOR_KEY).expect("long enough");
        let (signing, tickets) = (SigningKey::from_bytes([1; 32]), TicketKey::from_bytes([2; 32]));
        let keys = Keys::new(Tokens::new(&signing), TicketCodes::new(&tickets), operator).with_operators(node.clone());
        let config = Arc::new(config());
        let app = http::assemble(node.clone(), Arc::clone(&config), keys.clone(), METRICS.clone(), shutdown.clone());
        let pipeline = Pipeline::new(http::router(app), &config, http::purposes(), keys);
        let pipeline = pipeline.forwarding(Forwarding::new(node.clone(), shutdown));
        let requests = ForwardedRequests::new(pipeline.clone(), runtime::Handle::current());
        node.answer_forwarded(Box::new(move |from, request| {
            let requests = requests.clone();
            async move { requests.answer(from, request).await }.boxed()
        }));
        *self.0.lock() = Some(Open { pipeline, connections: JoinSet::new(), phase });
    }

    fn close(&self) {
        *self.0.lock() = None;
    }

    fn tell_the_end(&self) {
        if let Some(open) = &*self.0.lock() {
            open.phase.send_replace(Phase::Stopping);
        }
    }

    fn connect(&self) -> Result<Box<dyn Connection>, String> {
        let mut open = self.0.lock();
        let Some(Open { pipeline, connections, .. }) = &mut *open else { return Err("Connection refused".to_owned()) };
        let (near, far) = duplex(CONNECTION_BYTES);
        let pipeline = pipeline.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let pipeline = pipeline.clone();
            async move { Ok::<_, Infallible>(pipeline.answer(request.map(Body::new)).await) }
        });
        connections.spawn(async move {
            // The client sees that it broke.
            drop(http1::Builder::new().serve_connection(TokioIo::new(far), service).await);
        });
        Ok(Box::new(near))
    }
}
