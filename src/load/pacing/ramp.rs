//! The arrival rate of an overload, in three phases: half of what the server can do, several times as much, and half
//! again. It knows when customers come and to which phase an instant belongs, and nothing of what they do.

use std::time::{Duration, Instant};

use super::schedule::ArrivalSchedule;

/// The share of the best rate that comes before the overload and after it.
const CALM_SHARE: f64 = 0.5;

/// Where in the course of an overload something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Before,
    Peak,
    After,
}

/// How long each phase is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PhaseLengths {
    /// Of each try to find the best rate, in front of all phases.
    pub best: Duration,
    pub before: Duration,
    pub peak: Duration,
    pub after: Duration,
}

/// The arrivals of all phases, one phase after the other.
#[derive(Debug)]
pub(crate) struct Ramp {
    parts: [ArrivalSchedule; 3],
    pub lengths: PhaseLengths,
}

impl PhaseLengths {
    /// Those of an overload of `peak`.
    pub(crate) fn of(peak: Duration) -> Self {
        Self { best: peak / 2, before: peak / 4, peak, after: peak / 2 }
    }

    /// Of all phases.
    pub(crate) fn whole(&self) -> Duration {
        self.before + self.peak + self.after
    }
}

impl Ramp {
    /// From `began` on, with `times` as many arrivals at the peak as the `best_rate` a second.
    pub(crate) fn new(began: Instant, best_rate: f64, times: f64, lengths: PhaseLengths) -> Self {
        let PhaseLengths { before, peak, after, .. } = lengths;
        let calm = best_rate * CALM_SHARE;
        let parts = [
            ArrivalSchedule::new(began, calm, before),
            ArrivalSchedule::new(began + before, best_rate * times, peak),
            ArrivalSchedule::new(began + before + peak, calm, after),
        ];
        Self { parts, lengths }
    }

    /// When the overload ends.
    pub(crate) fn peak_ends(&self) -> Instant {
        self.parts[2].first
    }

    /// Arrivals a second at the peak.
    pub(crate) fn peak_rate(&self) -> f64 {
        self.parts[1].rate
    }

    /// Arrivals in all.
    pub(crate) fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.total).sum()
    }

    /// How many arrivals are due at `now`.
    pub(crate) fn due(&self, now: Instant) -> u64 {
        self.parts.iter().map(|part| part.due(now)).sum()
    }

    /// When arrival number `index` (from 0, below the total) is meant to be.
    pub(crate) fn intended(&self, mut index: u64) -> Instant {
        let [before, peak, after] = &self.parts;
        for part in [before, peak] {
            if index < part.total {
                return part.intended(index);
            }
            index -= part.total;
        }
        after.intended(index)
    }

    /// The phase in which `at` lies.
    pub(crate) fn at(&self, at: Instant) -> Phase {
        match () {
            () if at < self.parts[1].first => Phase::Before,
            () if at < self.parts[2].first => Phase::Peak,
            () => Phase::After,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Phase, PhaseLengths, Ramp};

    #[test]
    fn arrivals_are_rare_then_many_then_rare_again() {
        let began = Instant::now();
        let lengths = PhaseLengths::of(Duration::from_secs(8));
        let ramp = Ramp::new(began, 100.0, 3.0, lengths);
        assert_eq!(lengths.whole(), Duration::from_secs(14));
        assert_eq!((ramp.total(), ramp.peak_rate()), (2 * 50 + 8 * 300 + 4 * 50, 300.0));
        let after = |seconds| began + Duration::from_secs(seconds);
        for (seconds, due, phase) in
            [(0, 1, Phase::Before), (1, 51, Phase::Before), (2, 101, Phase::Peak), (9, 2_201, Phase::Peak)]
        {
            assert_eq!((ramp.due(after(seconds)), ramp.at(after(seconds))), (due, phase), "{seconds} s");
        }
        assert_eq!((ramp.due(after(14)), ramp.at(after(10))), (ramp.total(), Phase::After));
        assert_eq!(ramp.peak_ends(), after(10));
        for (index, seconds) in [(0, 0), (50, 1), (100, 2), (400, 3), (2_500, 10), (2_650, 13)] {
            assert_eq!(ramp.intended(index), after(seconds), "arrival {index}");
        }
    }
}
