//! Three instances in one thread, under virtual time: the consensus library over our logs and our copies on simulated
//! machines, with lost messages, snapshots, and instances that are cut off, killed, without power or room on the disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jari::cluster::raft::{Proposal, Types};
use jari::cluster::tenure::Tenure;
use jari::domain::{Digest, Members, NodeId, Stamped};
use jari::log::{Content, Entry, Index, Leadership, LogId, Part, Term, Vote};
use jari::replica::Replica;
use jari::simulation::{Machine as Hardware, Random};
use jari::storage::{LogWriter, SoundLog, codec};
use jari::verify::verify_with;
use openraft::Raft;
use tokio::runtime;
use tokio::time::{sleep, timeout};

use crate::copy::{History, Seen, start};
use crate::network::{Exit, Network};
use crate::office::Callers;

/// Seeds of a run, unless the variable says how many.
const SEEDS: u64 = 300;
const SEEDS_VARIABLE: &str = "CLUSTER_SEEDS";
pub(crate) const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];
pub(crate) const SEGMENT_BYTES: u64 = 2_000;
/// Misfortunes of a run.
const ROUNDS: u64 = 12;

/// An instance: what outlives its process, and the process.
pub(crate) struct Instance {
    pub node: NodeId,
    hardware: Hardware,
    pub history: History,
    pub process: Option<Process>,
}

pub(crate) struct Process {
    pub raft: Raft<Types>,
    pub replica: Arc<Replica>,
}

pub(crate) struct Cluster {
    pub instances: Vec<Instance>,
    pub network: Arc<Network>,
    random: Random,
    callers: Callers,
    /// What was acknowledged, by the entries that it became.
    acknowledged: BTreeMap<Index, Content>,
}

/// The log of an instance as a cluster is formed: the members with their addresses, and the first leader.
pub(crate) fn form(hardware: &Hardware, addresses: BTreeMap<NodeId, String>) {
    let leadership = Leadership { term: Term(1), node: NODES[0] };
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
        form(&hardware, NODES.map(|node| (node, node.to_string())).into());
        Self { node, hardware, history: History::default(), process: None }
    }

    async fn start(&mut self, network: &Arc<Network>) {
        let exit = Exit { from: self.node, network: Arc::clone(network) };
        let (raft, replica) =
            start(self.node, &self.hardware, &self.history, exit, Arc::new(Tenure::new(self.node))).await;
        network.ends.lock().insert(self.node, (raft.clone(), self.hardware.disk()));
        self.process = Some(Process { raft, replica });
    }

    /// Ends the process at once; with the power gone the disk forgets what was not synced.
    async fn die(&mut self, network: &Network) {
        network.ends.lock().remove(&self.node);
        if let Some(Process { raft, .. }) = self.process.take() {
            // A core that lost its disk has ended already.
            let _ = raft.shutdown().await;
        }
        self.hardware.restart();
    }

    /// Writes a checkpoint, has it called a snapshot, and lets go of the log below it.
    pub(crate) async fn purge(&self) {
        let Some(Process { raft, replica }) = &self.process else { return };
        if replica.store().checkpoint().is_err() {
            return;
        }
        // Without power, or without a majority, there is nothing to let go of.
        let _ = raft.trigger().snapshot().await;
        sleep(Duration::from_millis(5)).await;
        let _ = raft.trigger().purge_log(replica.store().durable().0).await;
    }
}

impl Cluster {
    pub(crate) async fn started(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let lost = [0, 5, 20][random.below(3) as usize];
        let network = Network::new(random.clone(), lost);
        let instances = NODES.map(|node| Instance::new(node, seed)).into();
        let callers = Callers::new(seed);
        let mut cluster = Self { instances, network, random, callers, acknowledged: BTreeMap::new() };
        for instance in &mut cluster.instances {
            instance.start(&cluster.network).await;
        }
        let opening = cluster.callers.opening();
        while cluster.acknowledged.is_empty() {
            sleep(Duration::from_millis(100)).await;
            cluster.propose(opening.clone()).await;
        }
        cluster
    }

    /// Asks some instance to make a batch an entry.
    async fn propose(&mut self, batch: Vec<Stamped>) {
        let content = Content::Parts(vec![Part { batch, ..Part::default() }]);
        let mut bytes = Vec::new();
        codec::encode_payload(&content, &mut bytes);
        let at = self.random.below(3) as usize;
        let Some(raft) = self.instances[at].process.as_ref().map(|process| process.raft.clone()) else { return };
        let written = timeout(Duration::from_secs(1), raft.client_write(Proposal(bytes.into()))).await;
        if let Ok(Ok(written)) = written {
            self.acknowledged.insert(Index(written.log_id.index), content);
        }
    }

    /// The same with what callers ask for who see the copy of some instance.
    pub(crate) async fn propose_some(&mut self) {
        let at = self.random.below(3) as usize;
        let replica = self.instances[at].process.as_ref().map(|process| Arc::clone(&process.replica));
        let Some(replica) = replica.filter(|replica| replica.look().sales().count() > 0) else { return };
        let batch = self.callers.batch(&replica.look());
        self.propose(batch).await;
    }

    async fn misfortune(&mut self) {
        let at = self.random.below(3) as usize;
        let [node, other] = [NODES[at], NODES[(at + 1) % 3]];
        match self.random.below(8) {
            0 => self.network.cut.lock().extend(NODES.iter().flat_map(|other| [[node, *other], [*other, node]])),
            // What one says arrives, and no answer.
            1 => drop(self.network.cut.lock().insert([node, other])),
            2 => self.network.cut.lock().clear(),
            3 => {
                self.instances[at].hardware.cut_power_after(self.random.below(40));
                sleep(Duration::from_millis(300)).await;
                self.instances[at].die(&self.network).await;
            }
            4 => {
                self.instances[at].hardware.fill_disk_after(self.random.below(3_000));
                sleep(Duration::from_millis(2_000)).await;
                self.instances[at].die(&self.network).await;
            }
            5 => self.instances[at].die(&self.network).await,
            _ => self.instances[at].purge().await,
        }
    }

    pub(crate) async fn heal(&mut self) {
        self.network.cut.lock().clear();
        for instance in self.instances.iter_mut().filter(|instance| instance.process.is_none()) {
            instance.start(&self.network).await;
        }
    }

    /// No two instances stood differently behind an entry, and none lacks what was acknowledged up to where it is.
    fn check(&self, context: &str) {
        let histories: Vec<_> = self.instances.iter().map(|instance| instance.history.all()).collect();
        for (one, other) in histories.iter().zip(histories.iter().skip(1).chain(histories.first())) {
            for (index, seen) in one {
                let is_same = other.get(index).is_none_or(|it| (it.id, it.digest) == (seen.id, seen.digest));
                assert!(is_same, "{context}: entry {index:?} differs");
            }
        }
        for (index, seen) in histories.iter().flatten() {
            let differs =
                self.acknowledged.get(index).zip(seen.content.as_ref()).is_some_and(|(one, other)| one != other);
            assert!(!differs, "{context}: entry {index:?} is not what was acknowledged");
        }
    }

    /// Everything that was acknowledged was applied, and in the end all stand alike behind the newest of it.
    fn check_acknowledged(&self, context: &str) {
        let histories: Vec<_> = self.instances.iter().map(|instance| instance.history.all()).collect();
        for (index, content) in &self.acknowledged {
            let is_applied =
                |it: &BTreeMap<Index, Seen>| it.get(index).is_some_and(|it| it.content.as_ref() == Some(content));
            assert!(histories.iter().any(is_applied), "{context}: entry {index:?} was acknowledged, and nobody has it");
        }
        let newest = self.acknowledged.keys().last().expect("the opening was acknowledged");
        let digests: Vec<_> = histories.iter().map(|it| it.get(newest).map(|it| it.digest)).collect();
        let all_alike = digests.iter().all(|digest| digest.is_some() && *digest == digests[0]);
        assert!(all_alike, "{context}: behind entry {newest:?} {digests:?}");
    }

    /// Waits until every instance has applied what was acknowledged.
    async fn level(&self, context: &str) {
        let newest = self.acknowledged.keys().last().copied().unwrap_or_default();
        for _ in 0..150 {
            if self.instances.iter().all(|it| it.history.newest() >= newest) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{context}: not level within 15 s");
    }
}

/// What happened in a run, which the same seed repeats.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    acknowledged: BTreeMap<Index, Content>,
    /// How the instances stand in the end.
    digests: Vec<Digest>,
    /// Snapshots that took the place of everything.
    installed: usize,
}

async fn run(seed: u64) -> Trace {
    let mut cluster = Cluster::started(seed).await;
    for round in 0..ROUNDS {
        for _ in 0..cluster.random.below(12) {
            cluster.propose_some().await;
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
        cluster.propose_some().await;
        sleep(Duration::from_millis(150)).await;
    }
    assert!(cluster.acknowledged.len() > before, "seed {seed}: it goes on once all is well");
    cluster.level(&format!("seed {seed}")).await;
    cluster.check(&format!("seed {seed}, at the end"));
    cluster.check_acknowledged(&format!("seed {seed}"));
    let digest = |it: &Instance| it.process.as_ref().map(|process| process.replica.look().digest());
    let digests = cluster.instances.iter().filter_map(digest).collect();
    for instance in &mut cluster.instances {
        instance.die(&cluster.network).await;
        let report = verify_with(|| instance.hardware.database(), instance.hardware.disk());
        let report = report.unwrap_or_else(|error| panic!("seed {seed}, instance {}: {error}", instance.node));
        assert!(report.is_clean(), "seed {seed}, instance {}: {report}", instance.node);
    }
    let installed = cluster.instances.iter().map(|it| it.history.installed.load(Ordering::Relaxed)).sum();
    Trace { acknowledged: cluster.acknowledged, digests, installed }
}

fn simulated(seed: u64) -> Trace {
    fastrand::seed(seed);
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run(seed))
}

/// Runs every second seed, so that two tests share them.
fn run_seeds(first: u64) {
    let seeds = std::env::var(SEEDS_VARIABLE).map_or(SEEDS, |text| text.parse().expect("a number of seeds"));
    let (mut acknowledged, mut installed) = (0, 0);
    for seed in (first..seeds).step_by(2) {
        let trace = simulated(seed);
        acknowledged += trace.acknowledged.len();
        installed += trace.installed;
    }
    assert!(acknowledged > 5_000, "{acknowledged} were acknowledged");
    assert!(installed > 20, "{installed} snapshots were installed");
}

#[test]
fn nothing_acknowledged_is_lost_and_no_two_instances_differ() {
    run_seeds(0);
}

#[test]
fn nothing_acknowledged_is_lost_and_no_two_instances_differ_with_other_seeds() {
    run_seeds(1);
}

#[test]
fn a_seed_repeats_what_happened() {
    for seed in 0..10 {
        assert_eq!(simulated(seed), simulated(seed), "seed {seed}");
    }
}
