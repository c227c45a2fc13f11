//! What was measured: latencies in histograms, refusals and faults by reason, apart for each step of a scenario. They
//! know steps by their numbers, and no scenario.

mod recovery;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

pub(crate) use recovery::Recovery;

/// The longest latency that is told apart, in microseconds; longer ones count as this.
const LATENCY_MAX_US: u64 = 600_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    /// As the step expects it.
    Succeeded,
    /// With another response, whose reason this is.
    Refused(&'a str),
    /// Without a response.
    Unanswered(&'a str),
}

/// What became of the requests of one step.
pub(crate) struct StepHistograms {
    /// Latencies of the successes, in microseconds.
    pub succeeded: Histogram<u64>,
    /// Latencies of the other responses, in microseconds.
    pub refused: Histogram<u64>,
    /// Refusals and faults by their reasons.
    pub reasons: BTreeMap<String, u64>,
    pub unanswered: u64,
    /// When the last response came.
    pub last: Option<Instant>,
}

/// What a thread measures.
pub(super) struct Recorder {
    pub steps: Vec<StepHistograms>,
    /// How late iterations began after their intended starts, in microseconds.
    pub late: Histogram<u64>,
}

/// An empty histogram of latencies in microseconds.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, SIGNIFICANT_DIGITS).expect("the bounds are in order")
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl StepHistograms {
    pub(crate) fn new() -> Self {
        Self { succeeded: histogram(), refused: histogram(), reasons: BTreeMap::new(), unanswered: 0, last: None }
    }

    /// Counts a request that took `latency`.
    pub(crate) fn record(&mut self, outcome: Outcome, latency: Duration) {
        match outcome {
            Outcome::Succeeded => self.succeeded.saturating_record(microseconds(latency)),
            Outcome::Refused(reason) => {
                self.refused.saturating_record(microseconds(latency));
                self.count(reason);
            }
            Outcome::Unanswered(reason) => {
                self.unanswered += 1;
                self.count(reason);
            }
        }
    }

    fn count(&mut self, reason: &str) {
        match self.reasons.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.reasons.insert(reason.to_owned(), 1);
            }
        }
    }

    /// Requests in all.
    pub(crate) fn requests(&self) -> u64 {
        self.succeeded.len() + self.refused.len() + self.unanswered
    }

    /// Takes in what was recorded elsewhere.
    pub(crate) fn add(&mut self, other: &Self) {
        self.succeeded.add(&other.succeeded).expect("all histograms have the same bounds");
        self.refused.add(&other.refused).expect("all histograms have the same bounds");
        self.unanswered += other.unanswered;
        self.last = self.last.max(other.last);
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }
}

/// All latencies of several histograms of steps.
pub(super) fn merged<'a>(histograms: impl Iterator<Item = &'a Histogram<u64>>) -> Histogram<u64> {
    let mut all = histogram();
    for one in histograms {
        all.add(one).expect("all histograms have the same bounds");
    }
    all
}

impl Recorder {
    pub(super) fn new(steps: usize) -> Self {
        Self { steps: (0..steps).map(|_| StepHistograms::new()).collect(), late: histogram() }
    }

    /// Notes that an iteration meant for `intended` began at `now`.
    pub(super) fn began(&mut self, intended: Instant, now: Instant) {
        self.late.saturating_record(microseconds(now.saturating_duration_since(intended)));
    }

    pub(super) fn record(&mut self, step: usize, outcome: Outcome, from: Instant, now: Instant) {
        let histograms = &mut self.steps[step];
        histograms.record(outcome, now.saturating_duration_since(from));
        if !matches!(outcome, Outcome::Unanswered(_)) {
            histograms.last = Some(now);
        }
    }

    /// When the last response of all came.
    pub(super) fn last(&self) -> Option<Instant> {
        self.steps.iter().filter_map(|histograms| histograms.last).max()
    }

    /// Takes in what another thread measured.
    pub(super) fn add(&mut self, other: &Self) {
        for (histograms, other) in self.steps.iter_mut().zip(&other.steps) {
            histograms.add(other);
        }
        self.late.add(&other.late).expect("all histograms have the same bounds");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Outcome, Recorder};

    #[test]
    fn successes_refusals_and_faults_are_told_apart_and_threads_add_up() {
        let from = Instant::now();
        let mut one = Recorder::new(2);
        let mut other = Recorder::new(2);
        for us in 1..=1_000 {
            one.record(0, Outcome::Succeeded, from, from + Duration::from_micros(us));
        }
        other.record(0, Outcome::Refused("SEAT_TAKEN"), from, from + Duration::from_millis(5));
        other.record(0, Outcome::Refused("SEAT_TAKEN"), from, from + Duration::from_millis(9));
        other.record(0, Outcome::Unanswered("connection broken"), from, from + Duration::from_secs(9));
        other.record(1, Outcome::Succeeded, from, from + Duration::from_secs(100_000));
        one.add(&other);
        let first = &one.steps[0];
        assert_eq!((first.succeeded.len(), first.refused.len(), first.unanswered), (1_000, 2, 1));
        assert_eq!(first.requests(), 1_003);
        assert_eq!(first.succeeded.value_at_quantile(0.5), 500);
        assert_eq!(first.reasons["SEAT_TAKEN"], 2);
        assert_eq!(first.reasons["connection broken"], 1);
        // Longer than any histogram tells apart: counted as the longest, not lost.
        assert_eq!(one.steps[1].succeeded.len(), 1);
        assert_eq!(one.last(), Some(from + Duration::from_secs(100_000)));
    }
}
