//! When iterations begin. In an open loop the times are fixed before the run, and latency counts from the intended
//! start. In a closed loop each virtual user begins when it is free.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::release::release_when_due;
use super::schedule::ArrivalSchedule;

/// How long after the end of an open loop its last iterations are still handed out, so that one which came due a moment
/// before the end is not dropped.
const OVERTIME: Duration = Duration::from_millis(100);

/// Hands iterations to virtual users that are free.
pub(crate) struct Iterations {
    /// No iteration begins from here on.
    pub until: Instant,
    executor: Executor,
    interrupted: Arc<AtomicBool>,
}

/// When an iteration begins.
enum Executor {
    Closed,
    Open { schedule: ArrivalSchedule, due: Semaphore, begun: AtomicU64 },
}

impl Iterations {
    /// A closed loop: every virtual user begins when it is free, until `until` or until the run is interrupted.
    pub(crate) fn closed(until: Instant, interrupted: Arc<AtomicBool>) -> Self {
        Self { until, executor: Executor::Closed, interrupted }
    }

    /// An open loop by `schedule`; the iterations that no virtual user was free for soon after `until` are dropped.
    pub(crate) fn open(schedule: ArrivalSchedule, until: Instant, interrupted: Arc<AtomicBool>) -> Self {
        let executor = Executor::Open { schedule, due: Semaphore::new(0), begun: AtomicU64::new(0) };
        Self { until, executor, interrupted }
    }

    /// The intended time of the next iteration, once it has come; `None` when there are no more.
    pub(crate) async fn next(&self) -> Option<Instant> {
        match &self.executor {
            Executor::Closed => Some(Instant::now()).filter(|now| !self.is_over(*now, Duration::ZERO)),
            Executor::Open { schedule, due, begun } => {
                due.acquire().await.ok()?.forget();
                if self.is_over(Instant::now(), OVERTIME) {
                    return None;
                }
                let index = begun.fetch_add(1, Ordering::Relaxed);
                Some(schedule.intended(index)).filter(|_| index < schedule.total)
            }
        }
    }

    /// Lets iterations come due; runs on a thread of its own until the last has, or the time is over.
    pub(crate) fn release(&self) {
        let Executor::Open { schedule, due, .. } = &self.executor else { return };
        let mut released = 0;
        release_when_due(self.until, &self.interrupted, |now| {
            let now_due = schedule.due(now);
            due.add_permits((now_due - released) as usize);
            released = now_due;
            (released < schedule.total).then(|| schedule.intended(released))
        });
        // Whoever waits is let go, and finds that nothing is left, only after everything that was due.
        due.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// How many iterations of an open loop no virtual user was free for.
    pub(crate) fn dropped(&self) -> u64 {
        match &self.executor {
            Executor::Closed => 0,
            Executor::Open { schedule, begun, .. } => schedule.total.saturating_sub(begun.load(Ordering::Relaxed)),
        }
    }

    fn is_over(&self, now: Instant, overtime: Duration) -> bool {
        now >= self.until + overtime || self.interrupted.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::super::schedule::ArrivalSchedule;
    use super::{Iterations, OVERTIME};

    #[tokio::test]
    async fn everything_that_is_due_is_handed_out_with_its_intended_time() {
        let first = Instant::now();
        let schedule = ArrivalSchedule::new(first, 2_000.0, Duration::from_millis(50));
        let iterations = Arc::new(Iterations::open(schedule, first + Duration::from_secs(5), Arc::default()));
        let pacer = Arc::clone(&iterations);
        let pacing = std::thread::spawn(move || pacer.release());
        let mut handed = Vec::new();
        while let Some(intended) = iterations.next().await {
            assert!(intended <= Instant::now());
            handed.push(intended);
        }
        pacing.join().expect("the pacer is fine");
        let expected: Vec<_> = (0..100).map(|index| schedule.intended(index)).collect();
        assert_eq!(handed, expected);
        assert_eq!(iterations.dropped(), 0);
    }

    #[tokio::test]
    async fn iterations_that_no_virtual_user_was_free_for_are_counted() {
        let first = Instant::now();
        let until = first + Duration::from_millis(20);
        let iterations =
            Iterations::open(ArrivalSchedule::new(first, 1_000.0, Duration::from_millis(20)), until, Arc::default());
        iterations.release();
        tokio::time::sleep(OVERTIME + Duration::from_millis(20)).await;
        assert_eq!(iterations.next().await, None);
        assert_eq!(iterations.dropped(), 20);
        assert_eq!(Iterations::closed(first, Arc::default()).next().await, None);
    }
}
