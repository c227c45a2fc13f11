//! When work is meant to begin. In an open loop the times are fixed before the run, and a late answer delays nobody
//! but itself: latency counts from the intended start. In a closed loop each connection begins when it is free.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

const NANOSECONDS_A_SECOND: f64 = 1e9;
/// The longest that the pacer sleeps, so that it notices when the run is given up.
const NAP_MAX: Duration = Duration::from_millis(50);
/// How long after the end of an open loop its last starts are still handed out, so that one which came due a moment
/// before the end is not left out.
const OVERTIME: Duration = Duration::from_millis(100);

/// Starts at a fixed rate from a first instant on.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub first: Instant,
    /// Starts a second, above 0.
    pub rate: f64,
    /// How many starts there are.
    pub total: u64,
}

impl Schedule {
    /// The starts of `duration` at `rate` a second; at least one.
    pub fn new(first: Instant, rate: f64, duration: Duration) -> Self {
        Self { first, rate, total: ((rate * duration.as_secs_f64()).round() as u64).max(1) }
    }

    /// When start number `index` (from 0) is meant to be.
    pub fn intended(&self, index: u64) -> Instant {
        // Computed from the index, not by adding up gaps: no rounding error grows.
        self.first + Duration::from_nanos((index as f64 * NANOSECONDS_A_SECOND / self.rate) as u64)
    }

    /// How many starts are due at `now`.
    pub fn due(&self, now: Instant) -> u64 {
        let Some(since) = now.checked_duration_since(self.first) else { return 0 };
        let mut due = (since.as_secs_f64() * self.rate) as u64;
        // The two roundings may differ by one start.
        while due < self.total && self.intended(due) <= now {
            due += 1;
        }
        due.min(self.total)
    }
}

/// Hands starts to whoever is free.
pub struct Starts {
    /// No start is handed out from here on.
    pub until: Instant,
    pace: Pace,
    given_up: Arc<AtomicBool>,
}

enum Pace {
    Closed,
    Open { schedule: Schedule, due: Semaphore, handed: AtomicU64 },
}

impl Starts {
    /// Everyone starts when free, until `until` or until the run is given up.
    pub fn closed(until: Instant, given_up: Arc<AtomicBool>) -> Self {
        Self { until, pace: Pace::Closed, given_up }
    }

    /// Starts by `schedule`; those that nobody was free for soon after `until` are left
    /// out.
    pub fn open(schedule: Schedule, until: Instant, given_up: Arc<AtomicBool>) -> Self {
        let pace = Pace::Open { schedule, due: Semaphore::new(0), handed: AtomicU64::new(0) };
        Self { until, pace, given_up }
    }

    /// The intended time of the next start, once it has come; `None` when there are no more.
    pub async fn next(&self) -> Option<Instant> {
        match &self.pace {
            Pace::Closed => Some(Instant::now()).filter(|now| !self.is_over(*now, Duration::ZERO)),
            Pace::Open { schedule, due, handed } => {
                due.acquire().await.ok()?.forget();
                if self.is_over(Instant::now(), OVERTIME) {
                    return None;
                }
                let index = handed.fetch_add(1, Ordering::Relaxed);
                Some(schedule.intended(index)).filter(|_| index < schedule.total)
            }
        }
    }

    /// Lets starts come due; runs on a thread of its own until the last has, or the time is over.
    pub fn pace(&self) {
        let Pace::Open { schedule, due, .. } = &self.pace else { return };
        let mut released = 0;
        pace(self.until, &self.given_up, |now| {
            let now_due = schedule.due(now);
            due.add_permits((now_due - released) as usize);
            released = now_due;
            (released < schedule.total).then(|| schedule.intended(released))
        });
        // Whoever waits is let go, and finds that nothing is left, only after everything that was due.
        due.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// How many starts of an open loop nobody was free for.
    pub fn left_out(&self) -> u64 {
        match &self.pace {
            Pace::Closed => 0,
            Pace::Open { schedule, handed, .. } => schedule.total.saturating_sub(handed.load(Ordering::Relaxed)),
        }
    }

    fn is_over(&self, now: Instant, overtime: Duration) -> bool {
        now >= self.until + overtime || self.given_up.load(Ordering::Relaxed)
    }
}

/// Calls `release` whenever the instant that it named has come, until it names none, `until`, or the end of the run.
pub fn pace(until: Instant, given_up: &AtomicBool, mut release: impl FnMut(Instant) -> Option<Instant>) {
    loop {
        let now = Instant::now();
        if now >= until || given_up.load(Ordering::Relaxed) {
            return;
        }
        let Some(next) = release(now) else { return };
        thread::sleep(next.min(until).saturating_duration_since(Instant::now()).min(NAP_MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{OVERTIME, Schedule, Starts};

    #[test]
    fn starts_are_evenly_spread_and_their_number_follows_from_rate_and_time() {
        let first = Instant::now();
        let schedule = Schedule::new(first, 1_000.0, Duration::from_secs(10));
        assert_eq!(schedule.total, 10_000);
        for (index, ms) in [(0, 0), (1, 1), (500, 500), (9_999, 9_999)] {
            assert_eq!(schedule.intended(index) - first, Duration::from_millis(ms));
        }
        // A rate that no whole number of nanoseconds divides gains no error with time.
        let thirds = Schedule::new(first, 3.0, Duration::from_secs(1_000_000));
        assert_eq!(thirds.intended(2_999_997) - first, Duration::from_secs(999_999));
        assert_eq!(Schedule::new(first, 0.1, Duration::from_secs(1)).total, 1);
    }

    #[test]
    fn what_is_due_agrees_with_the_intended_times() {
        let first = Instant::now();
        for rate in [0.5, 3.0, 1_000.0, 7_777.7, 250_000.0] {
            let schedule = Schedule::new(first, rate, Duration::from_secs(2));
            for index in (0..schedule.total).step_by(1 + schedule.total as usize / 100) {
                let at = schedule.intended(index);
                assert!(schedule.due(at) > index, "start {index} at {rate} a second is due at its time");
                if index > 0 {
                    let before = schedule.due(at - Duration::from_nanos(1));
                    assert!(before <= index, "start {index} at {rate} a second is not due before");
                }
            }
            assert_eq!(schedule.due(first + Duration::from_secs(100)), schedule.total);
        }
        let later = first + Duration::from_secs(1);
        assert_eq!(Schedule::new(later, 5.0, Duration::from_secs(1)).due(first), 0);
    }

    #[tokio::test]
    async fn everything_that_is_due_is_handed_out_with_its_intended_time() {
        let first = Instant::now();
        let schedule = Schedule::new(first, 2_000.0, Duration::from_millis(50));
        let starts = Arc::new(Starts::open(schedule, first + Duration::from_secs(5), Arc::default()));
        let pacer = Arc::clone(&starts);
        let pacing = std::thread::spawn(move || pacer.pace());
        let mut handed = Vec::new();
        while let Some(intended) = starts.next().await {
            assert!(intended <= Instant::now());
            handed.push(intended);
        }
        pacing.join().expect("the pacer is fine");
        let expected: Vec<_> = (0..100).map(|index| schedule.intended(index)).collect();
        assert_eq!(handed, expected);
        assert_eq!(starts.left_out(), 0);
    }

    #[tokio::test]
    async fn starts_that_nobody_was_free_for_are_counted() {
        let first = Instant::now();
        let until = first + Duration::from_millis(20);
        let starts = Starts::open(Schedule::new(first, 1_000.0, Duration::from_millis(20)), until, Arc::default());
        starts.pace();
        tokio::time::sleep(OVERTIME + Duration::from_millis(20)).await;
        assert_eq!(starts.next().await, None);
        assert_eq!(starts.left_out(), 20);
        assert_eq!(Starts::closed(first, Arc::default()).next().await, None);
    }
}
