//! What happens to strangers, and may happen as often as they like: each time is counted, and one a minute is told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Between two lines of the process's log about the same thing.
const SILENCE: Duration = Duration::from_secs(60);

/// A count, and when it was last told.
#[derive(Debug, Default)]
pub(super) struct Notice {
    count: AtomicU64,
    told: Mutex<Option<Instant>>,
}

impl Notice {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts one more; gives the count when it is to be told.
    pub(super) fn note(&self) -> Option<u64> {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let now = Instant::now();
        let mut told = self.told.lock();
        let is_due = told.is_none_or(|told| now - told >= SILENCE);
        is_due.then(|| {
            *told = Some(now);
            count
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Notice, SILENCE};

    #[tokio::test(start_paused = true)]
    async fn all_are_counted_and_one_a_minute_is_told() {
        let notice = Notice::default();
        assert_eq!([notice.note(), notice.note(), notice.note()], [Some(1), None, None]);
        tokio::time::advance(SILENCE - Duration::from_millis(1)).await;
        assert_eq!(notice.note(), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!([notice.note(), notice.note()], [Some(5), None]);
        assert_eq!(notice.count(), 6);
    }
}
