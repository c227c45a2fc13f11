//! Rounds of an overload: first as many whole journeys as it takes, then a crowd that is several times as large. The
//! best rate is found anew in each round, so that both sides of every ratio are of the same minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::super::lane::WITHOUT_RETRY_AFTER;
use super::super::phases::{Lengths, Phases};
use super::super::processor::Process;
use super::super::report::{Latency, Overload, OverloadRound, Report, StepReport};
use super::super::run::Measured;
use super::super::scenario::Work;
use super::super::schedule::Starts;
use super::super::stage::Stage;
use super::super::tally::{Step, Tally};
use super::super::work::{Crowd, JOURNEY, Job, Lost};
use super::{Cast, Played};

/// Connections that find the best rate: enough that flushes are shared widely, few enough that nobody waits long.
const BEST_CONNECTIONS: u32 = 128;
/// Steps of one phase: arrival, request, sale.
const STEPS_A_PHASE: usize = 3;

/// What all rounds so far come to.
struct Sum {
    /// Whole journeys at the best rate, and how long that was.
    best: Tally,
    best_took: Duration,
    best_requests: u64,
    crowds: Measured,
    crowd_requests: u64,
    lost: Lost,
    rounds: Vec<OverloadRound>,
}

/// Plays all rounds; the work of the last one, and the report of all.
pub fn play<'a>(cast: &Cast<'_>, stage: &'a Stage) -> (Job<'a>, Report) {
    let lengths = Lengths::of(cast.options.duration);
    let resident_before_kib = cast.process.and_then(Process::resident_kib);
    let began = Instant::now();
    let mut sum = Sum {
        best: Tally::new(),
        best_took: Duration::ZERO,
        best_requests: 0,
        crowds: Measured::nothing(began, Work::Overload.steps().len()),
        crowd_requests: 0,
        lost: Lost::default(),
        rounds: Vec::new(),
    };
    let mut left = cast.options.rounds;
    loop {
        let played = round(cast, stage, lengths, &mut sum);
        left -= 1;
        if left == 0 || cast.crew.has_given_up() || stage.used_up().is_some() {
            let overload = sum.told(cast, lengths, resident_before_kib);
            return finish(cast, lengths, sum, overload, played);
        }
    }
}

/// One round, added to `sum`.
fn round<'a>(cast: &Cast<'_>, stage: &'a Stage, lengths: Lengths, sum: &mut Sum) -> Played<'a> {
    let given_up = || Arc::clone(&cast.crew.given_up);
    let began = Instant::now();
    let starts = Starts::closed(began + lengths.best, given_up());
    let mut job = cast.job(stage, Work::OnSale);
    job.connections = BEST_CONNECTIONS.min(cast.options.connections) as usize;
    let best = cast.act(job, began, &starts);
    let best_tally = &best.measured.recorder.steps[JOURNEY];
    let best_took = best.measured.took();
    let best_rate = best_tally.succeeded.len() as f64 / best_took.as_secs_f64().max(f64::MIN_POSITIVE);

    let began = Instant::now();
    let phases = Phases::new(began, best_rate.max(1.0), cast.options.times, lengths);
    let offered_per_second = phases.peak_rate();
    let starts = Starts::closed(began + lengths.whole(), given_up());
    let mut job = cast.job(stage, Work::Overload);
    job.crowd = Some(Crowd::new(phases, cast.options.tries, stage.users.len(), given_up()));
    let played = cast.act(job, began, &starts);
    let crowd = played.job.crowd.as_ref().expect("an overload has a crowd");
    let tallies = &played.measured.recorder.steps;
    let sales_per_second = phase(tallies, 1)[2].succeeded.len() as f64 / lengths.peak.as_secs_f64();
    let usual_p99_us = latencies(phase(tallies, 0)).value_at_quantile(0.99);
    sum.rounds.push(OverloadRound {
        best_sales_per_second: best_rate,
        offered_per_second,
        sales_per_second,
        share_of_best: sales_per_second / best_rate.max(f64::MIN_POSITIVE),
        refused: Latency::of(&merged(tallies.iter().map(|tally| &tally.refused))),
        usual_p99_us,
        peak_p99_us: latencies(phase(tallies, 1)).value_at_quantile(0.99),
        normal_after_seconds: crowd.recovered_after(usual_p99_us).map(|after| after.as_secs_f64()),
    });
    sum.best.add(best_tally);
    sum.best_took += best_took;
    sum.best_requests += best.requests;
    sum.crowds.add(&played.measured);
    sum.crowd_requests += played.requests;
    sum.lost.add(crowd.lost());
    played
}

impl Sum {
    fn told(&self, cast: &Cast<'_>, lengths: Lengths, resident_before_kib: Option<u64>) -> Overload {
        let tallies = &self.crowds.recorder.steps;
        let refused = merged(tallies.iter().map(|tally| &tally.refused));
        let without = |tally: &Tally| tally.reasons.get(WITHOUT_RETRY_AFTER).copied().unwrap_or(0);
        let buyers = tallies.iter().skip(1).step_by(STEPS_A_PHASE);
        Overload {
            seconds: lengths.peak.as_secs_f64(),
            tries: cast.options.tries,
            share_of_best: median(self.rounds.iter().map(|round| round.share_of_best)),
            rounds: self.rounds.clone(),
            went_away: self.lost.went_away,
            refusals: refused.len(),
            refusals_of_buyers: buyers.map(|tally| tally.refused.len()).sum(),
            refused: Latency::of(&refused),
            without_retry_after: tallies.iter().map(without).sum(),
            resident_before_kib,
            resident_peak_kib: self.crowds.server_peak_kib,
            resident_after_kib: cast.process.and_then(Process::resident_kib),
        }
    }
}

/// The report of all rounds, of which `last` was the last.
fn finish<'a>(cast: &Cast<'_>, lengths: Lengths, sum: Sum, overload: Overload, last: Played<'a>) -> (Job<'a>, Report) {
    let Sum { best, best_took, best_requests, crowds, crowd_requests, lost, rounds } = sum;
    let count = u32::try_from(rounds.len()).expect("the command line bounds them");
    let best_step = Step { name: "best: sale", wanted: Work::OnSale.steps()[JOURNEY].wanted };
    let best = StepReport::of(&best_step, &best, best_took);
    let lasts = [lengths.before, lengths.peak, lengths.after].map(|length| length * count);
    let steps = Work::Overload.steps().iter().zip(&crowds.recorder.steps).enumerate();
    let steps = steps.map(|(index, (step, tally))| StepReport::of(step, tally, lasts[index / STEPS_A_PHASE]));
    let steps = [best].into_iter().chain(steps).collect();
    let offered = median(rounds.iter().map(|round| round.offered_per_second));
    let played = Played { measured: crowds, requests: crowd_requests, ..last };
    let mut report = cast.report(&played, best_requests + crowd_requests, Some(offered), lost.left_out, steps);
    report.overload = Some(overload);
    (played.job, report)
}

/// The steps of phase number `number`.
fn phase(tallies: &[Tally], number: usize) -> &[Tally] {
    &tallies[number * STEPS_A_PHASE..][..STEPS_A_PHASE]
}

/// Of the requests of a phase that went well.
fn latencies(phase: &[Tally]) -> Histogram<u64> {
    merged(phase[..2].iter().map(|tally| &tally.succeeded))
}

fn merged<'a>(histograms: impl Iterator<Item = &'a Histogram<u64>>) -> Histogram<u64> {
    let mut all = Tally::new().succeeded;
    for histogram in histograms {
        all.add(histogram).expect("all histograms have the same bounds");
    }
    all
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
