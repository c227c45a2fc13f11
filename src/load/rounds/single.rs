//! A scenario that is one run: an open loop where a rate is given, else a closed one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::histograms::StepHistograms;
use super::super::pacing::{ArrivalSchedule, Iterations};
use super::super::report::{Report, StepReport};
use super::super::scenario::WorkloadKind;
use super::super::workload::{Followers, QueueRush, Workload};
use super::setup::{Figures, Setup};

/// Runs the workload once; the workload as it ended, and the report.
pub(super) fn run<'f>(setup: &Setup<'_, 'f>, kind: WorkloadKind) -> (Workload<'f>, Report) {
    let options = setup.options;
    let interrupted = || Arc::clone(&setup.pool.interrupted);
    let number = options.followers as usize;
    let followers = (number > 0).then(|| Followers::open(setup.pool.server, setup.fixtures, number));
    let began = Instant::now();
    let until = began + options.duration;
    let iterations = match options.rate {
        Some(rate) => Iterations::open(ArrivalSchedule::new(began, rate, options.duration), until, interrupted()),
        None => Iterations::closed(until, interrupted()),
    };
    let mut workload = setup.workload(kind);
    if kind == WorkloadKind::QueueRush {
        let rate = f64::from(options.size.users) / options.within.as_secs_f64();
        let schedule = ArrivalSchedule::new(began, rate, options.within);
        workload.queue_rush = Some(QueueRush::new(schedule, until, interrupted()));
    }
    workload.followers = followers;
    let mut completed = setup.run(workload, began, &iterations);
    if let Some(followers) = &mut completed.workload.followers {
        followers.close();
    }
    let steps = kind.steps().iter().zip(&completed.measured.recorder.steps);
    let took = |step: &StepHistograms| step.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
    let steps = steps.map(|(step, histograms)| StepReport::of(step, histograms, took(histograms))).collect();
    let queue_rush = completed.workload.queue_rush.as_ref();
    let figures = Figures {
        requests: completed.requests,
        intended_rate: queue_rush.map(QueueRush::rate).or(options.rate),
        dropped: queue_rush.map_or_else(|| iterations.dropped(), QueueRush::dropped),
        steps,
    };
    let report = setup.report(&completed, figures);
    (completed.workload, report)
}
