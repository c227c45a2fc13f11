//! The measured part of every scenario: one act, or two where the first finds what the second goes by.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::Options;
use super::books::Books;
use super::crew::Crew;
use super::lane::WITHOUT_RETRY_AFTER;
use super::phases::{Lengths, Phases};
use super::processor::Process;
use super::report::{EndedEarly, Latency, Overload, Prepared, Processor, Report, StepReport};
use super::run::{Drive, Measured, Run, measure};
use super::scenario::{Others, Work};
use super::schedule::{Schedule, Starts};
use super::stage::Stage;
use super::tally::{Step, Tally};
use super::work::{Crowd, JOURNEY, Job, Rush};

/// How long answers are waited for after the last start.
const PATIENCE: Duration = Duration::from_secs(15);
/// Connections that find the best rate of an overload: enough that flushes are shared widely, few enough that nobody
/// waits long.
const BEST_CONNECTIONS: u32 = 256;
/// Steps of one phase of an overload: arrival, request, sale.
const STEPS_A_PHASE: usize = 3;

/// What all acts of a run share.
struct Cast<'a> {
    options: &'a Options,
    stage: &'a Stage,
    crew: &'a Crew<'a>,
    process: Option<Process>,
}

/// An act that is over.
struct Played<'a> {
    job: Job<'a>,
    began: Instant,
    measured: Measured,
    requests: u64,
    fault: Option<String>,
}

/// Plays the scenario; the work that was done, and the report of it.
pub fn play<'a>(options: &Options, stage: &'a Stage, crew: &Crew<'_>, process: Option<Process>) -> (Job<'a>, Report) {
    let cast = Cast { options, stage, crew, process };
    match options.scenario.work() {
        Work::Overload => cast.overload(stage),
        work => cast.once(stage, work),
    }
}

impl Cast<'_> {
    fn once<'a>(&self, stage: &'a Stage, work: Work) -> (Job<'a>, Report) {
        let Self { options, crew, .. } = self;
        let began = Instant::now();
        let until = began + options.duration;
        let starts = match options.rate {
            Some(rate) => Starts::open(Schedule::new(began, rate, options.duration), until, Arc::clone(&crew.given_up)),
            None => Starts::closed(until, Arc::clone(&crew.given_up)),
        };
        let mut job = self.job(stage, work);
        if work == Work::Rush {
            let rate = f64::from(options.size.users) / options.within.as_secs_f64();
            let schedule = Schedule::new(began, rate, options.within);
            job.rush = Some(Rush::new(schedule, until, Arc::clone(&crew.given_up)));
        }
        let played = self.act(job, began, &starts);
        let tallies = work.steps().iter().zip(&played.measured.recorder.steps);
        let took = |tally: &Tally| tally.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
        let steps = tallies.map(|(step, tally)| StepReport::of(step, tally, took(tally))).collect();
        let rush = played.job.rush.as_ref();
        let rate = rush.map(Rush::rate).or(options.rate);
        let left_out = rush.map_or_else(|| starts.left_out(), Rush::left_out);
        let report = self.report(&played, played.requests, rate, left_out, steps);
        (played.job, report)
    }

    /// First as many whole journeys as it takes, then a crowd that is several times as large.
    fn overload<'a>(&self, stage: &'a Stage) -> (Job<'a>, Report) {
        let Self { options, crew, process, .. } = self;
        let given_up = || Arc::clone(&crew.given_up);
        let began = Instant::now();
        let starts = Starts::closed(began + options.duration / 2, given_up());
        let mut job = self.job(stage, Work::OnSale);
        job.connections = BEST_CONNECTIONS.min(options.connections) as usize;
        let best = self.act(job, began, &starts);
        let best_tally = &best.measured.recorder.steps[JOURNEY];
        let best_step = Step { name: "best: sale", wanted: Work::OnSale.steps()[JOURNEY].wanted };
        let best_sales = StepReport::of(&best_step, best_tally, best.measured.took());
        let resident_before = process.and_then(Process::resident_kib);

        let began = Instant::now();
        let lengths = Lengths::of(options.duration);
        let phases = Phases::new(began, best_sales.rate.max(1.0), options.times, lengths);
        let starts = Starts::closed(began + lengths.whole(), given_up());
        let mut job = self.job(stage, Work::Overload);
        job.crowd = Some(Crowd::new(phases, options.tries, stage.users.len(), given_up()));
        let played = self.act(job, began, &starts);
        let overload = self.overload_told(&best_sales, &played, resident_before);
        let left_out = played.job.crowd.as_ref().map_or(0, |crowd| crowd.lost().left_out);
        let tallies = &played.measured.recorder.steps;
        let lasts = [lengths.before, lengths.peak, lengths.after];
        let steps = Work::Overload.steps().iter().zip(tallies).enumerate();
        let steps = steps.map(|(index, (step, tally))| StepReport::of(step, tally, lasts[index / STEPS_A_PHASE]));
        let steps = [best_sales].into_iter().chain(steps).collect();
        let requests = best.requests + played.requests;
        let mut report = self.report(&played, requests, Some(overload.offered_per_second), left_out, steps);
        report.overload = Some(overload);
        (played.job, report)
    }

    /// What the acts of an overload come to.
    fn overload_told(&self, best: &StepReport, played: &Played<'_>, resident_before_kib: Option<u64>) -> Overload {
        let crowd = played.job.crowd.as_ref().expect("an overload has a crowd");
        let Lengths { peak: length, .. } = crowd.phases.lengths;
        let tallies = &played.measured.recorder.steps;
        let phase = |first: usize| [&tallies[first], &tallies[first + 1], &tallies[first + 2]];
        let [before, peak] = [phase(0), phase(STEPS_A_PHASE)];
        let latencies = |phase: [&Tally; 3]| merged(phase[..2].iter().map(|tally| &tally.succeeded));
        let usual_p99_us = latencies(before).value_at_quantile(0.99);
        let refused = merged(tallies.iter().map(|tally| &tally.refused));
        let sales_per_second = peak[2].succeeded.len() as f64 / length.as_secs_f64();
        let without = |tally: &Tally| tally.reasons.get(WITHOUT_RETRY_AFTER).copied().unwrap_or(0);
        let buyers = tallies.iter().skip(1).step_by(STEPS_A_PHASE);
        Overload {
            best_sales_per_second: best.rate,
            offered_per_second: crowd.phases.peak_rate(),
            seconds: length.as_secs_f64(),
            tries: self.options.tries,
            sales_per_second,
            share_of_best: sales_per_second / best.rate.max(f64::MIN_POSITIVE),
            went_away: crowd.lost().went_away,
            refusals: refused.len(),
            refusals_of_buyers: buyers.map(|tally| tally.refused.len()).sum(),
            refused: Latency::of(&refused),
            without_retry_after: tallies.iter().map(without).sum(),
            usual_p99_us,
            peak_p99_us: latencies(peak).value_at_quantile(0.99),
            normal_after_seconds: crowd.recovered_after(usual_p99_us).map(|after| after.as_secs_f64()),
            resident_before_kib,
            resident_peak_kib: played.measured.server_peak_kib,
            resident_after_kib: self.process.and_then(Process::resident_kib),
        }
    }

    fn job<'a>(&self, stage: &'a Stage, work: Work) -> Job<'a> {
        let Options { only_step, holders, others, connections, .. } = *self.options;
        Job {
            work,
            stage,
            only_step,
            holders: holders as usize,
            others,
            connections: match others {
                Others::Rest => holders as usize,
                Others::Lose | Others::Read => (connections + holders) as usize,
            },
            rush: None,
            crowd: None,
        }
    }

    fn act<'a>(&self, job: Job<'a>, began: Instant, starts: &Starts) -> Played<'a> {
        let run = Run {
            server: self.crew.server,
            starts,
            steps: job.work.steps(),
            think: self.options.think,
            patience_ends: starts.until + PATIENCE,
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            fault: Mutex::new(None),
        };
        let drive =
            Drive { connections: job.connections, threads: self.options.threads as usize, server: self.process };
        let measured = measure(&run, &job, &drive, began, self.crew.progress);
        let requests = run.requests();
        let fault = run.fault.into_inner().expect("nobody panics while it is locked");
        Played { job, began, measured, requests, fault }
    }

    fn report(
        &self,
        played: &Played<'_>,
        requests: u64,
        intended_rate: Option<f64>,
        left_out: u64,
        steps: Vec<StepReport>,
    ) -> Report {
        let Self { options, stage, crew, .. } = self;
        let used_up = stage.used_up().filter(|_| played.job.rush.is_none());
        let ended_early = used_up.map(|at| EndedEarly {
            seconds: at.saturating_duration_since(played.began).as_secs_f64(),
            of_seconds: options.duration.as_secs_f64(),
            seats: stage.venue.seats,
        });
        Report {
            scenario: options.scenario.name(),
            server: crew.server.host.clone(),
            connections: played.job.connections,
            threads: options.threads as usize,
            intended_rate,
            seconds: played.measured.took().as_secs_f64(),
            prepared: Prepared {
                concerts: stage.venue.concerts.len(),
                seats: stage.venue.seats,
                users: stage.users.len(),
                seconds: stage.took.as_secs_f64(),
            },
            steps,
            overload: None,
            ended_early,
            left_out,
            late: Latency::of(&played.measured.recorder.late),
            fault: played.fault.clone(),
            interrupted: false,
            requests,
            log: None,
            processor: Processor::of(&played.measured, played.requests),
            server_resident_kib: None,
            books: Books::default(),
            verify: None,
        }
    }
}

fn merged<'a>(histograms: impl Iterator<Item = &'a Histogram<u64>>) -> Histogram<u64> {
    let mut all = Tally::new().succeeded;
    for histogram in histograms {
        all.add(histogram).expect("all histograms have the same bounds");
    }
    all
}
