//! When places were admitted: what the sliding window of a policy and the admissions a minute are read from.
//!
//! Each instant carries how many were admitted up to it, so that a window of any length is counted by two searches, and
//! an admission costs the same however many came before it.

use std::collections::VecDeque;

use crate::domain::words::{Change, ConcertNo, Table, Timestamp, tables};

/// The longest window that a policy may have, in milliseconds; older admissions are forgotten.
const KEPT_MS: i64 = 3_600_000;
/// The span within which every admission keeps its own instant, whatever the policy's window, in milliseconds.
const EXACT_MS: i64 = 60_000;
/// Admissions that left the policy's window are kept a second a row, at the second's end, so that a window which is
/// made longer later counts each of them as long as it should, or up to a second longer, and never shorter.
const COARSE_MS: i64 = 1_000;
/// Rows that one admission forgets at most, so that none pays for an hour of them; the next goes on.
const FORGOTTEN_MAX: usize = 1_000;

/// The admissions of one concert within the last hour.
#[derive(Debug, Default)]
pub(crate) struct Admissions {
    /// Those that left every exact window, a second each.
    coarse: VecDeque<Admitted>,
    /// The newer ones, each at its instant.
    fine: VecDeque<Admitted>,
    /// Admissions that are known or were forgotten.
    total: u64,
    forgotten: u64,
}

/// An instant at which places were admitted.
#[derive(Clone, Copy, Debug)]
struct Admitted {
    at: Timestamp,
    /// Admissions up to and with this instant.
    through: u64,
}

impl Admissions {
    /// Takes up a stored row; rows come in ascending order.
    pub(crate) fn restore(&mut self, at: Timestamp, count: u32) {
        self.total += u64::from(count);
        self.fine.push_back(Admitted { at, through: self.total });
    }

    /// Notes `count` admissions at `now` and lets go of what is too old; `window_ms` stays exact.
    pub(crate) fn record(
        &mut self,
        concert: ConcertNo,
        now: Timestamp,
        count: u32,
        window_ms: i64,
        changes: &mut Vec<Change>,
    ) {
        if self.fine.back().is_some_and(|newest| newest.at == now) {
            self.fine.pop_back();
        }
        let before = self.newest().map_or(self.forgotten, |newest| newest.through);
        self.total += u64::from(count);
        self.fine.push_back(Admitted { at: now, through: self.total });
        changes.push(tables::Admissions::change((concert, now), Some(row_count(self.total - before))));
        self.forget(concert, now, changes);
        self.coarsen(concert, Timestamp(now.0 - window_ms.max(EXACT_MS)), changes);
    }

    fn newest(&self) -> Option<&Admitted> {
        self.fine.back().or(self.coarse.back())
    }

    /// When every admission that is known now is past keeping.
    pub(crate) fn all_forgotten_at(&self) -> Option<Timestamp> {
        self.newest().map(|newest| Timestamp(newest.at.0 + KEPT_MS))
    }

    /// Lets go of some of the admissions that are past keeping at `now`.
    pub(crate) fn forget(&mut self, concert: ConcertNo, now: Timestamp, changes: &mut Vec<Change>) {
        let through = Timestamp(now.0 - KEPT_MS);
        for _ in 0..FORGOTTEN_MAX {
            let oldest = if self.coarse.is_empty() { &mut self.fine } else { &mut self.coarse };
            if oldest.front().is_none_or(|first| through < first.at) {
                break;
            }
            let Admitted { at, through } = oldest.pop_front().expect("just seen");
            self.forgotten = through;
            changes.push(tables::Admissions::change((concert, at), None));
        }
    }

    /// Makes one row of the admissions of a second that lies below `below`. One second at most, since one has up to a
    /// thousand rows; those that are one row already take no work.
    fn coarsen(&mut self, concert: ConcertNo, below: Timestamp, changes: &mut Vec<Change>) {
        while let Some(first) = self.fine.front() {
            let end = Timestamp(first.at.0.div_euclid(COARSE_MS) * COARSE_MS + COARSE_MS - 1);
            if below <= end {
                return;
            }
            let before = self.coarse.back().map_or(self.forgotten, |row| row.through);
            let mut rows = 0;
            let mut through = before;
            while let Some(row) = self.fine.pop_front_if(|row| row.at <= end) {
                through = row.through;
                if row.at != end {
                    rows += 1;
                    changes.push(tables::Admissions::change((concert, row.at), None));
                }
            }
            self.coarse.push_back(Admitted { at: end, through });
            if rows > 0 {
                return changes.push(tables::Admissions::change((concert, end), Some(row_count(through - before))));
            }
        }
    }

    /// Admissions within the `span_ms` before `now`, `now` included.
    pub(crate) fn within(&self, now: Timestamp, span_ms: i64) -> u64 {
        self.total - self.up_to(Timestamp(now.0 - span_ms))
    }

    /// Admissions that a policy of `count` in `span_ms` allows at `now`.
    pub(crate) fn room(&self, now: Timestamp, count: u32, span_ms: i64) -> u64 {
        u64::from(count).saturating_sub(self.within(now, span_ms))
    }

    /// The first instant from `now` on at which the `nth` of the admissions to come, from 1, has room in a window of
    /// `span_ms` for `count`, when each before it takes its room at once.
    pub(crate) fn room_at(&self, now: Timestamp, nth: u64, count: u32, span_ms: i64) -> Timestamp {
        let count = u64::from(count.max(1));
        let rounds = i64::try_from((nth.max(1) - 1) / count).unwrap_or(i64::MAX);
        // It has room when all but `count - nth` of the admissions have left the window.
        let leaving = (self.total + (nth.max(1) - 1) % count + 1).saturating_sub(count);
        let first = if leaving <= self.up_to(Timestamp(now.0 - span_ms)) {
            now
        } else {
            Timestamp(self.instant_of(leaving).0 + span_ms)
        };
        Timestamp(first.0.saturating_add(rounds.saturating_mul(span_ms)))
    }

    /// Admissions up to and with `at`.
    fn up_to(&self, at: Timestamp) -> u64 {
        let last = |rows: &VecDeque<Admitted>| {
            let passed = rows.partition_point(|row| row.at <= at);
            passed.checked_sub(1).map(|index| rows[index].through)
        };
        last(&self.fine).or_else(|| last(&self.coarse)).unwrap_or(self.forgotten)
    }

    /// When the admission of this number, which is not forgotten, took place.
    fn instant_of(&self, number: u64) -> Timestamp {
        let rows =
            if self.coarse.back().is_some_and(|last| number <= last.through) { &self.coarse } else { &self.fine };
        rows[rows.partition_point(|row| row.through < number)].at
    }
}

fn row_count(count: u64) -> u32 {
    u32::try_from(count).expect("a second has fewer admissions than sequences of 32 bits")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Admissions;
    use crate::domain::{ConcertNo, Table, Timestamp, tables};

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
        let room_at = |nth, count| admissions.room_at(Timestamp(5_000), nth, count, 10_000);
        assert_eq!(admissions.room(Timestamp(9_999), 3, 10_000), 0);
        assert_eq!(room_at(1, 3), Timestamp(10_000));
        assert_eq!(admissions.room(Timestamp(10_000), 3, 10_000), 2);
        assert_eq!(room_at(1, 1), Timestamp(14_000));
        assert_eq!(room_at(1, 9), Timestamp(5_000));
    }

    #[test]
    fn the_admissions_to_come_have_room_one_after_the_other() {
        let admissions = admitted(&[(0, 2), (4, 1)]);
        let at: Vec<i64> = (1..=8).map(|nth| admissions.room_at(Timestamp(5_000), nth, 4, 10_000).0 / 1_000).collect();
        assert_eq!(at, [5, 10, 10, 14, 15, 20, 20, 24]);
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
        assert_eq!((admissions.coarse.len(), admissions.fine.len()), (0, 1));
    }

    #[test]
    fn an_admission_writes_few_rows_whatever_lies_behind_it_and_the_rows_are_what_is_counted() {
        let (mut admissions, mut rows) = (Admissions::default(), BTreeMap::new());
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        let (mut now, mut most) = (0_i64, 0);
        for step in 0..30_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Long flows, and pauses of minutes and of hours between them.
            now += match step % 10_000 {
                4_999 => 300_000,
                9_999 => 7_000_000,
                _ => i64::try_from(random % 29).expect("small"),
            };
            let mut changes = Vec::new();
            admissions.record(ConcertNo(1), Timestamp(now), (random % 3 + 1) as u32, 20_000, &mut changes);
            most = most.max(changes.len());
            for change in changes {
                match tables::Admissions::of_change(&change) {
                    Some(((_, at), Some(count))) => drop(rows.insert(*at, *count)),
                    Some(((_, at), None)) => assert!(rows.remove(at).is_some(), "a row goes once"),
                    None => panic!("{change:?} is no row of admissions"),
                }
            }
            if step % 499 == 0 {
                let mut again = Admissions::default();
                rows.iter().for_each(|(at, count)| again.restore(*at, *count));
                for span_ms in [1, 1_000, 20_000, 59_000, 600_000, 3_600_000] {
                    let within = |it: &Admissions| it.within(Timestamp(now), span_ms);
                    let since = Timestamp(now - span_ms + 1);
                    let naive: u64 = rows.range(since..).map(|(_, count)| u64::from(*count)).sum();
                    assert_eq!((within(&admissions), within(&again)), (naive, naive), "a window of {span_ms} ms");
                }
            }
        }
        assert!(most <= 2_002, "{most} rows of one admission");
        assert!(rows.len() < 30_000 / 3, "{} rows are kept", rows.len());
    }
}
