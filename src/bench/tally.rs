//! What was measured: latencies in histograms, refusals and faults by reason, one tally for each step of a scenario.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// The longest latency that is told apart, in microseconds; longer ones count as this.
const LATENCY_MAX_US: u64 = 600_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// One kind of request of a scenario.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub wanted: Wanted,
}

/// Which answer is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Any answer of 200 to 299.
    Success,
    /// The refusal with this reason: a claim that must be lost.
    Refusal(&'static str),
}

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended<'a> {
    /// As the step wants it.
    Well,
    /// With another answer, whose reason this is.
    Refused(&'a str),
    /// Without an answer.
    Unanswered(&'a str),
}

/// What became of the requests of one step.
pub struct Tally {
    /// Latencies of the successes, in microseconds.
    pub succeeded: Histogram<u64>,
    /// Latencies of the other answers, in microseconds.
    pub refused: Histogram<u64>,
    /// Refusals and faults by their reasons.
    pub reasons: BTreeMap<String, u64>,
    pub unanswered: u64,
    /// When the last answer came.
    pub last: Option<Instant>,
}

/// The tallies of a thread.
pub struct Recorder {
    pub steps: Vec<Tally>,
    /// How late work began after its intended start, in microseconds.
    pub late: Histogram<u64>,
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, SIGNIFICANT_DIGITS).expect("the bounds are in order")
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Tally {
    pub fn new() -> Self {
        Self { succeeded: histogram(), refused: histogram(), reasons: BTreeMap::new(), unanswered: 0, last: None }
    }

    /// Counts a request that took `latency`.
    pub fn record(&mut self, ended: Ended, latency: Duration) {
        match ended {
            Ended::Well => self.succeeded.saturating_record(microseconds(latency)),
            Ended::Refused(reason) => {
                self.refused.saturating_record(microseconds(latency));
                self.count(reason);
            }
            Ended::Unanswered(reason) => {
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
    pub fn requests(&self) -> u64 {
        self.succeeded.len() + self.refused.len() + self.unanswered
    }

    /// Takes in what was tallied elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.succeeded.add(&other.succeeded).expect("all histograms have the same bounds");
        self.refused.add(&other.refused).expect("all histograms have the same bounds");
        self.unanswered += other.unanswered;
        self.last = self.last.max(other.last);
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }
}

impl Recorder {
    pub fn new(steps: usize) -> Self {
        Self { steps: (0..steps).map(|_| Tally::new()).collect(), late: histogram() }
    }

    /// Notes that work meant for `intended` began at `now`.
    pub fn began(&mut self, intended: Instant, now: Instant) {
        self.late.saturating_record(microseconds(now.saturating_duration_since(intended)));
    }

    pub fn record(&mut self, step: usize, ended: Ended, from: Instant, now: Instant) {
        let tally = &mut self.steps[step];
        tally.record(ended, now.saturating_duration_since(from));
        if !matches!(ended, Ended::Unanswered(_)) {
            tally.last = Some(now);
        }
    }

    /// When the last answer of all came.
    pub fn last(&self) -> Option<Instant> {
        self.steps.iter().filter_map(|tally| tally.last).max()
    }

    /// Takes in what another thread measured.
    pub fn add(&mut self, other: &Self) {
        for (tally, other) in self.steps.iter_mut().zip(&other.steps) {
            tally.add(other);
        }
        self.late.add(&other.late).expect("all histograms have the same bounds");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Ended, Recorder};

    #[test]
    fn successes_refusals_and_faults_are_told_apart_and_threads_add_up() {
        let from = Instant::now();
        let mut one = Recorder::new(2);
        let mut other = Recorder::new(2);
        for us in 1..=1_000 {
            one.record(0, Ended::Well, from, from + Duration::from_micros(us));
        }
        other.record(0, Ended::Refused("SEAT_TAKEN"), from, from + Duration::from_millis(5));
        other.record(0, Ended::Refused("SEAT_TAKEN"), from, from + Duration::from_millis(9));
        other.record(0, Ended::Unanswered("connection broken"), from, from + Duration::from_secs(9));
        other.record(1, Ended::Well, from, from + Duration::from_secs(100_000));
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
