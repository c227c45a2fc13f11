//! The only clock of the program: wall time at start plus monotonic time since, drawn slowly toward the wall clock.
//!
//! It never goes back and never leaps, so that a wall clock which is set forward or back neither fires expiries nor
//! freezes them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::domain::Timestamp;

/// How often the wall clock is looked at.
const DRAW_EVERY: Duration = Duration::from_secs(1);
/// The clock goes at most this much faster or slower than monotonic time: one part in twenty.
const DRAW_DIVISOR: i64 = 20;

/// The leader's time.
pub struct Clock {
    /// The time in microseconds when it was last drawn, and the instant of that.
    drawn: Mutex<(i64, Instant)>,
}

impl Clock {
    /// A clock that goes on from the wall's time, or from `latest` when the wall is behind it.
    pub fn start(latest: Timestamp) -> Self {
        let start_us = wall_us().max(latest.0 * 1_000);
        Self { drawn: Mutex::new((start_us, Instant::now())) }
    }

    pub fn now(&self) -> Timestamp {
        let mut drawn = self.drawn.lock();
        let (base_us, at) = *drawn;
        let elapsed = at.elapsed();
        let elapsed_us = i64::try_from(elapsed.as_micros()).expect("a process does not run for 292,000 years");
        if elapsed < DRAW_EVERY {
            return Timestamp((base_us + elapsed_us) / 1_000);
        }
        let now_us = drawn_us(base_us, elapsed_us, wall_us());
        *drawn = (now_us, at + elapsed);
        Timestamp(now_us / 1_000)
    }
}

/// The time `elapsed_us` after `base_us`, drawn toward `wall_us` by at most one part in twenty of what elapsed.
fn drawn_us(base_us: i64, elapsed_us: i64, wall_us: i64) -> i64 {
    let steady = base_us + elapsed_us;
    let most = elapsed_us / DRAW_DIVISOR;
    steady + (wall_us - steady).clamp(-most, most)
}

fn wall_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::{Clock, drawn_us};
    use crate::domain::Timestamp;

    const HOUR_US: i64 = 3_600_000_000;

    #[test]
    fn a_wall_clock_that_jumps_is_followed_slowly_and_never_backwards() {
        assert_eq!(drawn_us(0, 1_000_000, 1_000_000), 1_000_000);
        assert_eq!(drawn_us(0, 1_000_000, HOUR_US), 1_050_000);
        assert_eq!(drawn_us(HOUR_US, 1_000_000, 0), HOUR_US + 950_000);
        assert_eq!(drawn_us(0, 1_000_000, 1_010_000), 1_010_000);
    }

    #[test]
    fn a_wall_clock_behind_the_latest_entry_does_not_turn_time_back() {
        let latest = Timestamp(i64::MAX / 4_000);
        assert!(Clock::start(latest).now() >= latest);
    }
}
