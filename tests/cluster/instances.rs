//! Three instances in one thread, under virtual time: the consensus library over our logs on simulated machines, with
//! lost messages, instances that are cut off, killed and without power.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jari::cluster::raft::{LogStore, Proposal, Types};
use jari::domain::{NodeId, Stamped, Timestamp, commands};
use jari::log::{Content, Entry, Index, Leadership, LogId, Members, Part, Term, Vote};
use jari::simulation::{Machine as Hardware, Random};
use jari::storage::{LogWriter, SoundLog, codec};
use openraft::{Config, EntryPayload, Raft, SnapshotPolicy};
use tokio::runtime;
use tokio::time::{sleep, timeout};

use crate::machine::{History, Machine};
use crate::network::{Exit, Network};

const SEEDS: u64 = 300;
const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];
const SEGMENT_BYTES: u64 = 2_000;
/// Misfortunes of a run.
const ROUNDS: u64 = 12;

/// An instance: what outlives its process, and the process.
struct Instance {
    node: NodeId,
    hardware: Hardware,
    history: History,
    raft: Option<Raft<Types>>,
}

struct Cluster {
    instances: Vec<Instance>,
    network: Arc<Network>,
    random: Random,
    /// Proposals that were acknowledged, by the entries that they became.
    acknowledged: BTreeMap<u64, Proposal>,
    proposed: u32,
}

/// The log of an instance as a cluster is formed: the members, and the first leader.
fn form(hardware: &Hardware) {
    let leadership = Leadership { term: Term(1), node: NODES[0] };
    let addresses = NODES.map(|node| (node, node.to_string())).into();
    let members = Members { voters: vec![NODES.into()], addresses };
    let id = LogId { leadership, index: Index(1) };
    let log = SoundLog::read(hardware.disk()).expect("it is empty");
    let mut log = LogWriter::resume(log, 0x5a17, SEGMENT_BYTES).expect("it has power");
    log.append(&[Entry { id, content: Content::Members(members), skipped: Default::default() }]).expect("appended");
    log.save_vote(Vote { leadership, is_elected: true }).expect("saved");
}

impl Instance {
    fn new(node: NodeId, seed: u64) -> Self {
        let hardware = Hardware::new(seed * 10 + node.0);
        form(&hardware);
        Self { node, hardware, history: History::default(), raft: None }
    }

    async fn start(&mut self, network: &Arc<Network>) {
        let config = Config {
            heartbeat_interval: 200,
            election_timeout_min: 600,
            election_timeout_max: 900,
            snapshot_policy: SnapshotPolicy::Never,
            ..Config::default()
        };
        let log = SoundLog::read(self.hardware.disk()).expect("the log is sound");
        let log = LogWriter::resume(log, 0, SEGMENT_BYTES).expect("it has power");
        self.history = History::default();
        let machine = Machine::of_formed(Arc::clone(&self.history));
        let exit = Exit { from: self.node, network: Arc::clone(network) };
        let store = LogStore::new(log).expect("read");
        let config = Arc::new(config.validate().expect("a good one"));
        let raft = Raft::new(self.node, config, exit, store, machine).await.expect("it starts");
        network.rafts.lock().insert(self.node, raft.clone());
        self.raft = Some(raft);
    }

    /// Ends the process at once; with the power gone the disk forgets what was not synced.
    async fn die(&mut self, network: &Network) {
        network.rafts.lock().remove(&self.node);
        if let Some(raft) = self.raft.take() {
            // A core that lost its disk has ended already.
            let _ = raft.shutdown().await;
        }
        self.hardware.restart();
    }
}

impl Cluster {
    async fn started(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let lost = [0, 5, 20][random.below(3) as usize];
        let network = Network::new(random.clone(), lost);
        let instances = NODES.map(|node| Instance::new(node, seed)).into();
        let mut cluster = Self { instances, network, random, acknowledged: BTreeMap::new(), proposed: 0 };
        for instance in &mut cluster.instances {
            instance.start(&cluster.network).await;
        }
        cluster
    }

    /// Asks some instance to make a proposal an entry.
    async fn propose(&mut self) {
        self.proposed += 1;
        let command = commands::Sweep.into();
        let stamped = Stamped { now: Timestamp(self.proposed.into()), idempotency: None, command };
        let mut content = Vec::new();
        codec::encode_payload(&Content::Parts(vec![Part { batch: vec![stamped], ..Part::default() }]), &mut content);
        let proposal = Proposal(content.into());
        let at = self.random.below(3) as usize;
        let Some(raft) = self.instances[at].raft.clone() else { return };
        let written = timeout(Duration::from_secs(1), raft.client_write(proposal.clone())).await;
        if let Ok(Ok(written)) = written {
            self.acknowledged.insert(written.log_id.index, proposal);
        }
    }

    async fn misfortune(&mut self) {
        let at = self.random.below(3) as usize;
        let node = NODES[at];
        match self.random.below(4) {
            0 => {
                self.network.cut_off.lock().insert(node);
            }
            1 => self.network.cut_off.lock().clear(),
            2 => {
                self.instances[at].hardware.cut_power_after(self.random.below(6));
                sleep(Duration::from_millis(300)).await;
                self.instances[at].die(&self.network).await;
            }
            _ => self.instances[at].die(&self.network).await,
        }
    }

    async fn heal(&mut self) {
        self.network.cut_off.lock().clear();
        for instance in self.instances.iter_mut().filter(|instance| instance.raft.is_none()) {
            instance.start(&self.network).await;
        }
    }

    /// No two instances applied different entries at one index, and none lacks what was acknowledged up to where it is.
    fn check(&self, context: &str) {
        let histories: Vec<_> = self.instances.iter().map(|instance| instance.history.lock().clone()).collect();
        for (one, other) in histories.iter().zip(histories.iter().skip(1).chain(histories.first())) {
            for (index, entry) in one {
                assert!(other.get(index).is_none_or(|it| it == entry), "{context}: entry {index} differs");
            }
        }
        for history in &histories {
            let reached = history.keys().last().copied().unwrap_or(0);
            for (index, proposal) in self.acknowledged.range(..=reached) {
                let entry = &history[index];
                let is = matches!(&entry.payload, EntryPayload::Normal(applied) if applied == proposal);
                assert!(is, "{context}: entry {index} is not what was acknowledged");
            }
        }
    }

    /// Waits until every instance has applied what was acknowledged.
    async fn level(&self, context: &str) {
        let newest = self.acknowledged.keys().last().copied().unwrap_or(0);
        let is_level = || {
            let mut reached = self.instances.iter().map(|it| it.history.lock().keys().last().copied());
            reached.all(|reached| reached >= Some(newest))
        };
        for _ in 0..150 {
            if is_level() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{context}: not level within 15 s");
    }
}

/// What happened in a run, which the same seed repeats.
async fn run(seed: u64) -> BTreeMap<u64, Proposal> {
    let mut cluster = Cluster::started(seed).await;
    for round in 0..ROUNDS {
        for _ in 0..cluster.random.below(12) {
            cluster.propose().await;
            cluster.check(&format!("seed {seed}, round {round}"));
        }
        cluster.misfortune().await;
        let pause = cluster.random.below(3_000);
        sleep(Duration::from_millis(pause)).await;
        if cluster.random.below(2) == 0 {
            cluster.heal().await;
        }
    }
    cluster.heal().await;
    let before = cluster.acknowledged.len();
    for _ in 0..100 {
        cluster.propose().await;
        sleep(Duration::from_millis(150)).await;
    }
    assert!(cluster.acknowledged.len() > before, "seed {seed}: it goes on once all is well");
    cluster.level(&format!("seed {seed}")).await;
    cluster.check(&format!("seed {seed}, at the end"));
    for instance in &mut cluster.instances {
        instance.die(&cluster.network).await;
    }
    cluster.acknowledged
}

fn simulated(seed: u64) -> BTreeMap<u64, Proposal> {
    fastrand::seed(seed);
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run(seed))
}

#[test]
fn nothing_acknowledged_is_lost_and_no_two_instances_differ() {
    let acknowledged: usize = (0..SEEDS).map(|seed| simulated(seed).len()).sum();
    assert!(acknowledged > 10_000, "{acknowledged} were acknowledged");
}

#[test]
fn a_seed_repeats_what_happened() {
    for seed in 0..10 {
        assert_eq!(simulated(seed), simulated(seed), "seed {seed}");
    }
}
