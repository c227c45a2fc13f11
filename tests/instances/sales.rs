//! Owns when something was sold, and how long nothing was.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::harness::app::eventually_within;
use crate::harness::endpoints::PATIENCE;

/// The moments of all sales; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Sales(Arc<Mutex<Vec<Instant>>>);

impl Sales {
    /// Notes that something was sold now.
    pub(crate) fn note(&self) {
        self.0.lock().unwrap().push(Instant::now());
    }

    /// Waits until something more was sold, so often.
    pub(crate) async fn go_on(&self, times: usize) {
        let before = self.count();
        let look = async || (self.count() >= before + times).then_some(());
        eventually_within(PATIENCE, "more sales", look).await;
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The longest time between two sales one after the other of which the second was no earlier than `since`.
    pub(crate) fn longest_gap(&self, since: Instant) -> Duration {
        let sales = self.0.lock().unwrap();
        let pairs = sales.windows(2).filter(|pair| pair[1] >= since);
        pairs.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }
}
