//! The only clock of the program. It gives the log's time, which goes on with the time since the machine's boot,
//! suspended time included, and is drawn slowly toward the wall clock: it never goes back and never leaps. Where the
//! wall clock was set, not the log's time moves but the offset between the two.

mod machine;

use parking_lot::Mutex;

use self::machine::Reading;
use crate::domain::{Anchor, ClockRow, Timestamp, WallOffset};

/// How often the wall clock is looked at, in microseconds.
const LOOK_EVERY_US: i64 = 1_000_000;
/// The clock goes at most this much faster or slower than time since boot: one part in twenty.
const DRAW_DIVISOR: i64 = 20;
/// A wall clock that is further off than this, in microseconds, was set; one that is less far off has drifted.
const DRIFT_US_MAX: i64 = 1_000_000;
/// The anchor in the log is renewed when time was drawn away from it by so many milliseconds, so that it goes on as
/// exactly after a crash.
const ANCHOR_DRIFT_MS_MAX: i64 = 100;
/// Milliseconds that may have passed between two boots: a wall clock further ahead was wrong at one of them.
const BETWEEN_BOOTS_MS_MAX: i64 = 366 * 24 * 60 * 60 * 1_000;

/// The leader's time.
pub(super) struct Clock {
    boot: u128,
    last: Mutex<Look>,
}

/// What the last look at the wall clock found.
struct Look {
    at: Reading,
    /// The log's time then, in microseconds.
    time_us: i64,
    /// By how much the wall clock is ahead of the log's time, apart from what it has drifted.
    offset_us: i64,
    /// The latest time that was given.
    newest_us: i64,
}

impl Clock {
    /// A clock that goes on where `row` and the latest time in the log left off.
    pub(super) fn start(row: &ClockRow, latest: Timestamp) -> Self {
        let (boot, reading) = (machine::boot(), machine::read_at_once());
        Self { boot, last: Mutex::new(Look::resume(row, latest, boot, reading)) }
    }

    /// Goes on where `row` and the latest time in the log left off, which another instance has written meanwhile.
    pub(super) fn resume(&self, row: &ClockRow, latest: Timestamp) {
        *self.last.lock() = Look::resume(row, latest, self.boot, machine::read_at_once());
    }

    pub(super) fn now(&self) -> Timestamp {
        self.stamp().0
    }

    /// The log's time, and how it lies to the clocks of the machine.
    pub(super) fn stamp(&self) -> (Timestamp, Anchor) {
        let mut last = self.last.lock();
        let mut since_boot_us = machine::since_boot_us();
        // It goes back where a machine is put back to an earlier state.
        let is_due = !(0..LOOK_EVERY_US).contains(&(since_boot_us - last.at.since_boot_us));
        if is_due && let Some(reading) = machine::read() {
            *last = last.next(reading);
            since_boot_us = reading.since_boot_us;
        }
        let time_us = last.time_us(since_boot_us).max(last.newest_us);
        last.newest_us = time_us;
        let offset = WallOffset(last.offset_us.div_euclid(1_000));
        let since_boot_ms = since_boot_us.div_euclid(1_000);
        (Timestamp(time_us.div_euclid(1_000)), Anchor { boot: self.boot, since_boot_ms, offset })
    }
}

/// Whether the log is to be told of `anchor`, which was taken at `now`.
pub(super) fn is_news(known: &ClockRow, now: Timestamp, anchor: &Anchor) -> bool {
    let drawn_ms = (now.0 - known.at.0) - (anchor.since_boot_ms - known.anchor.since_boot_ms);
    anchor.offset != known.anchor.offset || anchor.boot != known.anchor.boot || drawn_ms.abs() > ANCHOR_DRIFT_MS_MAX
}

impl Look {
    /// Within one boot, time went on with the time since the boot; from one boot to another as the wall clock says, as
    /// far as that can be; otherwise no time has passed.
    fn resume(row: &ClockRow, latest: Timestamp, boot: u128, at: Reading) -> Self {
        let wall_ms = at.wall_us.div_euclid(1_000);
        if latest == Timestamp::default() {
            // Nothing was written yet: the two agree. The beginning of 1970 stands for no time at all.
            let time_us = at.wall_us.max(1_000);
            return Self { at, time_us, offset_us: 0, newest_us: time_us }.set_right();
        }
        let since_boot_ms = at.since_boot_us.div_euclid(1_000) - row.anchor.since_boot_ms;
        let by_wall_ms = wall_ms.saturating_sub(row.at.on_wall(row.anchor.offset).0);
        let passed_ms = if boot == row.anchor.boot && boot != machine::UNKNOWN_BOOT && since_boot_ms >= 0 {
            since_boot_ms
        } else if (0..=BETWEEN_BOOTS_MS_MAX).contains(&by_wall_ms) {
            by_wall_ms
        } else {
            0
        };
        let time_us = (row.at.0 + passed_ms).max(latest.0) * 1_000;
        let offset_us = row.anchor.offset.0 * 1_000;
        Self { at, time_us, offset_us, newest_us: time_us }.set_right()
    }

    /// By how much the wall clock was ahead of where it should be.
    fn ahead_us(&self) -> i64 {
        self.at.wall_us.saturating_sub(self.time_us).saturating_sub(self.offset_us)
    }

    /// The time in microseconds when so much has passed since the boot: drawn toward the wall clock by at most one part
    /// in twenty of what has elapsed, at every moment, so that a later reading is never an earlier time.
    fn time_us(&self, since_boot_us: i64) -> i64 {
        let elapsed_us = (since_boot_us - self.at.since_boot_us).max(0);
        let most = elapsed_us / DRAW_DIVISOR;
        self.time_us + elapsed_us + self.ahead_us().clamp(-most, most)
    }

    /// The next look.
    fn next(&self, at: Reading) -> Self {
        let time_us = self.time_us(at.since_boot_us).max(self.newest_us);
        Self { at, time_us, offset_us: self.offset_us, newest_us: time_us }.set_right()
    }

    /// Moves the offset when the wall clock was set, by whole milliseconds.
    fn set_right(mut self) -> Self {
        if self.ahead_us().abs() > DRIFT_US_MAX {
            self.offset_us = self.at.wall_us.saturating_sub(self.time_us).div_euclid(1_000) * 1_000;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Reading, is_news};
    use crate::domain::{Anchor, ClockRow, Timestamp, WallOffset};

    const SECOND_US: i64 = 1_000_000;
    const HOUR_US: i64 = 3_600 * SECOND_US;
    const YEAR_MS: i64 = 31_536_000_000;
    /// A time of the year 2030, in milliseconds.
    const NOON_MS: i64 = 1_900_000_000_000;
    const BOOT: u128 = 7;

    /// A look an hour after the boot, when the wall clock is so much ahead.
    fn look(ahead_us: i64) -> Look {
        let time_us = NOON_MS * 1_000;
        let at = Reading { since_boot_us: HOUR_US, wall_us: time_us + ahead_us };
        Look { at, time_us, offset_us: 0, newest_us: time_us }
    }

    fn after(look: &Look, elapsed_us: i64) -> i64 {
        look.time_us(HOUR_US + elapsed_us) - NOON_MS * 1_000
    }

    #[test]
    fn a_wall_clock_that_drifts_is_followed_slowly_and_not_beyond() {
        assert_eq!(after(&look(0), SECOND_US), SECOND_US);
        assert_eq!(after(&look(900_000), SECOND_US), 1_050_000);
        assert_eq!(after(&look(-900_000), SECOND_US), 950_000);
        assert_eq!(after(&look(10_000), SECOND_US), 1_010_000);
        assert_eq!(after(&look(-10_000), HOUR_US), HOUR_US - 10_000, "nobody asked for an hour");
    }

    #[test]
    fn no_time_is_before_the_one_before_it_and_none_leaps() {
        const STEP_US: i64 = 997;
        for set_us in [-HOUR_US, -900_000, -30_000, 0, 30_000, 900_000, HOUR_US] {
            let (mut last, mut before_us) = (look(0), NOON_MS * 1_000);
            for round in 1..=5 {
                for step in 1..=1_004 {
                    let time_us = last.time_us(last.at.since_boot_us + STEP_US * step);
                    let (least, most) = (STEP_US - 50, STEP_US + 50);
                    assert!((least..=most).contains(&(time_us - before_us)), "step {step}, set by {set_us} us");
                    before_us = time_us;
                }
                let elapsed_us = STEP_US * 1_004 * round;
                let wall_us = NOON_MS * 1_000 + elapsed_us + set_us;
                last = last.next(Reading { since_boot_us: HOUR_US + elapsed_us, wall_us });
            }
            assert_eq!(last.offset_us != 0, set_us.abs() > SECOND_US, "set by {set_us} us");
        }
    }

    #[test]
    fn a_wall_clock_that_was_set_moves_the_offset_and_not_the_time() {
        for set_us in [HOUR_US, -HOUR_US, 10 * YEAR_MS * 1_000, -10 * YEAR_MS * 1_000] {
            let wall_us = NOON_MS * 1_000 + SECOND_US + set_us;
            let next = look(0).next(Reading { since_boot_us: HOUR_US + SECOND_US, wall_us });
            assert_eq!((next.time_us - NOON_MS * 1_000, next.offset_us), (SECOND_US, set_us));
            let back =
                next.next(Reading { since_boot_us: HOUR_US + 2 * SECOND_US, wall_us: wall_us + SECOND_US - set_us });
            assert_eq!((back.time_us - NOON_MS * 1_000, back.offset_us), (2 * SECOND_US, 0));
        }
    }

    #[test]
    fn suspended_time_has_passed() {
        let wall_us = (NOON_MS + 600_000) * 1_000;
        let next = look(0).next(Reading { since_boot_us: HOUR_US + 600 * SECOND_US, wall_us });
        assert_eq!((next.time_us - NOON_MS * 1_000, next.offset_us), (600 * SECOND_US, 0));
    }

    #[test]
    fn a_time_since_boot_that_goes_back_neither_turns_time_back_nor_stops_it() {
        let mut last = look(0);
        last.newest_us += 500_000;
        let next = last.next(Reading { since_boot_us: 0, wall_us: NOON_MS * 1_000 });
        assert_eq!(next.time_us, NOON_MS * 1_000 + 500_000);
        assert_eq!(next.time_us(SECOND_US), next.time_us + 950_000, "drawn toward the wall clock");
    }

    /// Resumes when the log ends at noon, an hour after a boot, and gives the milliseconds that have passed and the offset.
    fn resumed(boot: u128, since_boot_ms: i64, wall_ms: i64) -> (i64, i64) {
        let anchor = Anchor { boot: BOOT, since_boot_ms: 3_600_000, offset: WallOffset(5_000) };
        let row = ClockRow { at: Timestamp(NOON_MS), anchor, ..ClockRow::default() };
        let at = Reading { since_boot_us: since_boot_ms * 1_000, wall_us: wall_ms * 1_000 };
        let look = Look::resume(&row, Timestamp(NOON_MS), boot, at);
        (look.time_us / 1_000 - NOON_MS, look.offset_us / 1_000)
    }

    #[test]
    fn within_a_boot_as_much_has_passed_as_since_it_whatever_the_wall_clock_says() {
        let right = NOON_MS + 5_000 + 60_000;
        assert_eq!(resumed(BOOT, 3_660_000, right), (60_000, 5_000));
        assert_eq!(resumed(BOOT, 3_660_000, right + YEAR_MS), (60_000, 5_000 + YEAR_MS));
        assert_eq!(resumed(BOOT, 3_660_000, right - YEAR_MS), (60_000, 5_000 - YEAR_MS));
        assert_eq!(resumed(BOOT, 3_660_000, right + 900), (60_000, 5_000), "drift is drawn");
    }

    #[test]
    fn between_boots_as_much_has_passed_as_the_wall_clock_says_if_that_can_be() {
        let right = NOON_MS + 5_000 + 60_000;
        assert_eq!(resumed(BOOT + 1, 20_000, right), (60_000, 5_000));
        assert_eq!(resumed(BOOT + 1, 20_000, right - 3_600_000), (0, 5_000 + 60_000 - 3_600_000));
        assert_eq!(resumed(BOOT + 1, 20_000, right + 2 * YEAR_MS), (0, 5_000 + 60_000 + 2 * YEAR_MS));
        assert_eq!(resumed(BOOT, 20_000, right), (60_000, 5_000), "the machine was put back to an earlier state");
        assert_eq!(resumed(0, 3_660_000, right), (60_000, 5_000), "a machine that does not name its boots");
    }

    #[test]
    fn the_latest_command_is_never_in_the_future() {
        let row = ClockRow { at: Timestamp(NOON_MS), ..ClockRow::default() };
        let at = Reading { since_boot_us: 0, wall_us: (NOON_MS + 10) * 1_000 };
        let look = Look::resume(&row, Timestamp(NOON_MS + 500), BOOT, at);
        assert_eq!((look.time_us, look.offset_us), ((NOON_MS + 500) * 1_000, 0));
    }

    #[test]
    fn the_log_is_told_of_another_offset_or_boot_and_of_much_drawing() {
        let anchor = Anchor { boot: BOOT, since_boot_ms: 1_000, offset: WallOffset(0) };
        let known = ClockRow { at: Timestamp(NOON_MS), anchor, ..ClockRow::default() };
        let later = Anchor { since_boot_ms: 61_000, ..anchor };
        let news = |after_ms, anchor: Anchor| is_news(&known, Timestamp(NOON_MS + after_ms), &anchor);
        assert!(!news(60_000, later));
        assert!(!news(60_100, later));
        assert!(news(60_101, later) && news(59_899, later));
        assert!(news(60_000, Anchor { offset: WallOffset(1), ..later }));
        assert!(news(60_000, Anchor { boot: BOOT + 1, ..later }));
    }
}
