//! How soon ACTIVE places make room: their ends as they stand, and how many ended before theirs. It knows neither users
//! nor who waits, and no decision rests on it: it is for what clients are told. The ends as they stand follow from the
//! rows; what is measured of early ones does not.

use std::collections::VecDeque;

use crate::domain::collections::FenwickTree;
use crate::domain::words::{EarlyEnds, Timestamp};

/// Early ends that are remembered, with their instants: enough that their number tells the rate within a quarter.
const EARLY_MAX: usize = 16;
/// The span within which all early ends are counted, in seconds.
const COUNTED_SECONDS: usize = 32;
/// The rate of a time before is no longer told when nobody waited for so long, in seconds.
const CALM_SECONDS: u32 = 60;
/// No end of an ACTIVE place lies farther ahead: the longest active time and the longest hold, in seconds.
const HORIZON_SECONDS: u64 = 2 * 86_400;

/// The ends of the ACTIVE places of one concert.
#[derive(Debug, Default)]
pub struct Turnover {
    /// The ends as they stand, by second, rounded up.
    ends: FenwickTree,
    /// The latest ends that came before their time: users who paid, left or let a hold lapse.
    early: VecDeque<Timestamp>,
    /// How many such ends each of the last seconds had; the last one is that of `counted_at`.
    counts: [u32; COUNTED_SECONDS],
    counted_at: i64,
    /// Since when there are ACTIVE places without a break, or the server runs.
    since: Option<Timestamp>,
    last_end: Timestamp,
    /// Until when nobody is known to have waited, and when somebody last did.
    calm_until: Timestamp,
    waited_at: Timestamp,
}

/// Whether anybody waits for an ACTIVE place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Empty,
    Waits,
}

/// What a policy allows, as far as ACTIVE places are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub most: u32,
    pub active_seconds: u32,
}

impl Turnover {
    /// A place is ACTIVE that ends at `end` as it stands.
    pub fn add(&mut self, end: Timestamp) {
        self.ends.insert(second_of(end));
    }

    /// A place does not end at `end` after all.
    pub fn take(&mut self, end: Timestamp) {
        self.ends.remove(second_of(end));
    }

    /// A place that was to end at `end` has ended at `at`.
    pub fn ended(&mut self, end: Timestamp, at: Timestamp) {
        self.take(end);
        self.last_end = at;
        if at >= end {
            return;
        }
        self.count_until(at);
        self.counts[COUNTED_SECONDS - 1] += 1;
        if self.early.len() == EARLY_MAX {
            self.early.pop_front();
        }
        self.early.push_back(at);
    }

    /// Before anything happens at `now`: the rate of early ends begins anew where nobody was ACTIVE, or nobody waited for
    /// long.
    pub fn observe(&mut self, now: Timestamp, line: Line) {
        let idle = self.ends.members() == 0 && self.last_end < now;
        if idle || self.since.is_none() {
            self.begin(now);
        }
        match line {
            Line::Empty => self.calm_until = now,
            Line::Waits => {
                // It has waited since the command before.
                if self.waited_at.plus_seconds(CALM_SECONDS) < self.calm_until {
                    self.begin(self.calm_until);
                }
                self.waited_at = now;
            }
        }
    }

    fn begin(&mut self, at: Timestamp) {
        self.since = Some(at);
        self.early.clear();
        self.counts = [0; COUNTED_SECONDS];
    }

    /// Makes `at`'s second the last one that is counted.
    fn count_until(&mut self, at: Timestamp) {
        let second = at.0.div_euclid(1_000);
        let passed = usize::try_from(second - self.counted_at).unwrap_or(0).min(COUNTED_SECONDS);
        self.counts.copy_within(passed.., 0);
        self.counts[COUNTED_SECONDS - passed..].fill(0);
        self.counted_at = self.counted_at.max(second);
    }

    /// The early ends of late.
    pub(in crate::domain) fn early_ends(&self, now: Timestamp) -> EarlyEnds {
        let since = self.since.unwrap_or(now);
        let passed = usize::try_from(now.0.div_euclid(1_000) - self.counted_at).unwrap_or(0).min(COUNTED_SECONDS);
        let counted: u64 = self.counts[passed..].iter().map(|count| u64::from(*count)).sum();
        let age = now.seconds_after(since).max(1);
        if counted >= EARLY_MAX as u64 {
            return EarlyEnds { ends: counted, seconds: age.min(COUNTED_SECONDS as u64) };
        }
        // Few ends, so the span goes back to where they began; when no further one comes for long, the rate falls.
        let (from, ends) = match self.early.front() {
            Some(first) if self.early.len() == EARLY_MAX => (*first, EARLY_MAX as u64 - 1),
            Some(_) | None => (since, self.early.len() as u64),
        };
        let last = self.early.back().copied().unwrap_or(now);
        let seconds = last.seconds_after(from).max(now.seconds_after(from) / 2).max(1);
        EarlyEnds { ends, seconds }
    }

    /// Seconds from `from` on until the `nth` of those who wait, from 1, finds an ACTIVE place free: by the ends as they
    /// stand, by ends as `early` as those of late, and by the ends of those who are admitted before.
    pub fn free_in(&self, nth: u64, from: Timestamp, early: EarlyEnds, places: Places) -> u64 {
        let gone = self.ends.before(second_of(from) + 1);
        let (most, active) = (u64::from(places.most), self.ends.members() as u64 - gone);
        let free = most.saturating_sub(active);
        if nth <= free {
            return 0;
        }
        let rate = EarlyEnds { seconds: early.seconds.max(1), ..early };
        let lasts = u64::from(places.active_seconds);
        // Counted in ends times the rate's seconds, so that all is whole numbers.
        let early = rate.ends * lasts;
        let first_round = active.max(most) * rate.seconds + early;
        let wanted = (nth + active.saturating_sub(most) - free) * rate.seconds;
        let known = |wanted: u64| {
            let ends = |seconds: u64| self.ends.before(second_of(from) + seconds + 1) - gone;
            let enough = |seconds: u64| ends(seconds) * rate.seconds + rate.ends * seconds >= wanted;
            let last = if free > 0 { lasts } else { HORIZON_SECONDS };
            first_where(last, enough)
        };
        if wanted <= first_round {
            return known(wanted);
        }
        // Every round admits as many as there are places and fills those that are left early.
        let round = most * rate.seconds + early;
        let left = wanted - first_round - 1;
        lasts * (1 + left / round) + known(left % round + 1)
    }
}

/// The first number up to `last` for which `holds`, which stays true once it is; `last` when there is none before.
fn first_where(last: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The second of an instant, rounded up.
fn second_of(at: Timestamp) -> u64 {
    at.seconds_after(Timestamp(0))
}
