//! Who answers for what at this moment, and waiting until that is another.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::digests::{COMPARE_EVERY, Checkpoint};
use super::instance::{Answers, Instance};
use super::slot_table::Owner;
use crate::domain::{ConcertId, Epoch, NodeId, Slot};
use crate::log::{Index, Leadership};

impl Instance {
    /// Who answers for a concert at this moment: it owns the slot, has taken it up and is within its tenure.
    #[must_use]
    pub fn answers_for(&self, concert: &ConcertId) -> Owner {
        let slots = self.slots();
        match slots.slot_of(concert).map_or(Owner::Nobody, |slot| slots.owner(slot)) {
            Owner::Own if !self.owner_tenure().holds() => Owner::Nobody,
            Owner::Other(node) if self.peers().get(node).is_none() => Owner::Nobody,
            owner @ (Owner::Own | Owner::Other(_) | Owner::Nobody) => owner,
        }
    }

    /// Who orders the log at this moment.
    #[must_use]
    pub fn orders_log(&self) -> Owner {
        if self.tenure().holds() {
            return Owner::Own;
        }
        self.other_leader().map_or(Owner::Nobody, Owner::Other)
    }

    /// Waits until `look` finds something, which is asked whenever who answers for what may have changed.
    pub async fn wait_for<T>(&self, look: impl Fn() -> Option<T>) -> T {
        let (mut leader, mut answers, mut slots) = (self.watch_leader(), self.watch_answers(), self.slots().watch());
        loop {
            if let Some(found) = look() {
                return found;
            }
            let changed = tokio::select! {
                changed = leader.changed() => changed,
                changed = answers.changed() => changed,
                changed = slots.changed() => changed,
            };
            changed.expect("the senders are here");
        }
    }

    /// Notes who answers for what: a tenure begins and ends with time, which tells nobody.
    pub(super) fn note_answers(&self) {
        self.set_answers(Answers {
            for_slots: self.owner_tenure().holds(),
            for_log: self.tenure().holds(),
            for_time: self.knows_walls(),
        });
    }

    /// Notes that this instance does what whoever orders the log does.
    pub(super) fn take_office(&self, leadership: Leadership) {
        self.tenure().take_office(leadership);
        self.note_answers();
    }

    /// Notes that this instance does not answer as the one that orders the log, until that is resumed.
    pub(super) fn suspend_tenure(&self, leadership: Leadership) {
        self.tenure().suspend(leadership);
        self.note_answers();
    }

    /// Notes that this instance answers again once a majority has heard of it. Where another one leads by now, it does not.
    pub(super) fn resume_tenure(&self, leadership: Leadership) {
        self.tenure().resume(leadership);
        self.note_answers();
    }

    /// Notes how far the copy of this instance has come, and what became of every command until then. Which slots it owns by
    /// that is to be noted before.
    pub fn note_applied(&self, index: Index, digest: u64) {
        if index.0.is_multiple_of(COMPARE_EVERY) && index > Index(0) {
            self.set_checkpoint(Checkpoint { index, digest });
        }
        self.set_applied(index);
        self.owner_tenure().applied(index);
    }

    /// Whether this instance orders the log, and knows the wall clocks of a majority.
    #[must_use]
    pub fn knows_walls(&self) -> bool {
        self.tenure().holds() && self.walls().are_known(self.membership().node, &self.voters(), Instant::now())
    }

    /// By how many microseconds the wall clock that counts is ahead of the one here, as this instance orders the log;
    /// nothing before those of a majority are known.
    #[must_use]
    pub fn wall_ahead_us(&self) -> Option<i64> {
        let own = self.membership().node;
        let ahead_us = || {
            let expected_us = (self.hooks().read_clocks)().expected_ahead_us();
            self.walls().median_ahead_us(own, &self.voters(), expected_us, Instant::now())
        };
        self.tenure().holds().then(ahead_us).flatten()
    }

    /// Those that have a vote, before and behind a change of the members.
    pub(super) fn voters(&self) -> BTreeSet<NodeId> {
        let sets = self.consensus().voters();
        let mut sets = sets.into_iter();
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |all, set| all.intersection(&set).copied().collect())
    }

    /// The newest entry that this instance knows of.
    pub(super) fn newest(&self) -> Index {
        self.consensus().log_extent().0.max(self.consensus().applied())
    }

    /// Gives slots up, and says which of them it has given up.
    pub(super) fn release(&self, slots: &[(Slot, Epoch)]) -> Vec<(Slot, Epoch)> {
        slots.iter().copied().filter(|(slot, epoch)| self.slots().release(*slot, *epoch)).collect()
    }

    /// Another instance that orders the log, when it is known.
    fn other_leader(&self) -> Option<NodeId> {
        self.leader().other().filter(|node| self.peers().get(*node).is_some())
    }
}
