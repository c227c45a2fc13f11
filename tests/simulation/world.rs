//! Three machines, what befalls them, and what must hold all the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jari::cluster::{Instance, Owner};
use jari::domain::{Digest, NodeId, Slot, Timestamp};
use jari::log::Index;
use jari::node::SimulatedNode;
use jari::simulation::Random;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::clocks::Clocks;
use crate::harness::endpoints::Endpoints;
use crate::machine::{End, Machine, SLOTS, Shared};
use crate::network::Network;

const NODES: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];
/// How often it is looked whether everything holds.
const GLANCE: Duration = Duration::from_millis(10);
/// How often the databases are brought up to date, in glances.
const CHECKPOINT_EVERY: u64 = 50;
/// By how many milliseconds the log's time may be ahead, beside what the clocks go too fast and are drawn.
const TIME_OFF_MS_MAX: i64 = 1_500;
/// How long the copies may take to be level once all is well.
const LEVEL: Duration = Duration::from_secs(15);

pub(crate) struct World {
    pub began: Instant,
    pub machines: Vec<Machine>,
    shared: Shared,
    pub random: Random,
    pub endpoints: Endpoints,
    /// What became of every command up to an entry, whichever copy was seen there.
    pub digests: BTreeMap<Index, Digest>,
    /// When the log's time was looked at for the first time, and what it was.
    time: Option<(Instant, Timestamp)>,
    glances: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let lost = [0, 5, 30][random.below(3) as usize];
        let shared = Shared { network: Network::new(Random::new(random.draw()), lost), violations: Arc::default() };
        let mut machines: Vec<Machine> = NODES
            .iter()
            .map(|node| {
                let rate = 950 + i64::try_from(random.below(101)).expect("small");
                let wall_ahead_us = i64::try_from(random.below(1_000_000)).expect("small") - 500_000;
                let clocks = Clocks::new(node.0.into(), rate, wall_ahead_us);
                Machine::new(*node, &NODES, seed * 10 + node.0, clocks, &shared)
            })
            .collect();
        machines.iter_mut().for_each(Machine::start);
        let endpoints = Endpoints::new(machines.iter().map(Machine::client).collect());
        Self {
            began: Instant::now(),
            machines,
            shared,
            random,
            endpoints,
            digests: BTreeMap::new(),
            time: None,
            glances: 0,
        }
    }

    /// Lets time pass, with a look at everything again and again.
    pub(crate) async fn pass(&mut self, milliseconds: u64) {
        let end = Instant::now() + Duration::from_millis(milliseconds);
        while Instant::now() < end {
            sleep(GLANCE).await;
            self.glance();
        }
    }

    fn glance(&mut self) {
        self.glances += 1;
        let violations = self.shared.violations.lock();
        assert!(violations.is_empty(), "{violations:?}");
        drop(violations);
        for slot in (0..SLOTS).map(Slot) {
            let owners =
                self.holding(|instance| instance.owner_tenure().holds() && instance.slots().owner(slot) == Owner::Own);
            assert!(owners.len() <= 1, "{owners:?} answer for slot {slot:?}");
        }
        let leaders = self.holding(|instance| instance.tenure().holds());
        assert!(leaders.len() <= 1, "{leaders:?} order the log");
        for machine in &self.machines {
            let at = |node: &SimulatedNode| {
                let replica = node.replica();
                (replica.store().position().index(), replica.look().digest())
            };
            let Some((index, digest)) = machine.look(at) else { continue };
            let known = *self.digests.entry(index).or_insert(digest);
            assert_eq!(known, digest, "instance {} stands otherwise at {index:?}", machine.node);
        }
        self.glance_at_time();
        if self.glances.is_multiple_of(CHECKPOINT_EVERY) {
            for machine in &self.machines {
                // One without power does not bring anything up to date.
                machine.look(|node| drop(node.replica().store().checkpoint()));
            }
        }
    }

    /// The log's time goes on with time, be the wall clocks set as they may.
    fn glance_at_time(&mut self) {
        let latest = |machine: &Machine| machine.look(|node| node.replica().look().latest());
        let Some(latest) = self.machines.iter().filter_map(latest).max().filter(|at| *at > Timestamp::default()) else {
            return;
        };
        let (began, first) = *self.time.get_or_insert((Instant::now(), latest));
        let (passed, most) = (latest.0 - first.0, i64::try_from(began.elapsed().as_millis()).expect("a run is short"));
        let most = most + most / 8 + TIME_OFF_MS_MAX;
        assert!(passed <= most, "the log's time is {passed} ms on, and should be {most} ms at most");
    }

    fn holding(&self, holds: impl Fn(&Instance) -> bool) -> Vec<NodeId> {
        let is_holding = |machine: &&Machine| machine.look(|node| holds(node.instance())) == Some(true);
        self.machines.iter().filter(is_holding).map(|machine| machine.node).collect()
    }

    pub(crate) fn milliseconds(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.random.below(range.end - range.start)
    }

    pub(crate) async fn misfortune(&mut self) {
        let at = self.random.below(3) as usize;
        let [node, other] = [NODES[at], NODES[(at + 1) % 3]];
        let misfortune = self.random.below(12);
        tracing::info!(%node, misfortune, at = ?self.began.elapsed(), "a misfortune");
        match misfortune {
            0 => self.shared.network.cut(NODES.iter().flat_map(|other| [[node, *other], [*other, node]])),
            // What one says arrives, and no answer.
            1 => self.shared.network.cut([[node, other]]),
            2 => self.shared.network.cut(NODES.iter().map(|other| [node, *other])),
            3 => self.shared.network.break_between(node, other),
            4 | 5 => self.machines[at].end(End::Killed).await,
            6 => {
                let operations = self.random.below(40);
                self.machines[at].hardware.cut_power_after(operations);
                self.pass(300).await;
                self.machines[at].end(End::PowerCut).await;
            }
            7 => {
                let bytes = self.random.below(3_000);
                self.machines[at].hardware.fill_disk_after(bytes);
                self.pass(1_000).await;
                self.machines[at].end(End::PowerCut).await;
            }
            8 => {
                let ahead_us = i64::try_from(self.random.below(20_000_000)).expect("small") - 10_000_000;
                // Two of three say what time it is, so at most one of them is far off.
                self.machines.iter().for_each(|machine| machine.clocks.set_wall_right());
                self.machines[at].clocks.set_wall(ahead_us);
            }
            9 => self.machines[at].stop().await,
            _ => {
                let instance = self.machines[at].look(|node| Arc::clone(node.instance()));
                if let Some(instance) = instance {
                    instance.let_go_of_log().await;
                }
            }
        }
    }

    pub(crate) fn heal(&mut self) {
        tracing::info!(at = ?self.began.elapsed(), "all is well");
        self.shared.network.heal();
        self.machines.iter_mut().filter(|machine| !machine.is_up()).for_each(Machine::start);
    }

    /// Waits for something, with a look at everything again and again.
    pub(crate) async fn until_done<T>(&mut self, task: JoinHandle<T>) -> T {
        while !task.is_finished() {
            sleep(GLANCE).await;
            self.glance();
        }
        task.await.expect("no panic")
    }

    /// Waits until all copies are level, and every instance has begun its life in them.
    pub(crate) async fn level(&mut self) {
        let end = Instant::now() + LEVEL;
        loop {
            let at = |node: &SimulatedNode| {
                let membership = node.instance().membership();
                let begun = node.replica().look().origin(membership.node).map(|row| row.incarnation);
                (node.replica().store().position().index(), begun == Some(membership.incarnation))
            };
            let all: Vec<_> = self.machines.iter().map(|machine| machine.look(at)).collect();
            if all.iter().all(|it| it.is_some_and(|(_, has_begun)| has_begun) && *it == all[0]) {
                return;
            }
            assert!(Instant::now() < end, "not level: {all:?}");
            self.pass(50).await;
        }
    }
}
