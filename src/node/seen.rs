//! Who of the waiting was seen when. Polls are not logged: this is the leader's memory, and what follows from it, the
//! abandonment of a place, is a command. After a start everybody counts as seen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;

use crate::domain::{ConcertNo, Sale, Sequence, Settings, State, Timestamp};

/// Waiting places that are looked at under one read lock of the state.
const CHUNK: usize = 4_096;
/// Places at the head of a queue that the writer looks at before it admits: as many as one step may admit.
const HEADS: usize = 1_000;

/// When each waiting place was last seen.
pub struct Seen {
    started_at: Timestamp,
    last: DashMap<(ConcertNo, Sequence), Timestamp>,
    /// How many open streams follow a place; while there is one it is seen all the time.
    followers: DashMap<(ConcertNo, Sequence), u32>,
    /// Until when no place of a concert can be abandoned, as the latest round found.
    none_before: DashMap<ConcertNo, Timestamp>,
    /// Counts the changes of policies.
    policies: AtomicU64,
}

impl Seen {
    pub fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            last: DashMap::new(),
            followers: DashMap::new(),
            none_before: DashMap::new(),
            policies: AtomicU64::new(0),
        }
    }

    /// Notes that a place is seen at `now`, if it waits and was not abandoned before.
    pub fn note(&self, sale: &Sale, sequence: Sequence, now: Timestamp, settings: &Settings) -> Noted {
        if self.is_abandoned(sale, sequence, now, settings) {
            return Noted::TooLate;
        }
        if sale.queue().waiting().contains_key(&sequence) {
            self.last.insert((sale.no, sequence), now);
        }
        Noted::InTime
    }

    /// Notes that a stream follows a place from now on.
    pub fn follow(&self, concert: ConcertNo, sequence: Sequence) {
        *self.followers.entry((concert, sequence)).or_default() += 1;
    }

    /// Notes that a stream which followed a place has ended at `now`.
    pub fn unfollow(&self, sale: &Sale, sequence: Sequence, now: Timestamp) {
        // Seen until now, and noted before the follower goes, so that there is no gap between the two.
        if sale.queue().waiting().contains_key(&sequence) {
            self.last.insert((sale.no, sequence), now);
        }
        self.followers.remove_if_mut(&(sale.no, sequence), |_, followers| {
            *followers -= 1;
            *followers == 0
        });
    }

    /// Forgets a place that waits no more.
    pub fn forget(&self, concert: ConcertNo, sequence: Sequence) {
        self.last.remove(&(concert, sequence));
    }

    /// Whether the place waits and was not seen for as long as the policy allows.
    pub fn is_abandoned(&self, sale: &Sale, sequence: Sequence, now: Timestamp, settings: &Settings) -> bool {
        self.due(sale, sequence, settings).is_some_and(|due| due <= now)
    }

    /// When a waiting place is abandoned unless it is seen before; `None` while it is followed or needs not be seen.
    fn due(&self, sale: &Sale, sequence: Sequence, settings: &Settings) -> Option<Timestamp> {
        let place = sale.queue().waiting().get(&sequence)?;
        let seconds = sale.policy(settings).abandon_seconds?;
        if self.followers.contains_key(&(sale.no, sequence)) {
            return None;
        }
        let noted = self.last.get(&(sale.no, sequence)).map(|last| *last);
        let last = noted.unwrap_or(place.issued_at).max(self.started_at);
        Some(last.plus_seconds(seconds))
    }

    /// The abandoned places among the first in line, so that the writer can end them before it admits anybody.
    pub fn abandoned_heads(&self, sale: &Sale, now: Timestamp, settings: &Settings) -> Vec<Sequence> {
        if sale.queue().waiting().is_empty() || self.none_before.get(&sale.no).is_some_and(|none| now < *none) {
            return Vec::new();
        }
        let heads = sale.queue().waiting().keys().take(HEADS).copied();
        heads.filter(|sequence| self.is_abandoned(sale, *sequence, now, settings)).collect()
    }

    /// Forgets until when no place is abandoned, since a policy has changed.
    pub fn policy_changed(&self) {
        self.policies.fetch_add(1, Ordering::AcqRel);
        self.none_before.clear();
    }

    /// Begins a round through all queues.
    pub fn round(&self) -> Round {
        let policies = self.policies.load(Ordering::Acquire);
        Round { next: Some((ConcertNo(0), Sequence(0))), earliest: BTreeMap::new(), policies }
    }

    /// Looks at the next waiting places of a round, as many as one read lock of the state may cover, and gives the
    /// abandoned ones.
    pub fn look(&self, state: &State, round: &mut Round, now: Timestamp) -> Vec<(ConcertNo, Sequence)> {
        let mut abandoned = Vec::new();
        let Some(from) = round.next.take() else { return abandoned };
        let mut left = CHUNK;
        for sale in state.sales().filter(|sale| sale.no >= from.0) {
            let Some(seconds) = sale.policy(state.settings()).abandon_seconds else { continue };
            // Whoever comes, is seen or is no longer followed from now on is not abandoned before this.
            let earliest = round.earliest.entry(sale.no).or_insert(now.plus_seconds(seconds));
            let first = if sale.no == from.0 { from.1 } else { Sequence(0) };
            for sequence in sale.queue().waiting().range(first..).map(|(sequence, _)| *sequence) {
                if left == 0 {
                    round.next = Some((sale.no, sequence));
                    return abandoned;
                }
                left -= 1;
                match self.due(sale, sequence, state.settings()) {
                    Some(due) if due <= now => abandoned.push((sale.no, sequence)),
                    Some(due) => *earliest = due.min(*earliest),
                    None => {}
                }
            }
        }
        abandoned
    }

    /// Ends a round: until the earliest time that it found, the writer need not look at the heads.
    pub fn finish(&self, round: Round) {
        for (concert, earliest) in round.earliest {
            self.none_before.insert(concert, earliest);
        }
        if self.policies.load(Ordering::Acquire) != round.policies {
            self.none_before.clear();
        }
    }
}

/// Whether a place was seen before it was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    InTime,
    TooLate,
}

/// One walk through all queues, a chunk after the other.
pub struct Round {
    next: Option<(ConcertNo, Sequence)>,
    /// The earliest time at which a place of a concert may be abandoned.
    earliest: BTreeMap<ConcertNo, Timestamp>,
    /// How often policies had changed when it began.
    policies: u64,
}

impl Round {
    pub fn is_over(&self) -> bool {
        self.next.is_none()
    }
}
