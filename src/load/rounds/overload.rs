//! Rounds of an overload: first as many whole journeys as it takes, then several times as many customers. The best rate
//! is found anew in each round, so that both sides of every ratio are of the same minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::super::driver::Measurement;
use super::super::histograms::{StepHistograms, merged};
use super::super::pacing::{Iterations, PhaseLengths, Ramp};
use super::super::process_usage::Process;
use super::super::report::{Latency, OverloadReport, OverloadRound, PeakRound, Report, StepReport, Tried};
use super::super::scenario::{Step, WorkloadKind};
use super::super::virtual_user::WITHOUT_RETRY_AFTER;
use super::super::workload::{JOURNEY, Lost, Overload, REQUEST, SALE, STEPS_A_PHASE, Workload};
use super::best_rate::{Attempts, leader, sales_a_second};
use super::setup::{CompletedRun, Figures, Setup};

/// What one round came to.
struct Round {
    /// One for each number of connections.
    tried: Vec<Tried>,
    peak: PeakRound,
}

/// What all rounds so far come to.
struct Totals<'f> {
    began: Instant,
    /// One for each number of connections.
    attempts: Vec<Attempts>,
    attempts_requests: u64,
    overloads: Measurement,
    overload_requests: u64,
    lost: Lost,
    /// The first one, in words.
    fault: Option<String>,
    rounds: Vec<Round>,
    last: Option<CompletedRun<'f>>,
}

/// Runs all rounds; the workload of the last one, and the report of all. A round that was ended before its time, or in
/// which the seats ran out, is the last and counts only when it is the first as well.
pub(super) fn run<'f>(setup: &Setup<'_, 'f>) -> (Workload<'f>, Report) {
    let lengths = PhaseLengths::of(setup.options.duration);
    let resident_before_kib = setup.server_process.and_then(Process::resident_kib);
    let mut totals = Totals::new(Instant::now(), Attempts::none_yet(setup.options.connections as usize));
    loop {
        let attempt = |attempts: &Attempts| run_journeys(setup, attempts.connections, lengths.best);
        let tried: Vec<_> = totals.attempts.iter().map(attempt).collect();
        let best_so_far = leader(totals.attempts.iter().zip(&tried).map(|(attempts, tried)| attempts.rate_with(tried)));
        let overload = run_overload(setup, lengths, sales_a_second(&tried[best_so_far]));
        let is_cut = setup.pool.is_interrupted() || setup.fixtures.used_up().is_some();
        if !is_cut || totals.last.is_none() {
            totals.add(&tried, overload, lengths);
        }
        if is_cut || totals.rounds.len() == setup.options.rounds as usize {
            return totals.into_report(setup, lengths, resident_before_kib);
        }
    }
}

/// As many whole journeys as it takes with so many connections.
fn run_journeys<'f>(setup: &Setup<'_, 'f>, connections: usize, length: Duration) -> CompletedRun<'f> {
    let began = Instant::now();
    let iterations = Iterations::closed(began + length, Arc::clone(&setup.pool.interrupted));
    let mut workload = setup.workload(WorkloadKind::OnSale);
    workload.connections = connections;
    setup.run(workload, began, &iterations)
}

/// Several times as many customers as the best rate a second, with calm times before and after.
fn run_overload<'f>(setup: &Setup<'_, 'f>, lengths: PhaseLengths, best_rate: f64) -> CompletedRun<'f> {
    let interrupted = || Arc::clone(&setup.pool.interrupted);
    let began = Instant::now();
    let ramp = Ramp::new(began, best_rate.max(1.0), setup.options.times, lengths);
    let iterations = Iterations::closed(began + lengths.whole(), interrupted());
    let mut workload = setup.workload(WorkloadKind::Overload);
    workload.overload = Some(Overload::new(ramp, setup.options.tries, setup.fixtures.users.len(), interrupted()));
    setup.run(workload, began, &iterations)
}

impl<'f> Totals<'f> {
    fn new(began: Instant, attempts: Vec<Attempts>) -> Self {
        Self {
            began,
            attempts,
            attempts_requests: 0,
            overloads: Measurement::nothing(began, WorkloadKind::Overload.steps().len()),
            overload_requests: 0,
            lost: Lost::default(),
            fault: None,
            rounds: Vec::new(),
            last: None,
        }
    }

    /// Takes in a round.
    fn add(&mut self, tried: &[CompletedRun<'_>], completed: CompletedRun<'f>, lengths: PhaseLengths) {
        let overload = completed.workload.overload.as_ref().expect("an overload has its customers");
        let steps = &completed.measured.recorder.steps;
        let (before, peak) = (phase(steps, 0), phase(steps, 1));
        let sales_per_second = peak[SALE].succeeded.len() as f64 / lengths.peak.as_secs_f64();
        let usual_p99_us = latencies(before).value_at_quantile(0.99);
        let tried_rate = |attempt: &CompletedRun<'_>| Tried {
            connections: attempt.workload.connections,
            sales_per_second: sales_a_second(attempt),
        };
        self.rounds.push(Round {
            tried: tried.iter().map(tried_rate).collect(),
            peak: PeakRound {
                offered_per_second: overload.metrics.ramp.peak_rate(),
                sales_per_second,
                refused: Latency::of(&merged(steps.iter().map(|step| &step.refused))),
                usual_p99_us,
                peak_p99_us: latencies(peak).value_at_quantile(0.99),
                normal_after_seconds: overload.metrics.recovered_after(usual_p99_us).map(|after| after.as_secs_f64()),
            },
        });
        self.attempts.iter_mut().zip(tried).for_each(|(attempts, attempt)| attempts.add(attempt));
        self.attempts_requests += tried.iter().map(|attempt| attempt.requests).sum::<u64>();
        self.overloads.add(&completed.measured);
        self.overload_requests += completed.requests;
        self.lost.add(overload.lost());
        let first_fault = || tried.iter().chain([&completed]).find_map(|completed| completed.fault.clone());
        self.fault = self.fault.take().or_else(first_fault);
        self.last = Some(completed);
    }

    fn into_report(
        self,
        setup: &Setup<'_, 'f>,
        lengths: PhaseLengths,
        resident_before_kib: Option<u64>,
    ) -> (Workload<'f>, Report) {
        let steps = &self.overloads.recorder.steps;
        let best = leader(self.attempts.iter().map(Attempts::rate));
        let Attempts { connections, .. } = &self.attempts[best];
        let step_reports = self.step_reports(lengths, best);
        let rounds: Vec<_> = self.rounds.into_iter().map(|round| round.beside(best)).collect();

        let refused = merged(steps.iter().map(|step| &step.refused));
        let without = |step: &StepHistograms| step.reasons.get(WITHOUT_RETRY_AFTER).copied().unwrap_or(0);
        let of_buyers = steps.iter().skip(REQUEST).step_by(STEPS_A_PHASE);
        let offered = median(rounds.iter().map(|round| round.peak.offered_per_second));
        let overload = OverloadReport {
            seconds: lengths.peak.as_secs_f64(),
            tries: setup.options.tries,
            best_connections: *connections,
            share_of_best: median(rounds.iter().map(|round| round.share_of_best)),
            rounds,
            went_away: self.lost.went_away,
            refusals: refused.len(),
            refusals_of_buyers: of_buyers.map(|step| step.refused.len()).sum(),
            refused: Latency::of(&refused),
            without_retry_after: steps.iter().map(without).sum(),
            resident_before_kib,
            resident_peak_kib: self.overloads.server_peak_kib,
            resident_after_kib: setup.server_process.and_then(Process::resident_kib),
        };
        let last = self.last.expect("the first round counts");
        let completed =
            CompletedRun { measured: self.overloads, requests: self.overload_requests, fault: self.fault, ..last };
        let figures = Figures {
            requests: self.attempts_requests + self.overload_requests,
            intended_rate: Some(offered),
            dropped: self.lost.dropped,
            steps: step_reports,
        };
        let mut report = setup.report(&completed, figures);
        if let (Some(early), Some(at)) = (&mut report.ended_early, setup.fixtures.used_up()) {
            early.seconds = at.saturating_duration_since(self.began).as_secs_f64();
            let best = lengths.best * self.attempts.len() as u32;
            early.of_seconds = ((best + lengths.whole()) * setup.options.rounds).as_secs_f64();
        }
        report.overload = Some(overload);
        (completed.workload, report)
    }

    /// The best sales, tried with connections number `best`, and the steps of all phases.
    fn step_reports(&self, lengths: PhaseLengths, best: usize) -> Vec<StepReport> {
        let count = u32::try_from(self.rounds.len()).expect("the command line bounds them");
        let lasts = [lengths.before, lengths.peak, lengths.after].map(|length| length * count);
        let steps = WorkloadKind::Overload.steps().iter().zip(&self.overloads.recorder.steps).enumerate();
        let steps =
            steps.map(|(index, (step, histograms))| StepReport::of(step, histograms, lasts[index / STEPS_A_PHASE]));
        let best_step = Step { name: "best: sale", expected: WorkloadKind::OnSale.steps()[JOURNEY].expected };
        let Attempts { journeys, took, .. } = &self.attempts[best];
        [StepReport::of(&best_step, journeys, *took)].into_iter().chain(steps).collect()
    }
}

impl Round {
    /// The round beside what was tried as number `best` in it.
    fn beside(self, best: usize) -> OverloadRound {
        let Self { tried, peak } = self;
        let best_sales_per_second = tried[best].sales_per_second;
        let share_of_best = peak.sales_per_second / best_sales_per_second.max(f64::MIN_POSITIVE);
        OverloadRound { tried, best_sales_per_second, share_of_best, peak }
    }
}

/// The steps of phase number `number`.
fn phase(steps: &[StepHistograms], number: usize) -> &[StepHistograms] {
    &steps[number * STEPS_A_PHASE..][..STEPS_A_PHASE]
}

/// Of the requests of a phase that succeeded.
fn latencies(phase: &[StepHistograms]) -> Histogram<u64> {
    merged(phase[..SALE].iter().map(|step| &step.succeeded))
}

/// The middle one, or the mean of the two in the middle; there is at least one.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        for (values, expected) in [(&[7.0][..], 7.0), (&[3.0, 1.0], 2.0), (&[5.0, 1.0, 2.0], 2.0)] {
            assert!((median(values.iter().copied()) - expected).abs() < 1e-9, "{values:?}");
        }
    }
}
