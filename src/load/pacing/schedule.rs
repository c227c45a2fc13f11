//! Arrivals at a fixed rate. Their times are fixed before the run, so that a late response delays nothing but itself.

use std::time::{Duration, Instant};

const NANOSECONDS_A_SECOND: f64 = 1e9;

/// Arrivals at a fixed rate from a first instant on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrivalSchedule {
    pub first: Instant,
    /// Arrivals a second, above 0.
    pub rate: f64,
    /// How many arrivals there are.
    pub total: u64,
}

impl ArrivalSchedule {
    /// The arrivals of `duration` at `rate` a second; at least one.
    pub(crate) fn new(first: Instant, rate: f64, duration: Duration) -> Self {
        Self { first, rate, total: ((rate * duration.as_secs_f64()).round() as u64).max(1) }
    }

    /// When arrival number `index` (from 0) is meant to be.
    pub(crate) fn intended(&self, index: u64) -> Instant {
        // Computed from the index, not by adding up gaps: no rounding error grows.
        self.first + Duration::from_nanos((index as f64 * NANOSECONDS_A_SECOND / self.rate) as u64)
    }

    /// How many arrivals are due at `now`.
    pub(crate) fn due(&self, now: Instant) -> u64 {
        let Some(since) = now.checked_duration_since(self.first) else { return 0 };
        let mut due = (since.as_secs_f64() * self.rate) as u64;
        // The two roundings may differ by one arrival.
        while due < self.total && self.intended(due) <= now {
            due += 1;
        }
        due.min(self.total)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::ArrivalSchedule;

    #[test]
    fn arrivals_are_evenly_spread_and_their_number_follows_from_rate_and_time() {
        let first = Instant::now();
        let schedule = ArrivalSchedule::new(first, 1_000.0, Duration::from_secs(10));
        assert_eq!(schedule.total, 10_000);
        for (index, ms) in [(0, 0), (1, 1), (500, 500), (9_999, 9_999)] {
            assert_eq!(schedule.intended(index) - first, Duration::from_millis(ms));
        }
        // A rate that no whole number of nanoseconds divides gains no error with time.
        let thirds = ArrivalSchedule::new(first, 3.0, Duration::from_secs(1_000_000));
        assert_eq!(thirds.intended(2_999_997) - first, Duration::from_secs(999_999));
        assert_eq!(ArrivalSchedule::new(first, 0.1, Duration::from_secs(1)).total, 1);
    }

    #[test]
    fn what_is_due_agrees_with_the_intended_times() {
        let first = Instant::now();
        for rate in [0.5, 3.0, 1_000.0, 7_777.7, 250_000.0] {
            let schedule = ArrivalSchedule::new(first, rate, Duration::from_secs(2));
            for index in (0..schedule.total).step_by(1 + schedule.total as usize / 100) {
                let at = schedule.intended(index);
                assert!(schedule.due(at) > index, "arrival {index} at {rate} a second is due at its time");
                if index > 0 {
                    let before = schedule.due(at - Duration::from_nanos(1));
                    assert!(before <= index, "arrival {index} at {rate} a second is not due before");
                }
            }
            assert_eq!(schedule.due(first + Duration::from_secs(100)), schedule.total);
        }
        let later = first + Duration::from_secs(1);
        assert_eq!(ArrivalSchedule::new(later, 5.0, Duration::from_secs(1)).due(first), 0);
    }
}
