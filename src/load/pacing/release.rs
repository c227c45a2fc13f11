//! A thread that waits for what comes due, one thing after the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The longest sleep, so that an interrupted run is noticed.
const SLEEP_MAX: Duration = Duration::from_millis(50);

/// Calls `release` whenever the instant that it named has come, until it names none, `until`, or the end of the run.
pub(crate) fn release_when_due(
    until: Instant,
    interrupted: &AtomicBool,
    mut release: impl FnMut(Instant) -> Option<Instant>,
) {
    loop {
        let now = Instant::now();
        if now >= until || interrupted.load(Ordering::Relaxed) {
            return;
        }
        let Some(next) = release(now) else { return };
        thread::sleep(next.min(until).saturating_duration_since(Instant::now()).min(SLEEP_MAX));
    }
}
