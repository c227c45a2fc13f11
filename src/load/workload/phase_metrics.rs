//! Where the requests of an overload count: apart for each of its phases, and how soon latency is normal again.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::super::histograms::Recovery;
use super::super::pacing::{Phase, Ramp};

/// Places of the steps of a phase among the steps of the workload.
pub(super) const ARRIVAL: usize = 0;
pub(crate) const REQUEST: usize = 1;
/// The last: it is no request of its own.
pub(crate) const SALE: usize = 2;
pub(crate) const STEPS_A_PHASE: usize = 3;

pub(crate) struct PhaseMetrics {
    pub ramp: Ramp,
    recovery: Mutex<Recovery>,
}

impl PhaseMetrics {
    pub(crate) fn new(ramp: Ramp) -> Self {
        let recovery = Mutex::new(Recovery::new(ramp.peak_ends(), ramp.lengths.after));
        Self { ramp, recovery }
    }

    /// How `step` of a phase counts when it is meant for `at`.
    pub(crate) fn step(&self, step: usize, at: Instant) -> usize {
        let phase = match self.ramp.at(at) {
            Phase::Before => 0,
            Phase::Peak => 1,
            Phase::After => 2,
        };
        phase * STEPS_A_PHASE + step
    }

    /// How a request of a sale counts that is sent at `at`.
    pub(crate) fn request_step(&self, at: Instant) -> usize {
        self.step(REQUEST, at)
    }

    /// Notes for the recovery how a request ended that was meant for `from`.
    pub(crate) fn note(&self, from: Instant, is_success: bool) {
        if self.ramp.at(from) == Phase::After {
            let took = is_success.then(|| from.elapsed());
            self.recovery().note(from, took);
        }
    }

    /// How long after the overload latency was normal again, when a p99 of `usual_us` microseconds is usual.
    pub(crate) fn recovered_after(&self, usual_us: u64) -> Option<Duration> {
        self.recovery().after(usual_us)
    }

    fn recovery(&self) -> MutexGuard<'_, Recovery> {
        self.recovery.lock().expect("nobody panics while it is locked")
    }
}
