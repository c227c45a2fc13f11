//! How soon latency is normal again once an overload is over. It knows latencies by when they began, and no server.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Latencies are kept apart by when their requests began, in windows of this length.
const WINDOW: Duration = Duration::from_millis(100);
/// Windows that are looked at together: one alone has few requests and much chance.
const WINDOWS_TOGETHER: usize = 5;
/// As many times the usual p99 is normal.
const NORMAL_TIMES: u64 = 2;
/// The longest latency that is told apart, in microseconds.
const LATENCY_MAX_US: u64 = 60_000_000;
const SIGNIFICANT_DIGITS: u8 = 2;

/// What came after an overload.
pub(crate) struct Recovery {
    since: Instant,
    windows: Vec<Window>,
}

struct Window {
    /// Latencies of successes in microseconds.
    succeeded: Histogram<u64>,
    failed: u64,
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, SIGNIFICANT_DIGITS).expect("the bounds are in order")
}

impl Recovery {
    /// Of an overload that ends at `since`, watched for `length`.
    pub(crate) fn new(since: Instant, length: Duration) -> Self {
        let windows = length.as_nanos().div_ceil(WINDOW.as_nanos());
        Self { since, windows: (0..windows).map(|_| Window { succeeded: histogram(), failed: 0 }).collect() }
    }

    /// Notes a request that began at `from` and was answered well in the time `took`, or not well.
    pub(crate) fn note(&mut self, from: Instant, took: Option<Duration>) {
        let index = from.saturating_duration_since(self.since).as_nanos() / WINDOW.as_nanos();
        // What begins behind the last window comes too late to tell anything.
        let Some(window) = usize::try_from(index).ok().and_then(|index| self.windows.get_mut(index)) else { return };
        match took {
            Some(took) => window.succeeded.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            None => window.failed += 1,
        }
    }

    /// When the first half second began in which every response was a success and the p99 at most twice `usual_us`.
    pub(crate) fn after(&self, usual_us: u64) -> Option<Duration> {
        let is_normal = |together: &[Window]| {
            let mut latencies = histogram();
            for window in together {
                latencies.add(&window.succeeded).expect("all histograms have the same bounds");
            }
            let failed: u64 = together.iter().map(|window| window.failed).sum();
            failed == 0 && !latencies.is_empty() && latencies.value_at_quantile(0.99) <= NORMAL_TIMES * usual_us
        };
        let first = self.windows.windows(WINDOWS_TOGETHER).position(is_normal)?;
        Some(WINDOW * u32::try_from(first).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Recovery;

    /// A recovery of 3 s in which requests that began before `slow_until` took 50 ms, those afterwards 2 ms.
    fn recovery(slow_until: u64) -> (Instant, Recovery) {
        let since = Instant::now();
        let mut recovery = Recovery::new(since, Duration::from_secs(3));
        for at in 0..3_000 {
            let took = if at < slow_until { 50 } else { 2 };
            recovery.note(since + Duration::from_millis(at), Some(Duration::from_millis(took)));
        }
        (since, recovery)
    }

    #[test]
    fn latency_is_normal_again_when_half_a_second_of_it_is() {
        assert_eq!(recovery(0).1.after(1_100), Some(Duration::ZERO));
        assert_eq!(recovery(1_350).1.after(1_100), Some(Duration::from_millis(1_400)));
        assert_eq!(recovery(2_700).1.after(1_100), None, "it is too short to tell");
        assert_eq!(recovery(0).1.after(900), None, "it is never twice as fast as usual");
    }

    #[test]
    fn a_refusal_is_not_normal_and_neither_is_silence() {
        let (since, mut recovery) = recovery(0);
        recovery.note(since + Duration::from_millis(340), None);
        recovery.note(since + Duration::from_secs(9), None);
        assert_eq!(recovery.after(1_100), Some(Duration::from_millis(400)));
        assert_eq!(Recovery::new(since, Duration::from_secs(3)).after(1_100), None);
    }
}
