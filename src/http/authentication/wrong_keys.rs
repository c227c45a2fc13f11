//! Wrong operator keys, told in the log: the first at once, then at most one line a minute with how many there were, so
//! that somebody who guesses cannot fill a disk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::telemetry::metrics::OPERATOR_KEYS_REFUSED;

/// How long nothing is told behind a line.
const QUIET: Duration = Duration::from_secs(60);

/// Those that came since the last line.
pub(super) struct WrongKeys {
    began: Instant,
    untold: AtomicU64,
    /// Milliseconds behind `began` before which no line is due.
    quiet_until_ms: AtomicU64,
}

impl WrongKeys {
    pub(super) fn new(began: Instant) -> Self {
        Self { began, untold: AtomicU64::new(0), quiet_until_ms: AtomicU64::new(0) }
    }

    /// Notes another one.
    pub(super) fn note(&self) {
        OPERATOR_KEYS_REFUSED.increment(1);
        self.untold.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    /// Tells of those that have waited long enough.
    pub(super) fn tell(&self) {
        if let Some(count) = self.due(Instant::now()) {
            tracing::warn!(count, "a wrong operator key was presented");
        }
    }

    /// How many are to be told now: of several threads at once, one tells.
    fn due(&self, now: Instant) -> Option<u64> {
        let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let (at, quiet_until) =
            (ms(now.saturating_duration_since(self.began)), self.quiet_until_ms.load(Ordering::Relaxed));
        if at < quiet_until || self.untold.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let next = at.saturating_add(ms(QUIET));
        self.quiet_until_ms.compare_exchange(quiet_until, next, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Ordering, QUIET, WrongKeys};

    #[test]
    fn the_first_is_told_at_once_and_the_rest_once_a_minute_with_their_number() {
        let start = Instant::now();
        let keys = WrongKeys::new(start);
        let note = |count: u64| keys.untold.fetch_add(count, Ordering::Relaxed);
        assert_eq!(keys.due(start), None);
        note(1);
        assert_eq!(keys.due(start), Some(1));
        note(5);
        assert_eq!(keys.due(start + QUIET / 2), None);
        note(2);
        assert_eq!(keys.due(start + QUIET), Some(7));
        assert_eq!(keys.due(start + 3 * QUIET), None);
    }
}
