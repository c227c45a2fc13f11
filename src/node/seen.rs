//! Who of the waiting was seen when. Polls are not logged: this is the leader's memory, and what follows from it, the
//! abandonment of a place, is a command. After a start everybody counts as seen.

use dashmap::DashMap;

use crate::domain::{Bearer, ConcertNo, Sale, Sequence, Settings, State, Timestamp};

/// Waiting places that are looked at under one read lock of the state.
const CHUNK: usize = 4_096;

/// When each waiting place was last seen.
pub struct Seen {
    started_at: Timestamp,
    last: DashMap<(ConcertNo, Sequence), Timestamp>,
    /// How many open streams follow a place; while there is one it is seen all the time.
    followers: DashMap<(ConcertNo, Sequence), u32>,
}

impl Seen {
    pub fn new(started_at: Timestamp) -> Self {
        Self { started_at, last: DashMap::new(), followers: DashMap::new() }
    }

    /// Notes that the waiting place of `bearer` is seen at `now`, unless it was abandoned before.
    pub fn note(&self, sale: &Sale, bearer: Bearer, now: Timestamp, settings: &Settings) {
        let waits = sale.queue().waiting().contains_key(&bearer.sequence);
        if waits && !self.is_abandoned(sale, bearer.sequence, now, settings) {
            self.last.insert((sale.no, bearer.sequence), now);
        }
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
        let Some(place) = sale.queue().waiting().get(&sequence) else { return false };
        let Some(seconds) = sale.policy(settings).abandon_seconds else { return false };
        if self.followers.contains_key(&(sale.no, sequence)) {
            return false;
        }
        let noted = self.last.get(&(sale.no, sequence)).map(|last| *last);
        let last = noted.unwrap_or(place.issued_at).max(self.started_at);
        last.plus_seconds(seconds) <= now
    }

    /// The abandoned places among the `CHUNK` first at or behind `from`, and where to go on.
    pub fn abandoned(&self, state: &State, from: (ConcertNo, Sequence), now: Timestamp) -> Scan {
        let mut scan = Scan { abandoned: Vec::new(), next: None };
        let mut left = CHUNK;
        for sale in state.sales().filter(|sale| sale.no >= from.0) {
            if sale.policy(state.settings()).abandon_seconds.is_none() {
                continue;
            }
            let first = if sale.no == from.0 { from.1 } else { Sequence(0) };
            for sequence in sale.queue().waiting().range(first..).map(|(sequence, _)| *sequence) {
                if left == 0 {
                    scan.next = Some((sale.no, sequence));
                    return scan;
                }
                left -= 1;
                if self.is_abandoned(sale, sequence, now, state.settings()) {
                    scan.abandoned.push((sale.no, sequence));
                }
            }
        }
        scan
    }
}

/// What one look at a part of the queues found.
pub struct Scan {
    pub abandoned: Vec<(ConcertNo, Sequence)>,
    pub next: Option<(ConcertNo, Sequence)>,
}
