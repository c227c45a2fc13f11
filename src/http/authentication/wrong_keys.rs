//! Wrong operator keys, told in the log: the first at once, then at most one line a minute with how many there were, so
//! that somebody who guesses cannot fill a disk.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::telemetry::metrics::OPERATOR_KEYS_REFUSED;

/// How long nothing is told behind a line.
const QUIET: Duration = Duration::from_secs(60);

/// Those that came since the last line.
#[derive(Default)]
pub(super) struct WrongKeys(Mutex<Untold>);

#[derive(Default)]
struct Untold {
    count: u64,
    told: Option<Instant>,
}

impl Untold {
    /// How many are to be told now.
    fn due(&mut self, now: Instant) -> Option<u64> {
        let is_time = self.told.is_none_or(|told| now.saturating_duration_since(told) >= QUIET);
        if self.count == 0 || !is_time {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

impl WrongKeys {
    /// Notes another one.
    pub(super) fn note(&self) {
        OPERATOR_KEYS_REFUSED.increment(1);
        self.0.lock().count += 1;
        self.tell();
    }

    /// Tells of those that have waited long enough.
    pub(super) fn tell(&self) {
        if let Some(count) = self.0.lock().due(Instant::now()) {
            tracing::warn!(count, "a wrong operator key was presented");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{QUIET, Untold};

    #[test]
    fn the_first_is_told_at_once_and_the_rest_once_a_minute_with_their_number() {
        let (mut untold, start) = (Untold::default(), Instant::now());
        assert_eq!(untold.due(start), None);
        untold.count += 1;
        assert_eq!(untold.due(start), Some(1));
        untold.count += 5;
        assert_eq!(untold.due(start + QUIET / 2), None);
        untold.count += 2;
        assert_eq!(untold.due(start + QUIET), Some(7));
        assert_eq!(untold.due(start + 3 * QUIET), None);
    }
}
