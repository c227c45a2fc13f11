//! Who is to own which slot, as whoever orders the log decides: it lets the others answer for a moment, again and again,
//! gives the slots of one that is not heard any more to others when that moment is over, and lets each slot go home. It
//! decides and does nothing itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::control::Renewal;
use super::homes::home;
use super::owner_tenure::OVER_AFTER;
use crate::domain::commands::Assign;
use crate::domain::{Epoch, NodeId, Slot, SlotRow};
use crate::log::Index;

/// An instance that was not heard for so long is given nothing.
const QUIET: Duration = Duration::from_millis(450);
/// How long an instance has to be heard without a break before slots go home to it.
const SETTLED: Duration = Duration::from_secs(10);
/// Entries that an instance may lack that is given a slot.
const LAG_MAX: u64 = 1_000;

/// Decides in one term.
#[derive(Debug)]
pub(super) struct Warden {
    term: u64,
    /// From when on it knows what was granted: what leaders before it have granted it cannot know.
    since: Instant,
    known: BTreeMap<NodeId, Known>,
    /// Those that are to be removed: they keep no slot.
    dismissed: BTreeSet<NodeId>,
}

/// What is known of an instance that has asked to go on.
#[derive(Debug)]
struct Known {
    granted_at: Instant,
    /// Since when it asks without a break.
    up_since: Instant,
    renewal: Renewal,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Trusted,
    /// Its slots are on their way to others; until then it is granted nothing.
    Condemned,
}

/// Why a slot moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Its owner is not heard any more, or has no vote any more.
    Lost,
    /// Its owner is leaving, or is to be removed.
    Leaving,
    /// It goes home.
    Home,
}

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decided {
    pub assigns: Vec<(Assign, Why)>,
    /// Slots that their owners are asked to give up, so that they can be assigned.
    pub releases: BTreeMap<NodeId, Vec<(Slot, Epoch)>>,
}

/// How the log stands as it is decided.
#[derive(Clone, Debug)]
pub(super) struct Circumstances {
    pub slots: Vec<(Slot, SlotRow)>,
    pub voters: BTreeSet<NodeId>,
    /// The newest entry that is applied here.
    pub applied: Index,
}

impl Warden {
    /// Of a leader of this term, from now on.
    pub(super) fn new(term: u64, now: Instant) -> Self {
        Self { term, since: now, known: BTreeMap::new(), dismissed: BTreeSet::new() }
    }

    /// Notes that this instance could grant nothing for some time.
    pub(super) fn resume(&mut self, now: Instant) {
        self.since = now;
    }

    /// Notes that an instance is to be removed.
    pub(super) fn dismiss(&mut self, node: NodeId) {
        self.dismissed.insert(node);
    }

    /// Whether an instance that asks may go on answering.
    pub(super) fn renew(&mut self, from: NodeId, renewal: Renewal, now: Instant) -> bool {
        let known = self.known.entry(from).or_insert_with(|| Known {
            granted_at: now,
            up_since: now,
            renewal: renewal.clone(),
            standing: Standing::Trusted,
        });
        if known.standing == Standing::Condemned {
            return false;
        }
        if now >= known.granted_at + QUIET {
            known.up_since = now;
        }
        known.granted_at = now;
        known.renewal = renewal;
        true
    }

    /// Notes that an instance has given slots up.
    pub(super) fn note_released(&mut self, by: NodeId, slots: Vec<(Slot, Epoch)>) {
        if let Some(known) = self.known.get_mut(&by) {
            known.renewal.released.extend(slots);
        }
    }

    /// Says what is to be done now.
    pub(super) fn decide(&mut self, circumstances: &Circumstances, now: Instant) -> Decided {
        let Circumstances { slots, voters, applied } = circumstances;
        let owners: BTreeSet<NodeId> = slots.iter().map(|(_, row)| row.owner).collect();
        // Their slots have others by now.
        self.known.retain(|node, known| known.standing == Standing::Trusted || owners.contains(node));
        let takers: BTreeSet<NodeId> =
            voters.iter().copied().filter(|node| self.can_take(*node, *applied, now)).collect();
        let mut decided = Decided::default();
        if takers.is_empty() {
            return decided;
        }
        for node in owners {
            // One that has no vote any more is granted nothing, so that it is lost, too, when its last grant is over.
            if now >= self.lost_at(node) {
                self.condemn(node, now);
            }
        }
        for (slot, row) in slots {
            if let Some((to, why)) = self.next_owner(*slot, *row, &takers, now) {
                decided.assigns.push((Assign { slot: *slot, from: row.epoch, to, term: self.term }, why));
            } else if takers.iter().any(|node| *node != row.owner) && self.is_leaving(row.owner) {
                decided.releases.entry(row.owner).or_default().push((*slot, row.epoch));
            }
        }
        if decided == Decided::default() {
            let going = slots.iter().find(|(slot, row)| self.is_away(*slot, *row, &takers, now));
            decided.releases.extend(going.map(|(slot, row)| (row.owner, vec![(*slot, row.epoch)])));
        }
        decided
    }

    /// Who owns a slot next, and why, where that can be said now: its owner does not answer for it any more.
    fn next_owner(&self, slot: Slot, row: SlotRow, takers: &BTreeSet<NodeId>, now: Instant) -> Option<(NodeId, Why)> {
        let known = self.known.get(&row.owner)?;
        let is_released = known.renewal.released.contains(&(slot, row.epoch));
        let why = match known.standing {
            Standing::Condemned => Why::Lost,
            Standing::Trusted if !is_released => return None,
            Standing::Trusted if self.is_leaving(row.owner) => Why::Leaving,
            Standing::Trusted => Why::Home,
        };
        let to = match why {
            Why::Home => self.home_among(slot, row.owner, takers, now),
            Why::Lost | Why::Leaving => home(slot, takers.iter().copied()),
        };
        // One that leaves and is the only one takes its own slot back.
        to.or(Some(row.owner)).map(|to| (to, why))
    }

    /// Whether a slot is owned by another one than that where it is at home.
    fn is_away(&self, slot: Slot, row: SlotRow, takers: &BTreeSet<NodeId>, now: Instant) -> bool {
        takers.contains(&row.owner) && self.home_among(slot, row.owner, takers, now) != Some(row.owner)
    }

    /// Where a slot is at home among its owner and those that are there for some time.
    fn home_among(&self, slot: Slot, owner: NodeId, takers: &BTreeSet<NodeId>, now: Instant) -> Option<NodeId> {
        let is_settled = |node: &NodeId| self.known.get(node).is_some_and(|known| now >= known.up_since + SETTLED);
        home(slot, takers.iter().copied().filter(|node| *node == owner || is_settled(node)))
    }

    /// From when on an instance answers no more, unless it is granted more.
    fn lost_at(&self, node: NodeId) -> Instant {
        let granted_at = self.known.get(&node).map_or(self.since, |known| known.granted_at);
        granted_at.max(self.since) + if planted!(AssignedAtOnce) { OVER_AFTER / 4 } else { OVER_AFTER }
    }

    fn is_leaving(&self, node: NodeId) -> bool {
        self.dismissed.contains(&node) || self.known.get(&node).is_some_and(|known| known.renewal.is_leaving)
    }

    fn can_take(&self, node: NodeId, applied: Index, now: Instant) -> bool {
        self.known.get(&node).is_some_and(|known| {
            known.standing == Standing::Trusted
                && !self.is_leaving(node)
                && now < known.granted_at + QUIET
                && known.renewal.applied.0 + LAG_MAX >= applied.0
        })
    }

    fn condemn(&mut self, node: NodeId, now: Instant) {
        let renewal =
            Renewal { applied: Index(0), released: Vec::new(), is_leaving: false, wall_us: 0, checkpoint: None };
        let unheard = || Known { granted_at: now, up_since: now, renewal, standing: Standing::Trusted };
        self.known.entry(node).or_insert_with(unheard).standing = Standing::Condemned;
    }
}

#[cfg(test)]
mod tests;
