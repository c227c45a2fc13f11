//! What is done for limits beside the requests: what is of no use any more is forgotten, and the log tells how many were
//! refused.

use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;

use super::Limits;
use super::limiter::Limiter;
use crate::blocking;

/// How often states are looked through.
const SWEEP: Duration = Duration::from_secs(10);
/// How many of these lie between two lines about one limit: a minute, so that nobody can fill a disk.
const SWEEPS_A_LINE: u32 = 6;

impl<C: Clock + Send + Sync + 'static> Limits<C>
where
    C::Instant: 'static,
{
    /// Keeps the limits small for as long as the server runs.
    pub(in crate::http) async fn keep_up(self: Arc<Self>) {
        let mut interval = tokio::time::interval(SWEEP);
        loop {
            for _ in 0..SWEEPS_A_LINE {
                interval.tick().await;
                let limits = Arc::clone(&self);
                if blocking::run(move || limits.sweep()).await.is_err() {
                    // The runtime ends.
                    return;
                }
            }
            self.tell();
        }
    }

    fn sweep(&self) {
        self.limiters.iter().flatten().for_each(Limiter::sweep);
    }

    fn tell(&self) {
        for limiter in self.limiters.iter().flatten() {
            let count = limiter.take_untold();
            if count > 0 {
                let name = limiter.kind().name();
                tracing::warn!(count, "requests were refused in the last minute by limits.{name}");
            }
        }
    }
}
