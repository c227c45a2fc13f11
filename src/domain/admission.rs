//! When places were admitted: what the sliding window of a policy and the measured rate are read from.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Change, ConcertNo, Timestamp};

/// The longest window that a policy may have, in milliseconds; older admissions are forgotten.
const KEPT_MS: i64 = 3_600_000;
/// The span over which the rate is measured, in milliseconds.
const MEASURED_MS: i64 = 60_000;
/// Admissions that left the policy's window are kept a second a row, at the second's end, so that a window which is
/// made longer later counts each of them as long as it should, or up to a second longer, and never shorter.
const COARSE_MS: i64 = 1_000;

/// The admissions of one concert within the last hour.
#[derive(Debug, Default)]
pub struct Admissions {
    counts: BTreeMap<Timestamp, u32>,
    /// Below it everything is coarse already.
    coarse_below: Timestamp,
    /// Admissions within the minute before `measured_at`.
    measured: u64,
    measured_at: Timestamp,
}

impl Admissions {
    pub fn restore(&mut self, at: Timestamp, count: u32) {
        self.counts.insert(at, count);
    }

    /// Measures the rate as of `now`, at most once a second.
    pub fn measure(&mut self, now: Timestamp) {
        if now.0 / 1_000 != self.measured_at.0 / 1_000 {
            self.measured = self.within(now, MEASURED_MS);
            self.measured_at = now;
        }
    }

    /// Notes `count` admissions at `now` and lets go of what is too old; `window_ms` stays exact.
    pub fn record(
        &mut self,
        concert: ConcertNo,
        now: Timestamp,
        count: u32,
        window_ms: i64,
        changes: &mut Vec<Change>,
    ) {
        let at_now = self.counts.entry(now).or_default();
        *at_now += count;
        changes.push(Change::Admissions(concert, now, Some(*at_now)));
        self.coarsen(concert, Timestamp(now.0 - window_ms.max(MEASURED_MS)), changes);
        while let Some((&at, _)) = self.counts.first_key_value()
            && at.0 <= now.0 - KEPT_MS
        {
            self.counts.remove(&at);
            changes.push(Change::Admissions(concert, at, None));
        }
        self.measured += u64::from(count);
        self.measure(now);
    }

    fn coarsen(&mut self, concert: ConcertNo, below: Timestamp, changes: &mut Vec<Change>) {
        let end_of_second = |at: Timestamp| Timestamp(at.0.div_euclid(COARSE_MS) * COARSE_MS + COARSE_MS - 1);
        if below <= self.coarse_below {
            return;
        }
        let fine: Vec<Timestamp> = self.counts.range(self.coarse_below..below).map(|(at, _)| *at).collect();
        for at in fine {
            let bucket = end_of_second(at);
            if bucket == at {
                continue;
            }
            if bucket >= below {
                self.coarse_below = at;
                return;
            }
            let count = self.counts.remove(&at).expect("just seen");
            let sum = self.counts.entry(bucket).or_default();
            *sum += count;
            changes.push(Change::Admissions(concert, at, None));
            changes.push(Change::Admissions(concert, bucket, Some(*sum)));
        }
        self.coarse_below = below;
    }

    /// Admissions within the `span_ms` before `now`, `now` included.
    pub fn within(&self, now: Timestamp, span_ms: i64) -> u64 {
        let window = (Bound::Excluded(Timestamp(now.0 - span_ms)), Bound::Unbounded);
        self.counts.range(window).map(|(_, count)| u64::from(*count)).sum()
    }

    /// Admissions a minute, as measured at the latest one.
    pub fn measured_per_minute(&self) -> u64 {
        self.measured
    }

    /// The first instant from `now` on at which a window of `span_ms` holds fewer than `count` admissions.
    pub fn room_at(&self, now: Timestamp, count: u32, span_ms: i64) -> Timestamp {
        let window = (Bound::Excluded(Timestamp(now.0 - span_ms)), Bound::Unbounded);
        let mut left = self.within(now, span_ms);
        for (at, admitted) in self.counts.range(window) {
            if left < u64::from(count) {
                return now;
            }
            left -= u64::from(*admitted);
            if left < u64::from(count) {
                return Timestamp(at.0 + span_ms);
            }
        }
        now
    }

    /// Admissions that a policy of `count` in `span_ms` allows at `now`.
    pub fn room(&self, now: Timestamp, count: u32, span_ms: i64) -> u64 {
        u64::from(count).saturating_sub(self.within(now, span_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::Admissions;
    use crate::domain::{ConcertNo, Timestamp};

    fn admitted(at_seconds: &[(i64, u32)]) -> Admissions {
        let mut admissions = Admissions::default();
        for (at, count) in at_seconds {
            admissions.record(ConcertNo(1), Timestamp(at * 1_000), *count, 10_000, &mut Vec::new());
        }
        admissions
    }

    #[test]
    fn the_window_slides_and_frees_room_when_the_oldest_leaves() {
        let admissions = admitted(&[(0, 2), (4, 1)]);
        assert_eq!(admissions.room(Timestamp(9_999), 3, 10_000), 0);
        assert_eq!(admissions.room_at(Timestamp(5_000), 3, 10_000), Timestamp(10_000));
        assert_eq!(admissions.room(Timestamp(10_000), 3, 10_000), 2);
        assert_eq!(admissions.room_at(Timestamp(5_000), 1, 10_000), Timestamp(14_000));
    }

    #[test]
    fn a_window_made_longer_later_still_counts_the_earlier_admissions() {
        let admissions = admitted(&[(0, 5), (100, 1), (200, 1)]);
        assert_eq!(admissions.within(Timestamp(200_000), 300_000), 7);
        assert_eq!(admissions.within(Timestamp(200_000), 10_000), 1);
    }

    #[test]
    fn admissions_are_forgotten_after_the_longest_window() {
        let admissions = admitted(&[(0, 5), (3_700, 1)]);
        assert_eq!(admissions.counts.len(), 1);
    }
}
