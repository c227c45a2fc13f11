//! Who of the waiting was seen when. Polls are not logged: this is the leader's memory, and what follows from it, the
//! abandonment of a place, is a command. After a start everybody counts as seen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::Mutex;

use super::last_seen::LastSeen;
use crate::domain::{ConcertNo, Sale, Sequence, Settings, Timestamp, Waiting};

/// Places at the head of a queue that the writer knows of before it admits: as many as one step may admit.
const HEADS: u64 = 1_000;

/// When each waiting place was last seen.
pub struct Seen {
    started_at: Timestamp,
    last: LastSeen,
    /// How many open streams follow a place; while there is one it is seen all the time.
    followers: DashMap<(ConcertNo, Sequence), u32, RandomState>,
    /// What the writer knows of those who are first in each line.
    heads: Mutex<BTreeMap<ConcertNo, Heads>>,
    /// Counts the changes of policies.
    policies: AtomicU64,
}

/// The places up to `through` are not abandoned before `none_before`: whoever is seen again is so even later.
struct Heads {
    through: Sequence,
    none_before: Timestamp,
}

impl Seen {
    pub fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            last: LastSeen::default(),
            followers: DashMap::default(),
            heads: Mutex::default(),
            policies: AtomicU64::new(0),
        }
    }

    /// Notes that a place is seen at `now`, if it waits and was not abandoned before.
    pub fn note(&self, sale: &Sale, sequence: Sequence, now: Timestamp, settings: &Settings) -> Noted {
        let Some(place) = sale.queue().waiting().get(sequence) else { return Noted::InTime };
        let seconds = sale.policy(settings).abandon_seconds;
        if seconds.is_some_and(|seconds| self.fate(sale, sequence, place, seconds, now) == Fate::Abandoned) {
            return Noted::TooLate;
        }
        self.last.note(sale.no, sequence, now);
        Noted::InTime
    }

    /// Notes that a stream follows a place from now on.
    pub fn follow(&self, concert: ConcertNo, sequence: Sequence) {
        *self.followers.entry((concert, sequence)).or_default() += 1;
    }

    /// Notes that a stream which followed a place has ended at `now`.
    pub fn unfollow(&self, sale: &Sale, sequence: Sequence, now: Timestamp) {
        // Seen until now, and noted before the follower goes, so that there is no gap between the two.
        if sale.queue().waiting().contains(sequence) {
            self.last.note(sale.no, sequence, now);
        }
        self.followers.remove_if_mut(&(sale.no, sequence), |_, followers| {
            *followers -= 1;
            *followers == 0
        });
    }

    /// Forgets a place that waits no more.
    pub fn forget(&self, concert: ConcertNo, sequence: Sequence) {
        self.last.forget(concert, sequence);
    }

    /// What becomes of a waiting place that nobody asks after from `now` on, when `seconds` without are allowed. Nobody
    /// is abandoned before the opening: it counts as being seen, as a start does.
    pub fn fate(&self, sale: &Sale, sequence: Sequence, place: &Waiting, seconds: u32, now: Timestamp) -> Fate {
        let due = || {
            let last = self.last.get(sale.no, sequence).unwrap_or(place.issued_at);
            let opens_at = sale.row().definition.on_sale_at.unwrap_or_default();
            last.max(self.started_at).max(opens_at).plus_seconds(seconds)
        };
        let before = due();
        if now < before {
            return Fate::AbandonedAt(before);
        }
        if self.followers.contains_key(&(sale.no, sequence)) {
            return Fate::Followed;
        }
        // A stream that ended since the first look has noted the place before it was gone itself.
        let after = due();
        if now < after { Fate::AbandonedAt(after) } else { Fate::Abandoned }
    }

    /// The abandoned places among the first in line, so that the writer can end them before it admits anybody. Only
    /// those are looked at who came among the first since the last time, unless one of them may be due.
    pub fn abandoned_heads(&self, sale: &Sale, now: Timestamp, settings: &Settings) -> Vec<Sequence> {
        let line = sale.queue().waiting();
        let Some(seconds) = sale.policy(settings).abandon_seconds.filter(|_| !line.is_empty()) else {
            return Vec::new();
        };
        let mut heads = self.heads.lock();
        // Who is no longer followed from now on is not abandoned before this either.
        let unknown = Heads { through: Sequence(0), none_before: now.plus_seconds(seconds) };
        let mut known = heads.remove(&sale.no).filter(|known| now < known.none_before).unwrap_or(unknown);
        let new = HEADS.saturating_sub(line.rank(known.through));
        let mut abandoned = Vec::new();
        for (sequence, place) in line.iter_from(Sequence(known.through.0 + 1)).take(new as usize) {
            known.through = sequence;
            match self.fate(sale, sequence, place, seconds, now) {
                Fate::Abandoned => abandoned.push(sequence),
                Fate::AbandonedAt(due) => known.none_before = due.min(known.none_before),
                Fate::Followed => {}
            }
        }
        // Until the abandoned have gone they are found again.
        if abandoned.is_empty() {
            heads.insert(sale.no, known);
        }
        abandoned
    }

    /// Forgets until when no place is abandoned, since a policy has changed.
    pub fn policy_changed(&self) {
        self.policies.fetch_add(1, Ordering::AcqRel);
        self.heads.lock().clear();
    }

    /// How often policies have changed.
    pub fn policies(&self) -> u64 {
        self.policies.load(Ordering::Acquire)
    }
}

/// Whether a place was seen before it was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    InTime,
    TooLate,
}

/// What becomes of a waiting place that nobody asks after any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was not seen for as long as the policy allows.
    Abandoned,
    /// It is abandoned at this time.
    AbandonedAt(Timestamp),
    /// A stream follows it.
    Followed,
}
