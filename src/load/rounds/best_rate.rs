//! The best rate of whole journeys: closed loops over several numbers of connections, in each round anew. Which number
//! is the best is found over all rounds, since the best of several noisy figures is too good.

use std::time::Duration;

use super::super::histograms::StepHistograms;
use super::super::workload::JOURNEY;
use super::setup::CompletedRun;

/// Connections that are tried one number after the other: the more, the more widely flushes are shared. A server whose
/// `limits.in_flight` is lower refuses some of them, and shows less than its best.
const CONNECTIONS: [usize; 3] = [64, 128, 192];

/// Whole journeys in a closed loop over one number of connections, in all rounds so far.
pub(super) struct Attempts {
    pub connections: usize,
    pub journeys: StepHistograms,
    pub took: Duration,
}

impl Attempts {
    /// One for each number of connections that is to be tried when there may be `at_most` so many; at least one.
    pub(super) fn none_yet(at_most: usize) -> Vec<Self> {
        let mut numbers = CONNECTIONS.map(|connections| connections.min(at_most)).to_vec();
        numbers.dedup();
        let none = |connections| Self { connections, journeys: StepHistograms::new(), took: Duration::ZERO };
        numbers.into_iter().map(none).collect()
    }

    pub(super) fn add(&mut self, attempt: &CompletedRun<'_>) {
        self.journeys.add(journeys(attempt));
        self.took += attempt.measured.took();
    }

    /// Sales a second.
    pub(super) fn rate(&self) -> f64 {
        rate(self.journeys.succeeded.len(), self.took)
    }

    /// What [`Self::rate`] would be with one more.
    pub(super) fn rate_with(&self, attempt: &CompletedRun<'_>) -> f64 {
        let sales = self.journeys.succeeded.len() + journeys(attempt).succeeded.len();
        rate(sales, self.took + attempt.measured.took())
    }
}

/// Sales a second of one attempt.
pub(super) fn sales_a_second(attempt: &CompletedRun<'_>) -> f64 {
    rate(journeys(attempt).succeeded.len(), attempt.measured.took())
}

fn journeys<'p>(attempt: &'p CompletedRun<'_>) -> &'p StepHistograms {
    &attempt.measured.recorder.steps[JOURNEY]
}

/// The place of the greatest of `rates`; 0 when there is none.
pub(super) fn leader(rates: impl Iterator<Item = f64>) -> usize {
    rates.enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map_or(0, |(place, _)| place)
}

fn rate(sales: u64, took: Duration) -> f64 {
    sales as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::{Attempts, leader};

    #[test]
    fn no_number_of_connections_is_tried_twice_or_above_the_most() {
        for (at_most, expected) in [(1, &[1][..]), (64, &[64]), (100, &[64, 100]), (500, &[64, 128, 192])] {
            let numbers: Vec<_> = Attempts::none_yet(at_most).iter().map(|attempts| attempts.connections).collect();
            assert_eq!(numbers, expected, "of at most {at_most}");
        }
    }

    #[test]
    fn the_greatest_rate_leads() {
        for (rates, expected) in [(&[3.0, 1.0, 2.0][..], 0), (&[1.0, 3.0, 2.0], 1), (&[0.0, 0.0, 1.0], 2)] {
            assert_eq!(leader(rates.iter().copied()), expected, "{rates:?}");
        }
    }
}
