//! The only clock of the program: wall time at start plus monotonic time since, drawn slowly toward the wall clock.
//!
//! It never goes back and never leaps, so that a wall clock which is set forward or back neither fires expiries nor
//! freezes them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::domain::Timestamp;

/// How often the wall clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The clock goes at most this much faster or slower than monotonic time: one part in twenty.
const DRAW_DIVISOR: i64 = 20;

/// The leader's time.
pub struct Clock {
    last: Mutex<Look>,
}

/// What the last look at the wall clock found.
struct Look {
    at: Instant,
    /// The time then, in microseconds.
    time_us: i64,
    /// By how much the wall clock was ahead then; below zero when it was behind.
    ahead_us: i64,
}

impl Clock {
    /// A clock that goes on from the wall's time, or from `latest` when the wall is behind it.
    pub fn start(latest: Timestamp) -> Self {
        let (at, wall_us) = (Instant::now(), wall_us());
        let time_us = wall_us.max(latest.0 * 1_000);
        Self { last: Mutex::new(Look { at, time_us, ahead_us: wall_us - time_us }) }
    }

    pub fn now(&self) -> Timestamp {
        let mut last = self.last.lock();
        let elapsed = last.at.elapsed();
        let time_us = last.time_us(elapsed);
        if elapsed >= LOOK_EVERY {
            *last = last.next(elapsed, wall_us());
        }
        Timestamp(time_us / 1_000)
    }
}

impl Look {
    /// The time in microseconds when so much has elapsed: drawn toward the wall clock by at most one part in twenty of
    /// that, at every moment, so that a later reading is never an earlier time.
    fn time_us(&self, elapsed: Duration) -> i64 {
        let elapsed_us = i64::try_from(elapsed.as_micros()).expect("a process does not run for 292,000 years");
        let most = elapsed_us / DRAW_DIVISOR;
        self.time_us + elapsed_us + self.ahead_us.clamp(-most, most)
    }

    /// The next look, when so much has elapsed and the wall clock shows `wall_us`.
    fn next(&self, elapsed: Duration, wall_us: i64) -> Self {
        let time_us = self.time_us(elapsed);
        Self { at: self.at + elapsed, time_us, ahead_us: wall_us - time_us }
    }
}

fn wall_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Clock, Look};
    use crate::domain::Timestamp;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3_600);
    const HOUR_US: i64 = 3_600_000_000;

    fn look(ahead_us: i64) -> Look {
        Look { at: Instant::now(), time_us: HOUR_US, ahead_us }
    }

    #[test]
    fn a_wall_clock_that_jumps_is_followed_slowly_and_not_beyond() {
        assert_eq!(look(0).time_us(SECOND), HOUR_US + 1_000_000);
        assert_eq!(look(HOUR_US).time_us(SECOND), HOUR_US + 1_050_000);
        assert_eq!(look(-HOUR_US).time_us(SECOND), HOUR_US + 950_000);
        assert_eq!(look(10_000).time_us(SECOND), HOUR_US + 1_010_000);
        assert_eq!(look(-10_000).time_us(HOUR), 2 * HOUR_US - 10_000, "nobody asked for an hour");
    }

    #[test]
    fn no_reading_is_before_the_one_before_it_and_none_leaps() {
        const STEP: Duration = Duration::from_micros(997);
        for ahead_us in [-HOUR_US, -30_000, 0, 30_000, HOUR_US] {
            let (mut last, mut wall_us, mut before_us) = (look(ahead_us), HOUR_US + ahead_us, HOUR_US);
            for _ in 0..5 {
                for steps in 1..=1_004 {
                    let time_us = last.time_us(STEP * steps);
                    let (least, most) = (997 - 50, 997 + 50);
                    assert!((least..=most).contains(&(time_us - before_us)), "{steps} steps, {ahead_us} us ahead");
                    before_us = time_us;
                }
                wall_us += 997 * 1_004;
                last = last.next(STEP * 1_004, wall_us);
            }
        }
    }

    #[test]
    fn a_wall_clock_behind_the_latest_entry_does_not_turn_time_back() {
        let latest = Timestamp(i64::MAX / 4_000);
        assert!(Clock::start(latest).now() >= latest);
    }
}
