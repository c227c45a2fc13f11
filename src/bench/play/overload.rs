//! Rounds of an overload: first as many whole journeys as it takes, then a crowd that is several times as large. The
//! best rate is found anew in each round, so that both sides of every ratio are of the same minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::super::lane::WITHOUT_RETRY_AFTER;
use super::super::phases::{Lengths, Phases};
use super::super::processor::Process;
use super::super::report::{CrowdRound, Latency, Overload, OverloadRound, Report, StepReport, Tried};
use super::super::run::Measured;
use super::super::scenario::Work;
use super::super::schedule::Starts;
use super::super::stage::Stage;
use super::super::tally::{Step, Tally};
use super::super::work::{Crowd, JOURNEY, Job, Lost, REQUEST, SALE, STEPS_A_PHASE};
use super::best::{Attempts, leader, sales_a_second};
use super::{Cast, Played};

/// What one round came to.
struct Round {
    /// One for each number of connections.
    tried: Vec<Tried>,
    crowd: CrowdRound,
}

/// What all rounds so far come to.
struct Sum<'a> {
    began: Instant,
    /// One for each number of connections.
    attempts: Vec<Attempts>,
    attempts_requests: u64,
    crowds: Measured,
    crowd_requests: u64,
    lost: Lost,
    /// The first one, in words.
    fault: Option<String>,
    rounds: Vec<Round>,
    last: Option<Played<'a>>,
}

/// Plays all rounds; the work of the last one, and the report of all. A round that was ended before its time, or in which
/// the seats ran out, is the last and counts only when it is the first as well.
pub fn play<'a>(cast: &Cast<'_>, stage: &'a Stage) -> (Job<'a>, Report) {
    let lengths = Lengths::of(cast.options.duration);
    let resident_before_kib = cast.process.and_then(Process::resident_kib);
    let mut sum = Sum::new(Instant::now(), Attempts::none_yet(cast.options.connections as usize));
    loop {
        let take_most = |attempts: &Attempts| take_most(cast, stage, attempts.connections, lengths.best);
        let tried: Vec<_> = sum.attempts.iter().map(take_most).collect();
        let best_so_far = leader(sum.attempts.iter().zip(&tried).map(|(attempts, tried)| attempts.rate_with(tried)));
        let crowd = meet_crowd(cast, stage, lengths, sales_a_second(&tried[best_so_far]));
        let is_cut = cast.crew.has_given_up() || stage.used_up().is_some();
        if !is_cut || sum.last.is_none() {
            sum.add(&tried, crowd, lengths);
        }
        if is_cut || sum.rounds.len() == cast.options.rounds as usize {
            return sum.told(cast, stage, lengths, resident_before_kib);
        }
    }
}

/// As many whole journeys as it takes with so many connections.
fn take_most<'a>(cast: &Cast<'_>, stage: &'a Stage, connections: usize, length: Duration) -> Played<'a> {
    let began = Instant::now();
    let starts = Starts::closed(began + length, Arc::clone(&cast.crew.given_up));
    let mut job = cast.job(stage, Work::OnSale);
    job.connections = connections;
    cast.act(job, began, &starts)
}

/// Several times as many customers as the best rate a second, with calm times before and after.
fn meet_crowd<'a>(cast: &Cast<'_>, stage: &'a Stage, lengths: Lengths, best_rate: f64) -> Played<'a> {
    let given_up = || Arc::clone(&cast.crew.given_up);
    let began = Instant::now();
    let phases = Phases::new(began, best_rate.max(1.0), cast.options.times, lengths);
    let starts = Starts::closed(began + lengths.whole(), given_up());
    let mut job = cast.job(stage, Work::Overload);
    job.crowd = Some(Crowd::new(phases, cast.options.tries, stage.users.len(), given_up()));
    cast.act(job, began, &starts)
}

impl<'a> Sum<'a> {
    fn new(began: Instant, attempts: Vec<Attempts>) -> Self {
        Self {
            began,
            attempts,
            attempts_requests: 0,
            crowds: Measured::nothing(began, Work::Overload.steps().len()),
            crowd_requests: 0,
            lost: Lost::default(),
            fault: None,
            rounds: Vec::new(),
            last: None,
        }
    }

    /// Takes in a round.
    fn add(&mut self, tried: &[Played<'_>], played: Played<'a>, lengths: Lengths) {
        let crowd = played.job.crowd.as_ref().expect("an overload has a crowd");
        let tallies = &played.measured.recorder.steps;
        let (before, peak) = (phase(tallies, 0), phase(tallies, 1));
        let sales_per_second = peak[SALE].succeeded.len() as f64 / lengths.peak.as_secs_f64();
        let usual_p99_us = latencies(before).value_at_quantile(0.99);
        let told = |attempt: &Played<'_>| Tried {
            connections: attempt.job.connections,
            sales_per_second: sales_a_second(attempt),
        };
        self.rounds.push(Round {
            tried: tried.iter().map(told).collect(),
            crowd: CrowdRound {
                offered_per_second: crowd.phases.peak_rate(),
                sales_per_second,
                refused: Latency::of(&merged(tallies.iter().map(|tally| &tally.refused))),
                usual_p99_us,
                peak_p99_us: latencies(peak).value_at_quantile(0.99),
                normal_after_seconds: crowd.recovered_after(usual_p99_us).map(|after| after.as_secs_f64()),
            },
        });
        self.attempts.iter_mut().zip(tried).for_each(|(attempts, attempt)| attempts.add(attempt));
        self.attempts_requests += tried.iter().map(|attempt| attempt.requests).sum::<u64>();
        self.crowds.add(&played.measured);
        self.crowd_requests += played.requests;
        self.lost.add(crowd.lost());
        let first_fault = || tried.iter().chain([&played]).find_map(|played| played.fault.clone());
        self.fault = self.fault.take().or_else(first_fault);
        self.last = Some(played);
    }

    fn told(
        self,
        cast: &Cast<'_>,
        stage: &Stage,
        lengths: Lengths,
        resident_before_kib: Option<u64>,
    ) -> (Job<'a>, Report) {
        let tallies = &self.crowds.recorder.steps;
        let count = u32::try_from(self.rounds.len()).expect("the command line bounds them");
        let lasts = [lengths.before, lengths.peak, lengths.after].map(|length| length * count);
        let steps = Work::Overload.steps().iter().zip(tallies).enumerate();
        let steps = steps.map(|(index, (step, tally))| StepReport::of(step, tally, lasts[index / STEPS_A_PHASE]));
        let best_step = Step { name: "best: sale", wanted: Work::OnSale.steps()[JOURNEY].wanted };
        let best = leader(self.attempts.iter().map(Attempts::rate));
        let Attempts { connections, journeys, took } = &self.attempts[best];
        let steps = [StepReport::of(&best_step, journeys, *took)].into_iter().chain(steps).collect();
        let rounds: Vec<_> = self.rounds.into_iter().map(|round| round.beside(best)).collect();

        let refused = merged(tallies.iter().map(|tally| &tally.refused));
        let without = |tally: &Tally| tally.reasons.get(WITHOUT_RETRY_AFTER).copied().unwrap_or(0);
        let of_buyers = tallies.iter().skip(REQUEST).step_by(STEPS_A_PHASE);
        let offered = median(rounds.iter().map(|round| round.crowd.offered_per_second));
        let overload = Overload {
            seconds: lengths.peak.as_secs_f64(),
            tries: cast.options.tries,
            best_connections: *connections,
            share_of_best: median(rounds.iter().map(|round| round.share_of_best)),
            rounds,
            went_away: self.lost.went_away,
            refusals: refused.len(),
            refusals_of_buyers: of_buyers.map(|tally| tally.refused.len()).sum(),
            refused: Latency::of(&refused),
            without_retry_after: tallies.iter().map(without).sum(),
            resident_before_kib,
            resident_peak_kib: self.crowds.server_peak_kib,
            resident_after_kib: cast.process.and_then(Process::resident_kib),
        };
        let last = self.last.expect("the first round counts");
        let played = Played { measured: self.crowds, requests: self.crowd_requests, fault: self.fault, ..last };
        let requests = self.attempts_requests + self.crowd_requests;
        let mut report = cast.report(&played, requests, Some(offered), self.lost.left_out, steps);
        if let (Some(early), Some(at)) = (&mut report.ended_early, stage.used_up()) {
            early.seconds = at.saturating_duration_since(self.began).as_secs_f64();
            let best = lengths.best * self.attempts.len() as u32;
            early.of_seconds = ((best + lengths.whole()) * cast.options.rounds).as_secs_f64();
        }
        report.overload = Some(overload);
        (played.job, report)
    }
}

impl Round {
    /// The round beside what was tried as number `best` in it.
    fn beside(self, best: usize) -> OverloadRound {
        let Self { tried, crowd } = self;
        let best_sales_per_second = tried[best].sales_per_second;
        let share_of_best = crowd.sales_per_second / best_sales_per_second.max(f64::MIN_POSITIVE);
        OverloadRound { tried, best_sales_per_second, share_of_best, crowd }
    }
}

/// The steps of phase number `number`.
fn phase(tallies: &[Tally], number: usize) -> &[Tally] {
    &tallies[number * STEPS_A_PHASE..][..STEPS_A_PHASE]
}

/// Of the requests of a phase that went well.
fn latencies(phase: &[Tally]) -> Histogram<u64> {
    merged(phase[..SALE].iter().map(|tally| &tally.succeeded))
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
