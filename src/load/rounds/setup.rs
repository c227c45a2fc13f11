//! What all runs of a scenario share, and how one of them is done.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use super::super::client_pool::ClientPool;
use super::super::consistency::Findings;
use super::super::driver::{DriverOptions, Measurement, drive};
use super::super::fixtures::Fixtures;
use super::super::options::Options;
use super::super::pacing::Iterations;
use super::super::process_usage::Process;
use super::super::report::{EndedEarly, Latency, Prepared, Processor, Report, StepReport};
use super::super::run::Run;
use super::super::scenario::{HotSeatOthers, Scenario, WorkloadKind};
use super::super::workload::{ConnectionFlood, Followers, Workload};

/// How long responses are waited for after the last iteration has begun.
const GRACEFUL_STOP: Duration = Duration::from_secs(15);

pub(super) struct Setup<'s, 'f> {
    pub options: &'s Options,
    pub fixtures: &'f Fixtures,
    pub pool: &'s ClientPool<'s>,
    pub server_process: Option<Process>,
}

/// A run that is over.
pub(super) struct CompletedRun<'f> {
    pub workload: Workload<'f>,
    pub began: Instant,
    pub measured: Measurement,
    pub requests: u64,
    pub fault: Option<String>,
}

/// What a report says beside what was measured.
pub(super) struct Figures {
    pub requests: u64,
    /// Iterations a second of an open loop.
    pub intended_rate: Option<f64>,
    /// Iterations of an open loop that no virtual user was free for.
    pub dropped: u64,
    pub steps: Vec<StepReport>,
}

impl<'f> Setup<'_, 'f> {
    pub(super) fn workload(&self, kind: WorkloadKind) -> Workload<'f> {
        let Options { only_step, holders, others, connections, .. } = *self.options;
        Workload {
            kind,
            fixtures: self.fixtures,
            only_step,
            holders: holders as usize,
            others,
            connections: match others {
                HotSeatOthers::Rest => holders as usize,
                HotSeatOthers::Lose | HotSeatOthers::Read => (connections + holders) as usize,
            },
            queue_rush: None,
            overload: None,
            connection_flood: (self.options.scenario == Scenario::ConnectionFlood).then(ConnectionFlood::default),
            followers: None,
        }
    }

    /// Runs a workload from `began` on.
    pub(super) fn run(&self, workload: Workload<'f>, began: Instant, iterations: &Iterations) -> CompletedRun<'f> {
        let run = Run {
            server: self.pool.server,
            iterations,
            steps: workload.kind.steps(),
            think: self.options.think,
            graceful_stop_ends: iterations.until + GRACEFUL_STOP,
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            fault: Mutex::new(None),
        };
        let driver = DriverOptions {
            connections: workload.connections,
            threads: self.options.threads as usize,
            server_process: self.server_process,
        };
        let measured = drive(&run, &workload, &driver, began, self.pool.progress);
        let requests = run.requests();
        let fault = run.fault.into_inner().expect("nobody panics while it is locked");
        CompletedRun { workload, began, measured, requests, fault }
    }

    /// The report of a run, as far as it is known before the check.
    pub(super) fn report(&self, run: &CompletedRun<'_>, figures: Figures) -> Report {
        let Self { options, fixtures, pool, .. } = self;
        let CompletedRun { workload, measured, .. } = run;
        let Figures { requests, intended_rate, dropped, steps } = figures;
        let used_up = fixtures.used_up().filter(|_| workload.queue_rush.is_none());
        let ended_early = used_up.map(|at| EndedEarly {
            seconds: at.saturating_duration_since(run.began).as_secs_f64(),
            of_seconds: options.duration.as_secs_f64(),
            seats: fixtures.concerts.seats,
        });
        Report {
            scenario: options.scenario.name(),
            server: pool.server.host.clone(),
            connections: workload.connections,
            threads: options.threads as usize,
            intended_rate,
            seconds: measured.took().as_secs_f64(),
            prepared: Prepared {
                concerts: fixtures.concerts.all.len(),
                seats: fixtures.concerts.seats,
                users: fixtures.users.len(),
                seconds: fixtures.took.as_secs_f64(),
            },
            steps,
            overload: None,
            connection_flood: workload.connection_flood.as_ref().map(ConnectionFlood::report),
            followers: workload.followers.as_ref().map(Followers::report),
            ended_early,
            left_out: dropped,
            late: Latency::of(&measured.recorder.late),
            fault: run.fault.clone(),
            interrupted: false,
            requests,
            log: None,
            processor: Processor::of(measured.generator_time, measured.server_time, run.requests),
            server_resident_kib: None,
            consistency: Findings::default(),
            verify: None,
        }
    }
}
