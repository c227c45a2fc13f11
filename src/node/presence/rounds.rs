//! Rounds through all queues, a stretch after the other, that find the places which nobody asks after any more. A
//! stretch in which none can be abandoned yet is passed over, so that a round costs little however many wait.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Fate, Presence};
use crate::domain::{ConcertNo, LineOrder, Sale, Sequence, State, Timestamp};

/// Orders in line of one stretch. At most so many places are looked at, and stretches passed over, under one read lock of
/// the state: about as long as the writer takes for some commands.
const STRETCH: u64 = 1_024;

/// One round after the other.
pub(super) struct Rounds {
    /// Where the round under way goes on; `None` between rounds.
    next: Option<(ConcertNo, LineOrder)>,
    /// Until when no place of a stretch can be abandoned: whoever comes, is seen or is no longer followed meanwhile is
    /// abandoned even later.
    none_before: BTreeMap<(ConcertNo, u64), Timestamp>,
    /// How often policies had changed when that was found.
    policies: u64,
}

impl Rounds {
    pub(super) fn new() -> Self {
        Self { next: None, none_before: BTreeMap::new(), policies: 0 }
    }

    /// Begins a round.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.next = Some((ConcertNo(0), LineOrder(0)));
        self.none_before.retain(|_, none_before| now < *none_before);
    }

    /// The first time at which a place may be abandoned in a stretch that was looked at.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.none_before.values().min().copied()
    }

    pub(super) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Looks at the next stretches, as many as one read lock of the state may cover, and gives their abandoned places.
    pub(super) fn look(&mut self, state: &State, seen: &Presence, now: Timestamp) -> Vec<(ConcertNo, Sequence)> {
        // Policies change under the state's write lock only.
        if self.policies != seen.policies() {
            self.policies = seen.policies();
            self.none_before.clear();
        }
        let mut abandoned = Vec::new();
        let Some((concert, mut from)) = self.next.take() else { return abandoned };
        let mut left = STRETCH;
        for sale in state.queued(concert) {
            if !seen.watches(sale.no) {
                continue;
            }
            // Whom a closing ends is the closing's.
            let policy = Some(sale.policy(state.settings())).filter(|_| !sale.is_closed(now));
            let Some(seconds) = policy.and_then(|policy| policy.abandon_seconds) else { continue };
            if sale.no != concert {
                from = LineOrder(0);
            }
            while let Some((first, _)) = sale.queue().waiting().iter_from(from).next() {
                if left == 0 {
                    self.next = Some((sale.no, first));
                    return abandoned;
                }
                let stretch = first.0 / STRETCH;
                from = LineOrder((stretch + 1) * STRETCH);
                let known = self.none_before.get(&(sale.no, stretch));
                if known.is_some_and(|none_before| now < *none_before) {
                    left -= 1;
                    continue;
                }
                let found = look_through(sale, seen, first..from, seconds, now);
                if found.abandoned.is_empty() {
                    self.none_before.insert((sale.no, stretch), found.none_before);
                }
                abandoned.extend(found.abandoned.into_iter().map(|sequence| (sale.no, sequence)));
                left = 0;
            }
        }
        abandoned
    }
}

/// What a look at the places of a stretch found.
struct Found {
    abandoned: Vec<Sequence>,
    /// Until when none of the others can be abandoned.
    none_before: Timestamp,
}

/// Looks at each place of a stretch of a queue that abandons a place after `seconds`.
fn look_through(sale: &Sale, seen: &Presence, stretch: Range<LineOrder>, seconds: u32, now: Timestamp) -> Found {
    let mut found = Found { abandoned: Vec::new(), none_before: now.plus_seconds(seconds) };
    let places = sale.queue().waiting().iter_from(stretch.start);
    for (_, place) in places.take_while(|(order, _)| *order < stretch.end) {
        match seen.fate(sale, place, seconds, now) {
            Fate::Abandoned => found.abandoned.push(place.sequence),
            Fate::AbandonedAt(due) => found.none_before = due.min(found.none_before),
            Fate::Followed => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
