use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::{Circumstances, Decided, LAG_MAX, OVER_AFTER, QUIET, SETTLED, Warden, Why};
use crate::cluster::control::Renewal;
use crate::cluster::homes::home;
use crate::domain::commands::Assign;
use crate::domain::{Epoch, NodeId, Slot, SlotRow};
use crate::log::Index;

const FIRST: NodeId = NodeId(1);
const SECOND: NodeId = NodeId(2);
const THIRD: NodeId = NodeId(3);
const ALL: [NodeId; 3] = [FIRST, SECOND, THIRD];
const TERM: u64 = 4;
const MOMENT: Duration = Duration::from_millis(1);

/// A cluster of three as its warden sees it.
struct World {
    warden: Warden,
    circumstances: Circumstances,
    renewals: BTreeMap<NodeId, Renewal>,
}

impl World {
    /// Slots with these owners, in epoch 1.
    fn new(owners: impl IntoIterator<Item = NodeId>) -> Self {
        let row = |owner| SlotRow { owner, epoch: Epoch(1) };
        let slots = (0..).map(Slot).zip(owners.into_iter().map(row)).collect();
        let renewal =
            Renewal { applied: Index(5_000), released: Vec::new(), is_leaving: false, wall_us: 0, checkpoint: None };
        Self {
            warden: Warden::new(TERM, Instant::now()),
            circumstances: Circumstances { slots, voters: ALL.into(), applied: Index(5_000) },
            renewals: ALL.map(|node| (node, renewal.clone())).into(),
        }
    }

    /// Has these ask, and says who may go on.
    fn renew<const N: usize>(&mut self, nodes: [NodeId; N]) -> [bool; N] {
        nodes.map(|node| self.warden.renew(node, self.renewals[&node].clone(), Instant::now()))
    }

    /// Lets time pass in which these ask every 100 ms.
    async fn pass<const N: usize>(&mut self, time: Duration, nodes: [NodeId; N]) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            assert_eq!(self.renew(nodes), [true; N]);
            advance(Duration::from_millis(100).min(until - Instant::now())).await;
        }
        self.renew(nodes);
    }

    fn decide(&mut self) -> Decided {
        self.warden.decide(&self.circumstances, Instant::now())
    }

    /// Does what was decided, as the log and the owners would.
    fn perform(&mut self, decided: &Decided) {
        for (Assign { slot, from, to, term }, _) in &decided.assigns {
            assert_eq!(*term, TERM);
            let row = &mut self.circumstances.slots[usize::from(slot.0)].1;
            assert_eq!(row.epoch, *from);
            *row = SlotRow { owner: *to, epoch: Epoch(from.0 + 1) };
        }
        for (node, slots) in &decided.releases {
            self.warden.note_released(*node, slots.clone());
        }
    }

    fn owners(&self) -> Vec<NodeId> {
        self.circumstances.slots.iter().map(|(_, row)| row.owner).collect()
    }
}

fn why(decided: &Decided) -> Vec<(u16, NodeId, Why)> {
    decided.assigns.iter().map(|(assign, why)| (assign.slot.0, assign.to, *why)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_slots_of_one_that_is_not_heard_go_to_others_when_its_last_grant_is_over() {
    let mut world = World::new([FIRST, SECOND, SECOND, THIRD]);
    world.renew(ALL);
    world.pass(OVER_AFTER - MOMENT, [FIRST, THIRD]).await;
    assert_eq!(world.decide(), Decided::default(), "it may answer still");
    world.pass(MOMENT, [FIRST, THIRD]).await;
    let decided = world.decide();
    let homes = [1, 2].map(|slot| (slot, home(Slot(slot), [FIRST, THIRD]).expect("two"), Why::Lost));
    assert_eq!(why(&decided), homes);
    assert_eq!(world.renew([SECOND]), [false], "it may not go on before its slots have others");
    world.perform(&decided);
    assert_eq!(world.decide(), Decided::default());
    assert_eq!(world.renew([SECOND]), [true]);
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_waits_for_the_grants_of_its_predecessors() {
    let mut world = World::new([SECOND]);
    world.pass(OVER_AFTER - MOMENT, [FIRST]).await;
    assert_eq!(world.decide(), Decided::default());
    world.pass(MOMENT, [FIRST]).await;
    assert_eq!(why(&world.decide()), [(0, FIRST, Why::Lost)]);

    let mut world = World::new([SECOND]);
    world.pass(OVER_AFTER - MOMENT, [FIRST]).await;
    world.warden.resume(Instant::now());
    world.pass(OVER_AFTER - MOMENT, [FIRST]).await;
    assert_eq!(world.decide(), Decided::default(), "it could grant nothing meanwhile");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken_from_anybody_when_nobody_could_have_it() {
    let mut world = World::new([SECOND]);
    advance(OVER_AFTER).await;
    assert_eq!(world.decide(), Decided::default());
    assert_eq!(world.renew([SECOND]), [true], "so that it goes on");
    world.renewals.get_mut(&FIRST).expect("there").applied = Index(5_000 - LAG_MAX - 1);
    advance(OVER_AFTER).await;
    world.renew([FIRST]);
    assert_eq!(world.decide(), Decided::default(), "one that lags takes nothing");
    world.renewals.get_mut(&FIRST).expect("there").applied = Index(5_000 - LAG_MAX);
    world.renew([FIRST]);
    assert_eq!(why(&world.decide()), [(0, FIRST, Why::Lost)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_removed_instance_owned_goes_to_the_others() {
    let mut world = World::new([SECOND, FIRST]);
    world.renew(ALL);
    world.circumstances.voters = [FIRST, THIRD].into();
    world.pass(OVER_AFTER - MOMENT, [FIRST, THIRD]).await;
    assert_eq!(world.decide(), Decided::default(), "its last grant is not over");
    world.pass(MOMENT, [FIRST, THIRD]).await;
    let to = home(Slot(0), [FIRST, THIRD]).expect("two");
    assert_eq!(why(&world.decide()), [(0, to, Why::Lost)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_to_be_removed_keeps_no_slot() {
    let mut world = World::new([SECOND]);
    world.renew(ALL);
    world.warden.dismiss(SECOND);
    let decided = world.decide();
    assert_eq!(decided.releases, BTreeMap::from([(SECOND, vec![(Slot(0), Epoch(1))])]));
    world.perform(&decided);
    let to = home(Slot(0), [FIRST, THIRD]).expect("two");
    let decided = world.decide();
    assert_eq!(why(&decided), [(0, to, Why::Leaving)]);
    world.perform(&decided);
    world.pass(SETTLED, ALL).await;
    assert!(!world.decide().releases.values().flatten().any(|_| true), "none goes to it");
}

#[tokio::test(start_paused = true)]
async fn slots_go_home_one_after_the_other_once_an_instance_is_there_for_some_time() {
    let mut world = World::new([FIRST; 16]);
    world.pass(SETTLED - Duration::from_millis(100), ALL).await;
    assert_eq!(world.decide(), Decided::default());
    world.pass(Duration::from_millis(100), ALL).await;
    let mut moves = 0;
    loop {
        let decided = world.decide();
        if decided == Decided::default() {
            break;
        }
        assert_eq!(decided.assigns.len() + decided.releases.values().map(Vec::len).sum::<usize>(), 1, "one by one");
        moves += decided.assigns.len();
        world.perform(&decided);
    }
    let homes: Vec<NodeId> = (0..16).map(|slot| home(Slot(slot), ALL).expect("three")).collect();
    assert_eq!(world.owners(), homes);
    assert_eq!(moves, homes.iter().filter(|node| **node != FIRST).count(), "each once");
}

#[tokio::test(start_paused = true)]
async fn one_that_was_quiet_for_a_moment_has_to_be_there_again_for_some_time() {
    let mut world = World::new([FIRST; 16]);
    world.pass(SETTLED - MOMENT, ALL).await;
    world.pass(QUIET, [FIRST]).await;
    world.pass(SETTLED - MOMENT, ALL).await;
    assert_eq!(world.decide(), Decided::default());
}

#[tokio::test(start_paused = true)]
async fn one_that_leaves_is_asked_for_all_its_slots_and_gets_none() {
    let mut world = World::new([SECOND, FIRST, SECOND]);
    world.pass(SETTLED, ALL).await;
    world.renewals.get_mut(&SECOND).expect("there").is_leaving = true;
    world.renew(ALL);
    let decided = world.decide();
    assert_eq!(decided.releases, BTreeMap::from([(SECOND, vec![(Slot(0), Epoch(1)), (Slot(2), Epoch(1))])]));
    world.perform(&decided);
    let decided = world.decide();
    let homes = [0, 2].map(|slot| (slot, home(Slot(slot), [FIRST, THIRD]).expect("two"), Why::Leaving));
    assert_eq!(why(&decided), homes);
    world.perform(&decided);
    for _ in 0..8 {
        let decided = world.decide();
        world.perform(&decided);
    }
    assert!(!world.owners().contains(&SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_was_given_up_has_an_owner_again_under_a_new_leader() {
    let mut world = World::new([SECOND]);
    world.renewals.get_mut(&SECOND).expect("there").released = vec![(Slot(0), Epoch(1))];
    world.renew([SECOND]);
    assert_eq!(
        why(&world.decide()),
        [(0, SECOND, Why::Home)],
        "the only one that is there takes it back, in a new epoch"
    );
    world.renew(ALL);
    world.renewals.get_mut(&SECOND).expect("there").released = vec![(Slot(0), Epoch(9))];
    world.renew([SECOND]);
    assert_eq!(world.decide(), Decided::default(), "another epoch than the slot is in");
}
