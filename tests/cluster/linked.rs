//! Three instances that talk over real sockets: one lacks what the others have let go of, and gets a snapshot; the leader
//! dies, and another one leads; a newcomer is taken in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper::{Request, Response};
use jari::cluster::link::{
    Answer, ClusterKey, DialLimits, Dialer, Hello, Identity, LinkBody, PROTOCOL_VERSION, Server, ServerLimits, Tcp,
    Versions,
};
use jari::cluster::raft::{Member, Network, Proposals, RaftAnswers, Types};
use jari::cluster::tenure::Tenure;
use jari::domain::{NodeId, Stamped, Table, UserId, Wallet, tables};
use jari::log::{Index, Part};
use jari::replica::Replica;
use jari::simulation::{Machine as Hardware, SimulatedDisk};
use jari::storage::codec;
use openraft::{Raft, RaftMetrics};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::copy::{History, start};
use crate::instances::{NODES, form};
use crate::office::Callers;
use crate::relay::Relay;

/// So long that a test that waits for it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(30);

struct Answers(RaftAnswers<SimulatedDisk>);

impl Answer for Answers {
    async fn answer(&self, _: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        self.0.answer(request).await
    }
}

/// What outlives the process of an instance.
pub(crate) struct Instance {
    pub node: NodeId,
    pub address: SocketAddr,
    pub hardware: Hardware,
    pub history: History,
}

pub(crate) struct Process {
    pub raft: Raft<Types>,
    pub proposals: Proposals,
    pub replica: Arc<Replica>,
    server: JoinHandle<()>,
}

fn key() -> ClusterKey {
    ClusterKey::read("the key that all instances of this test have").expect("long enough")
}

impl Instance {
    fn identity(&self) -> watch::Receiver<Identity> {
        let versions = Versions { protocol: PROTOCOL_VERSION, log: 7, data: 7 };
        let identity = Identity { node: self.node, cluster: Some(1), disk: self.node.0.into(), versions };
        watch::channel(identity).1
    }

    /// How it reaches the others.
    pub(crate) fn dialer(&self) -> Dialer {
        Dialer {
            tls: key().client_config(),
            identity: self.identity(),
            limits: DialLimits::default(),
            network: Arc::new(Tcp),
        }
    }

    async fn start(&self, listener: TcpListener) -> Process {
        let identity = self.identity();
        let tenure = Arc::new(Tenure::new(self.node));
        let network = Network::new(self.dialer(), Arc::clone(&tenure));
        let (raft, replica) = start(self.node, &self.hardware, &self.history, network, tenure).await;
        let answers = Answers(RaftAnswers::new(raft.clone(), replica.store().clone(), self.hardware.disk()));
        let server = Server::new(key().server_config(), identity, answers, ServerLimits::default());
        let server = tokio::spawn(server.serve(listener, std::future::pending()));
        Process { proposals: Proposals::start(raft.clone()), raft, replica, server }
    }

    /// Listens where the others know it.
    pub(crate) async fn restart(&self) -> Process {
        self.start(TcpListener::bind(self.address).await.expect("it is free again")).await
    }

    pub(crate) async fn kill(&self, process: Process) {
        process.server.abort();
        // The port is free when the task is gone.
        let _ = process.server.await;
        process.raft.shutdown().await.expect("it runs");
        self.hardware.kill();
    }
}

/// A part as whoever adds it encodes it.
fn encoded(batch: Vec<Stamped>) -> Bytes {
    let mut bytes = Vec::new();
    codec::encode_payload(&Part { batch, ..Part::default() }, &mut bytes);
    bytes.into()
}

/// Has a batch written through whoever leads.
async fn write(processes: &BTreeMap<NodeId, Process>, callers: &mut Callers, is_first: bool) -> Index {
    let written = async {
        loop {
            for process in processes.values() {
                let batch = if is_first { callers.opening() } else { callers.batch(&process.replica.look()) };
                if let Ok(id) = process.proposals.propose(encoded(batch)).await {
                    return id.index;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, written).await.expect("somebody leads")
}

/// Has many parts written at once; parts that wait share entries.
async fn write_at_once(processes: &BTreeMap<NodeId, Process>, callers: &mut Callers) -> Index {
    const PARTS: usize = 200;
    let written = async {
        loop {
            let process = &processes[&leader(processes).await];
            let parts: Vec<Bytes> = (0..PARTS).map(|_| encoded(callers.batch(&process.replica.look()))).collect();
            let written = join_all(parts.into_iter().map(|part| process.proposals.propose(part))).await;
            // On a busy machine another one may lead meanwhile.
            if let Ok(ids) = written.into_iter().collect::<Result<Vec<_>, _>>() {
                return ids.into_iter().map(|id| id.index).collect::<BTreeSet<_>>();
            }
        }
    };
    let entries = timeout(LONG, written).await.expect("somebody leads");
    assert!(entries.len() < PARTS / 4, "{} entries", entries.len());
    *entries.last().expect("there are some")
}

/// Who leads, as the instances that run know it.
pub(crate) async fn leader(processes: &BTreeMap<NodeId, Process>) -> NodeId {
    let known = async {
        loop {
            for process in processes.values() {
                let leader = process.raft.current_leader().await;
                if let Some(leader) = leader.filter(|leader| processes.contains_key(leader)) {
                    return leader;
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, known).await.expect("somebody leads")
}

/// Waits until all have applied an entry, and compares them.
pub(crate) async fn level(instances: &[Instance], processes: &BTreeMap<NodeId, Process>, index: Index) {
    let running = || instances.iter().filter(|it| processes.contains_key(&it.node));
    let reached = async {
        while running().any(|it| it.history.newest() < index) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, reached).await.expect("they come level");
    let digests: Vec<_> = running().map(|it| it.history.all()[&index].digest).collect();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "entry {index:?}: {digests:?}");
}

/// Three that have written something and are level, with whoever asks them. What the others send to the last of them goes
/// through a relay.
pub(crate) struct Linked {
    pub instances: Vec<Instance>,
    pub processes: BTreeMap<NodeId, Process>,
    pub callers: Callers,
    pub relay: Relay,
}

impl Linked {
    pub(crate) async fn started() -> Self {
        let mut listeners = Vec::new();
        for _ in NODES {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
        }
        let addresses: Vec<SocketAddr> = listeners.iter().map(|it| it.local_addr().expect("it is bound")).collect();
        let relay = Relay::start(addresses[2]).await;
        let known = NODES.into_iter().zip([addresses[0], addresses[1], relay.address].map(|it| it.to_string()));
        let known: BTreeMap<NodeId, String> = known.collect();
        let (mut instances, mut processes) = (Vec::new(), BTreeMap::new());
        for (node, (listener, address)) in NODES.into_iter().zip(listeners.into_iter().zip(addresses)) {
            let hardware = Hardware::new(node.0);
            form(&hardware, known.clone());
            let instance = Instance { node, address, hardware, history: History::default() };
            processes.insert(node, instance.start(listener).await);
            instances.push(instance);
        }
        let mut linked = Self { instances, processes, callers: Callers::new(1), relay };
        write(&linked.processes, &mut linked.callers, true).await;
        let newest = write_at_once(&linked.processes, &mut linked.callers).await;
        level(&linked.instances, &linked.processes, newest).await;
        linked
    }

    /// The last one goes, and the others write on.
    pub(crate) async fn leave_third_behind(&mut self) {
        let third = self.processes.remove(&NODES[2]).expect("it runs");
        self.instances[2].kill(third).await;
        for _ in 0..100 {
            write(&self.processes, &mut self.callers, false).await;
        }
    }

    /// Gives all that run rows that no entry brought, of some megabytes.
    pub(crate) fn grow(&self) {
        for process in self.processes.values() {
            for user in 1 << 100..(1 << 100) + 300_000 {
                let wallet = Wallet { balance: 1, ..Wallet::default() };
                process.replica.store().put_all(vec![tables::Wallets::change(UserId(user), Some(wallet))]);
            }
            process.replica.store().applied(process.replica.store().position());
        }
    }

    /// All that run let go of the log; gives the newest entry.
    pub(crate) async fn let_go(&mut self) -> Index {
        for process in self.processes.values() {
            process.replica.store().checkpoint().expect("written");
            process.raft.trigger().snapshot().await.expect("it runs");
            let durable = process.replica.store().durable();
            let reaches =
                |metrics: &RaftMetrics<NodeId, Member>| metrics.snapshot.is_some_and(|it| it.index >= durable.0);
            let waiting = process.raft.wait(Some(LONG));
            waiting.metrics(reaches, "its tables are a snapshot").await.expect("in time");
            process.raft.trigger().purge_log(durable.0).await.expect("it runs");
            // What is being sent is let go of later.
            let is_gone =
                |metrics: &RaftMetrics<NodeId, Member>| metrics.purged.is_some_and(|it| it.index >= durable.0);
            process.raft.wait(Some(LONG)).metrics(is_gone, "it lets go").await.expect("in time");
        }
        write(&self.processes, &mut self.callers, false).await
    }

    /// Bytes of each block of a snapshot of whoever leads.
    pub(crate) async fn snapshot_blocks(&self) -> Vec<u64> {
        let leader = leader(&self.processes).await;
        let mut export = self.processes[&leader].replica.store().export().expect("read");
        let blocks = std::iter::from_fn(|| export.next_block().expect("read"));
        blocks.map(|block| block.len() as u64).collect()
    }

    /// Has something written.
    pub(crate) async fn write(&mut self) -> Index {
        write(&self.processes, &mut self.callers, false).await
    }

    /// The last one comes back.
    pub(crate) async fn restart_third(&mut self) {
        self.processes.insert(NODES[2], self.instances[2].restart().await);
    }

    pub(crate) async fn end(self) {
        let Self { instances, mut processes, .. } = self;
        for instance in &instances {
            if let Some(process) = processes.remove(&instance.node) {
                instance.kill(process).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_over_sockets_replace_a_leader_and_bring_one_that_lagged_level() {
    let mut linked = Linked::started().await;
    linked.leave_third_behind().await;
    let newest = linked.let_go().await;
    linked.restart_third().await;
    let Linked { mut instances, mut processes, mut callers, relay: _relay } = linked;
    level(&instances, &processes, newest).await;
    let installed = instances[2].history.installed.load(Ordering::Relaxed);
    assert!(installed > 0, "what it lacked came as a snapshot");

    // A newcomer with an empty disk begins with a snapshot.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let newcomer = Instance { node: NodeId(4), address, hardware: Hardware::new(4), history: History::default() };
    processes.insert(newcomer.node, newcomer.start(listener).await);
    let member = Member { address: address.to_string() };
    let adding = processes[&leader(&processes).await].raft.add_learner(newcomer.node, member, true).await;
    adding.expect("it is taken in");
    instances.push(newcomer);
    let newest = write(&processes, &mut callers, false).await;
    level(&instances, &processes, newest).await;
    let installed = instances[3].history.installed.load(Ordering::Relaxed);
    assert!(installed > 0, "it has nothing that a log could go on from");

    // The leader dies.
    let leader = leader(&processes).await;
    let at = NODES.iter().position(|node| *node == leader).expect("one of them");
    let process = processes.remove(&leader).expect("it runs");
    instances[at].kill(process).await;
    let newest = write(&processes, &mut callers, false).await;
    level(&instances, &processes, newest).await;
    processes.insert(leader, instances[at].restart().await);
    level(&instances, &processes, newest).await;
    for (instance, (_, process)) in instances.iter().zip(std::mem::take(&mut processes)) {
        instance.kill(process).await;
    }
}
