//! The one writer: a thread that makes everything that waits one log entry, makes it durable, applies it, answering each
//! caller on the way, and publishes what changed.
//!
//! Each of the three steps is a function of its own: gathering and applying know nothing of the log between them.

mod applier;
mod gatherer;
mod shared_log;

use std::sync::Arc;
use std::time::Instant;

use self::applier::apply;
use self::gatherer::{Course, Duties, Gatherer, set_clock, shares};

pub(super) use self::applier::{apply_shared, publish};
pub(super) use self::shared_log::Opening;
use super::fault::EndOnPanic;
use super::job::Arrivals;
use super::shared::Shared;
use super::waiters::{Batch, Sweeping};
use crate::domain::commands::{Configure, Settle};
use crate::domain::{ConcertNo, STEP_MAX, Settings};
use crate::log::Entry;
use crate::storage::{AnyDisk, LogWriter, end_process};
use crate::telemetry::metrics;

/// Puts an instance's settings in force, before anybody is served: what ended while it was down ends first, and whom
/// the settings of before would have let in waits for the new ones.
pub(super) fn begin(shared: &Shared, log: &mut LogWriter<AnyDisk>, settings: Settings) {
    let mut batch = Batch::default();
    let (now, anchor) = shared.clock.stamp();
    set_clock(shared, now, anchor, &mut batch);
    commit(shared, log, batch);
    loop {
        let now = shared.clock.now();
        let due: Vec<ConcertNo> = {
            let state = shared.replica.look();
            state.queued(ConcertNo(0)).filter(|sale| sale.has_endings_due(now)).map(|sale| sale.no).collect()
        };
        if due.is_empty() {
            break;
        }
        let mut batch = Batch::default();
        for (concert, steps) in shares(due, STEP_MAX) {
            batch.push_own(now, Settle { concert, steps }.into());
        }
        commit(shared, log, batch);
    }
    let mut batch = Batch::default();
    batch.push_own(shared.clock.now(), Configure { settings }.into());
    commit(shared, log, batch);
}

/// Who makes what is gathered durable.
pub(super) enum Commit {
    /// This server, which runs alone.
    Alone(LogWriter<AnyDisk>),
    /// All instances together.
    Shared(Opening),
}

/// Starts the writer's thread.
///
/// # Errors
/// The operating system's, when no thread can be started.
pub(super) fn spawn(
    shared: Arc<Shared>,
    jobs: Arrivals,
    commit: Commit,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("sequencer".into()).spawn(move || {
        let _guard = EndOnPanic;
        match commit {
            Commit::Alone(log) => run(&shared, jobs, log),
            Commit::Shared(opening) => {
                let member = shared.member.as_ref().expect("it is one of several");
                let runtime = member.instance.runtime().clone();
                runtime.block_on(run_shared(shared, jobs, opening));
            }
        }
    })
}

/// The same as a task, where several instances order the log.
pub(super) async fn run_shared(shared: Arc<Shared>, jobs: Arrivals, opening: Opening) {
    let member = shared.member.as_ref().expect("it is one of several");
    shared_log::run(&shared, member, jobs, opening).await;
}

/// Runs until [`super::job::Job::Stop`]; a fault ends the process.
fn run(shared: &Shared, jobs: Arrivals, mut log: LogWriter<AnyDisk>) {
    let mut gatherer = Gatherer::new(jobs);
    let mut course = Course::On;
    while course == Course::On {
        let batch;
        (batch, course) = gatherer.step(shared, Duties::All);
        if !batch.stamped.is_empty() && commit(shared, &mut log, batch) == Sweeping::MoreDue {
            gatherer.sweep_soon();
        }
    }
    if let Err(fault) = log.seal() {
        end_process("the log could not be sealed", &fault);
    }
}

/// Makes a batch the log's next entry, durable, and applies it; a fault ends the process.
fn commit(shared: &Shared, log: &mut LogWriter<AnyDisk>, batch: Batch) -> Sweeping {
    let index = log.last().next();
    metrics::BATCH_COMMANDS.record(batch.stamped.len() as f64);
    let entry = Entry::alone(index, batch.stamped);
    let started = Instant::now();
    match log.append(std::slice::from_ref(&entry)) {
        Ok(bytes) => metrics::LOG_BYTES.increment(bytes),
        Err(fault) => end_process("an entry could not be made durable", &fault),
    }
    log.commit(index);
    metrics::COMMIT_SECONDS.record(started.elapsed().as_secs_f64());
    let sweeping = apply(shared, &entry, log.position(), batch.waiters);
    if let Err(fault) = log.purge(shared.replica.store().durable()) {
        end_process("the log could not be purged", &fault);
    }
    sweeping
}
