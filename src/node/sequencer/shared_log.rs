//! Commits where several instances order the log: this one adds its commands as parts, one at a time, and answers its
//! callers from its own copy when they are applied. Whatever becomes of a leader or a connection, a part is proposed
//! under its number until it is applied.

use std::collections::VecDeque;

use bytes::Bytes;

use super::gatherer::{Course, Duties, Gatherer, set_clock, shares};
use crate::cluster::raft::ENTRY_BYTES_MAX;
use crate::domain::commands::{Configure, Enrol, Form, Settle};
use crate::domain::{
    ClusterRow, ConcertNo, Epoch, NodeId, PartOrigin, STEP_MAX, Sale, Settings, Slot, Stamped, State, Timestamp,
};
use crate::log::Part;
use crate::node::job::Arrivals;
use crate::node::member::{Member, digest};
use crate::node::shared::Shared;
use crate::node::submit_error::{Fate, SubmitError};
use crate::node::under_way::Stopping;
use crate::node::waiters::{Batch, Sweeping};
use crate::storage::codec;
use crate::telemetry::metrics;

/// What an instance says at its start, once it is among the others.
pub(in crate::node) struct Opening {
    /// Where it forms the cluster.
    pub founding: Option<ClusterRow>,
    pub settings: Settings,
}

/// Adds the commands of this instance to the log.
pub(super) struct SharedLog<'a> {
    shared: &'a Shared,
    member: &'a Member,
    /// Parts of this life so far.
    number: u64,
    clock: ClockOf,
}

/// Whose clock the log goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClockOf {
    This,
    Another,
}

/// Runs until [`crate::node::job::Job::Stop`], or until the instance stops while something is under way.
pub(super) async fn run(shared: &Shared, member: &Member, jobs: Arrivals, opening: Opening) {
    let mut log = SharedLog { shared, member, number: 0, clock: ClockOf::Another };
    if log.run(opening, Gatherer::new(jobs)).await == Err(Stopping)
        && let Some(waiters) = member.under_way.take_any()
    {
        waiters.tell_all(&SubmitError::NoLeader { fate: Fate::Unknown });
    }
}

impl SharedLog<'_> {
    async fn run(&mut self, opening: Opening, mut gatherer: Gatherer) -> Result<(), Stopping> {
        self.open(opening).await?;
        loop {
            self.lead_clock();
            self.take_up_slots().await?;
            let (batch, course) = gatherer.next(self.shared, Duties::Of(self.member)).await;
            if !batch.stamped.is_empty() && self.commit(batch).await? == Sweeping::MoreDue {
                gatherer.sweep_soon();
            }
            if course == Course::Stopping {
                return Ok(());
            }
        }
    }

    /// Begins this life: nothing of an earlier one is applied any more. Then what it has to say.
    async fn open(&mut self, opening: Opening) -> Result<(), Stopping> {
        let (node, incarnation) = self.own();
        let has_enrolled = |shared: &Shared| {
            let state = shared.replica.look();
            state.origin(node).is_some_and(|row| row.incarnation >= incarnation)
        };
        let mut batch = Batch::default();
        // By no clock: this one is not known to be right yet.
        let now = if planted!(OwnClock) { self.shared.clock.now() } else { Timestamp::default() };
        batch.push_own(now, Enrol { node, incarnation }.into());
        self.commit_unnumbered(batch, has_enrolled).await?;
        let Opening { founding, settings } = opening;
        let is_founding = founding.is_some();
        if let Some(cluster) = founding {
            let mut batch = Batch::default();
            self.start_clock();
            let (now, anchor) = self.shared.clock.stamp();
            set_clock(self.shared, now, anchor, &mut batch);
            batch.push_own(now, Form { cluster, node }.into());
            self.commit(batch).await?;
        }
        self.configure(settings, is_founding).await
    }

    /// Has the settings of this instance be those of all, where they are new: it forms the cluster, or was started with
    /// others than before.
    async fn configure(&mut self, settings: Settings, is_founding: bool) -> Result<(), Stopping> {
        let instance = &self.member.instance;
        let kept = self.shared.replica.look().settings().clone();
        let told = digest(&settings);
        let is_new = is_founding || instance.membership().settings.is_some_and(|before| before != told);
        if is_new && kept != settings {
            let mut batch = Batch::default();
            batch.push_own(Timestamp::default(), Configure { settings }.into());
            self.commit(batch).await?;
        } else if kept != settings {
            tracing::warn!(
                "this instance was started with settings that are not those of the cluster, which stay as they are: \
                 {kept:?}, and not {settings:?}"
            );
        }
        if let Err(error) = instance.note_settings(told) {
            tracing::warn!(
                "the settings of this start are not noted, so that others at the next one are not taken up: {error}"
            );
        }
        Ok(())
    }

    /// Has the log go by the clock of this instance where this one orders it, as soon as it knows the wall clocks of a
    /// majority.
    fn lead_clock(&mut self) {
        self.clock = match self.clock {
            ClockOf::This if self.member.instance.knows_walls() => ClockOf::This,
            ClockOf::This => ClockOf::Another,
            ClockOf::Another => match self.member.instance.wall_ahead_us() {
                Some(ahead_us) => {
                    self.shared.clock.correct_wall(ahead_us);
                    self.start_clock();
                    ClockOf::This
                }
                None => ClockOf::Another,
            },
        };
    }

    fn start_clock(&self) {
        let state = self.shared.replica.look();
        self.shared.clock.lead(state.clock(), state.latest());
    }

    /// Where slots were given to this instance: it ends what has ended at their concerts meanwhile, and begins to see who
    /// waits there, before it answers anybody. So it is again where it could not answer for some time.
    async fn take_up_slots(&mut self) -> Result<(), Stopping> {
        let (instance, presence) = (&self.member.instance, &self.shared.presence);
        if !instance.owner_tenure().holds() || !self.shared.clock.is_going() {
            instance.slots().lapse();
            return Ok(());
        }
        let ahead = instance.slots().ahead();
        if ahead.is_empty() {
            return Ok(());
        }
        self.settle(&ahead).await?;
        let now = self.shared.clock.now();
        let state = self.shared.replica.look();
        for (slot, epoch) in ahead {
            presence.take_up(concerts_of(&state, &[(slot, epoch)]), now);
            instance.slots().take(slot, epoch);
        }
        Ok(())
    }

    /// Ends what ended at the concerts of some slots while nobody led them.
    async fn settle(&mut self, slots: &[(Slot, Epoch)]) -> Result<(), Stopping> {
        loop {
            let now = self.shared.clock.now();
            let due: Vec<ConcertNo> = {
                let state = self.shared.replica.look();
                let has_endings = |no: &ConcertNo| state.sale(*no).is_some_and(|sale| sale.has_endings_due(now));
                concerts_of(&state, slots).into_iter().filter(has_endings).collect()
            };
            // Others may own them by now, whose affair it is.
            let held = self.member.instance.slots().held();
            if due.is_empty() || !slots.iter().all(|slot| held.contains(slot)) {
                return Ok(());
            }
            let mut batch = Batch::default();
            for (concert, steps) in shares(due, STEP_MAX) {
                batch.push_own(now, Settle { concert, steps }.into());
            }
            self.commit(batch).await?;
        }
    }

    fn own(&self) -> (NodeId, u64) {
        let membership = self.member.instance.membership();
        (membership.node, membership.incarnation)
    }

    /// Makes a batch the next part of this instance, or the next ones, and waits until they are applied here.
    async fn commit(&mut self, batch: Batch) -> Result<Sweeping, Stopping> {
        metrics::BATCH_COMMANDS.record(batch.stamped.len() as f64);
        let mut waiting = VecDeque::from([batch]);
        while let Some(Batch { stamped, waiters }) = waiting.pop_front() {
            let origin = self.next_part();
            let (bytes, stamped) = encoded(origin, self.member.instance.slots().held(), stamped);
            if bytes.len() > ENTRY_BYTES_MAX && stamped.len() > 1 {
                let [first, second] = Batch { stamped, waiters }.halves();
                waiting.push_front(second);
                waiting.push_front(first);
                continue;
            }
            metrics::PARTS_PROPOSED.increment(1);
            self.member.under_way.put(origin, waiters);
            let _proposal = self.member.instance.propose(bytes);
            self.member.under_way.wait_for(origin).await?;
            self.number = origin.number;
        }
        Ok(self.member.under_way.take_sweeping())
    }

    fn next_part(&self) -> PartOrigin {
        let (node, incarnation) = self.own();
        PartOrigin { node, incarnation, number: self.number + 1 }
    }

    /// Has a part applied that is no part of a life yet, which may be done any number of times.
    async fn commit_unnumbered(&self, batch: Batch, is_done: impl Fn(&Shared) -> bool) -> Result<(), Stopping> {
        let (bytes, _) = encoded(PartOrigin { number: 0, ..self.next_part() }, Vec::new(), batch.stamped);
        let _proposal = self.member.instance.propose(bytes);
        self.member.under_way.wait_until(|| is_done(self.shared)).await
    }
}

/// The concerts of some slots.
fn concerts_of(state: &State, slots: &[(Slot, Epoch)]) -> Vec<ConcertNo> {
    let is_of = |sale: &&Sale| state.slot_of(sale.id()).is_some_and(|of| slots.iter().any(|(slot, _)| *slot == of));
    state.sales().filter(is_of).map(|sale| sale.no).collect()
}

/// A part as it travels, and the commands of it once more.
fn encoded(origin: PartOrigin, fences: Vec<(Slot, Epoch)>, batch: Vec<Stamped>) -> (Bytes, Vec<Stamped>) {
    let PartOrigin { node: origin, incarnation, number } = origin;
    let part = Part { origin, incarnation, number, fences, batch };
    let mut bytes = Vec::new();
    codec::encode_payload(&part, &mut bytes);
    (bytes.into(), part.batch)
}
