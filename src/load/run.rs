//! What all virtual users of a run share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::client::{Fault, Server};
use super::histograms::Outcome;
use super::pacing::Iterations;
use super::scenario::Step;

/// The run and what it has counted so far.
pub(super) struct Run<'a> {
    pub server: &'a Server,
    pub iterations: &'a Iterations,
    pub steps: &'static [Step],
    pub think: Duration,
    /// No response is waited for any longer.
    pub graceful_stop_ends: Instant,
    pub answered: AtomicU64,
    pub failed: AtomicU64,
    /// The first fault, in words.
    pub fault: Mutex<Option<String>>,
}

impl Run<'_> {
    pub(super) fn count(&self, outcome: Outcome) {
        match outcome {
            Outcome::Succeeded => self.answered.fetch_add(1, Ordering::Relaxed),
            Outcome::Refused(_) | Outcome::Unanswered(_) => self.failed.fetch_add(1, Ordering::Relaxed),
        };
    }

    /// Keeps the words of the first fault: a report counts faults by one word.
    pub(super) fn note_fault(&self, fault: &Fault) {
        let mut first = self.fault.lock().expect("nobody panics while it is locked");
        first.get_or_insert_with(|| fault.to_string());
    }

    /// Requests so far, however they ended.
    pub(super) fn requests(&self) -> u64 {
        let (answered, failed) = self.counts();
        answered + failed
    }

    /// Requests that were answered as expected, and all others.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}
