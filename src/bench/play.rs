//! The measured part of every scenario: one act, or rounds of two where the first finds what the second goes by.

mod best;
mod overload;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Options;
use super::books::Books;
use super::crew::Crew;
use super::processor::Process;
use super::report::{EndedEarly, Latency, Prepared, Processor, Report, StepReport};
use super::run::{Drive, Measured, Run, measure};
use super::scenario::{Others, Scenario, Work};
use super::schedule::{Schedule, Starts};
use super::stage::Stage;
use super::tally::Tally;
use super::work::{Job, Rush, Siege};

/// How long answers are waited for after the last start.
const PATIENCE: Duration = Duration::from_secs(15);

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
        Work::Overload => overload::play(&cast, stage),
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
            siege: (self.options.scenario == Scenario::Siege).then(Siege::default),
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
            siege: played.job.siege.as_ref().map(Siege::report),
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
