//! Three instances that talk over real sockets: one lacks what the others have let go of, and gets a snapshot; the leader
//! dies, and another one leads.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use jari::cluster::link::{
    Answer, ClusterKey, DialLimits, Dialer, Hello, Identity, LinkBody, PROTOCOL_VERSION, Server, ServerLimits, Versions,
};
use jari::cluster::raft::{Member, Network, Proposal, RaftAnswers, Types};
use jari::domain::NodeId;
use jari::log::{Content, Index, Part};
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

/// So long that a test that waits for it has failed.
const LONG: Duration = Duration::from_secs(30);

struct Answers(RaftAnswers<SimulatedDisk>);

impl Answer for Answers {
    async fn answer(&self, _: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        self.0.answer(request).await
    }
}

/// What outlives the process of an instance.
struct Instance {
    node: NodeId,
    address: SocketAddr,
    hardware: Hardware,
    history: History,
}

struct Process {
    raft: Raft<Types>,
    replica: Arc<Replica>,
    server: JoinHandle<()>,
}

impl Instance {
    async fn start(&self, listener: TcpListener) -> Process {
        let key = ClusterKey::read("the key that all instances of this test have").expect("long enough");
        let versions = Versions { protocol: PROTOCOL_VERSION, log: 6, data: 7 };
        let identity = Identity { node: self.node, cluster: Some(1), disk: self.node.0.into(), versions };
        let (_, identity) = watch::channel(identity);
        let dialer = Dialer { tls: key.client_config(), identity: identity.clone(), limits: DialLimits::default() };
        let (raft, replica) = start(self.node, &self.hardware, &self.history, Network::new(dialer)).await;
        let answers = Answers(RaftAnswers::new(raft.clone(), self.hardware.disk()));
        let server = Server::new(key.server_config(), identity, answers, ServerLimits::default());
        let server = tokio::spawn(server.serve(listener, std::future::pending()));
        Process { raft, replica, server }
    }

    /// Listens where the others know it.
    async fn restart(&self) -> Process {
        self.start(TcpListener::bind(self.address).await.expect("it is free again")).await
    }

    async fn kill(&self, process: Process) {
        process.server.abort();
        // The port is free when the task is gone.
        let _ = process.server.await;
        process.raft.shutdown().await.expect("it runs");
        self.hardware.kill();
    }
}

/// Has a batch written through whoever leads.
async fn write(processes: &BTreeMap<NodeId, Process>, callers: &mut Callers, is_first: bool) -> Index {
    let written = async {
        loop {
            for process in processes.values() {
                let batch = if is_first { callers.opening() } else { callers.batch(&process.replica.look()) };
                let mut bytes = Vec::new();
                codec::encode_payload(&Content::Parts(vec![Part { batch, ..Part::default() }]), &mut bytes);
                if let Ok(written) = process.raft.client_write(Proposal(bytes.into())).await {
                    return Index(written.log_id.index);
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, written).await.expect("somebody leads")
}

/// Waits until all have applied an entry, and compares them.
async fn level(instances: &[Instance], processes: &BTreeMap<NodeId, Process>, index: Index) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_over_sockets_replace_a_leader_and_bring_one_that_lagged_level() {
    let mut listeners = Vec::new();
    for _ in NODES {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
    }
    let addresses: Vec<SocketAddr> = listeners.iter().map(|it| it.local_addr().expect("it is bound")).collect();
    let known: BTreeMap<NodeId, String> = NODES.into_iter().zip(addresses.iter().map(ToString::to_string)).collect();
    let mut instances = Vec::new();
    let mut processes = BTreeMap::new();
    for (node, (listener, address)) in NODES.into_iter().zip(listeners.into_iter().zip(addresses)) {
        let hardware = Hardware::new(node.0);
        form(&hardware, known.clone());
        let instance = Instance { node, address, hardware, history: History::default() };
        processes.insert(node, instance.start(listener).await);
        instances.push(instance);
    }
    let mut callers = Callers::new(1);
    write(&processes, &mut callers, true).await;
    let newest = write(&processes, &mut callers, false).await;
    level(&instances, &processes, newest).await;

    // One is away, and the others let go of the log meanwhile.
    let third = processes.remove(&NODES[2]).expect("it runs");
    instances[2].kill(third).await;
    for _ in 0..100 {
        write(&processes, &mut callers, false).await;
    }
    for process in processes.values() {
        process.replica.store().checkpoint().expect("written");
        process.raft.trigger().snapshot().await.expect("it runs");
        let durable = process.replica.store().durable();
        let reaches = |metrics: &RaftMetrics<NodeId, Member>| metrics.snapshot.is_some_and(|it| it.index >= durable.0);
        let waiting = process.raft.wait(Some(LONG));
        waiting.metrics(reaches, "its tables are a snapshot").await.expect("in time");
        process.raft.trigger().purge_log(durable.0).await.expect("it runs");
    }
    let newest = write(&processes, &mut callers, false).await;
    processes.insert(NODES[2], instances[2].restart().await);
    level(&instances, &processes, newest).await;
    let installed = instances[2].history.installed.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(installed, 1, "what it lacked came as a snapshot");

    // The leader dies.
    let leader = processes[&NODES[1]].raft.current_leader().await.expect("there is one");
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
