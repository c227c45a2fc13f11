//! The one writer: a thread that makes everything that waits one log entry, makes it durable, applies it, answering each
//! caller on the way, and publishes what changed. No timer: a batch is as large as the last commit was long.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::answer::Answer;
use super::clock::is_news;
use super::fault::EndOnPanic;
use super::idempotency::KeyGuard;
use super::job::Job;
use super::shared::Shared;
use super::submit_error::SubmitError;
use crate::domain::commands::{Abandon, Configure, CountRefusals, EndUnclaimed, SetClock, Settle, Sweep, Tick};
use crate::domain::{
    Anchor, Change, Command, ConcertNo, Reply, STEP_MAX, Settings, Stamped, Swept, Timestamp, sweep_due,
};
use crate::log::Entry;
use crate::replica::{Applied, Fate};
use crate::storage::{Files, LogWriter, end_damaged, end_process};
use crate::telemetry::metrics;

/// Calls that share one entry: enough to share a flush widely, few enough to apply within a few milliseconds.
const BATCH_COMMANDS_MAX: usize = 1_024;
/// Endings and admissions that an entry does besides the commands of callers: about three milliseconds of work, since
/// whoever calls waits for the entry before its own and for its own.
const ENTRY_STEPS: u32 = 400;
/// Endings and admissions that an entry does before its callers' commands when the overlay is more than half full.
const CROWDED_STEPS: u32 = 16;
/// How long the writer waits for room before it goes on with what is due, when no caller comes.
const CROWDED_PAUSE: Duration = Duration::from_millis(5);
/// How often the writer wakes to see whether the wall clock was set, or the machine was suspended.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often rows that are past keeping are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// A command of a caller, who waits for its answer.
struct Call {
    command: Command,
    waiter: Waiter,
}

/// Who waits for a command.
struct Waiter {
    answer: oneshot::Sender<Result<Answer<Reply>, SubmitError>>,
    /// Kept until the command is applied.
    key: Option<KeyGuard>,
}

/// Whether the writer goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    On,
    Stopping,
}

/// Commands that become one entry, and who waits for each.
#[derive(Default)]
struct Batch {
    stamped: Vec<Stamped>,
    /// For each command its waiter; the writer's own have none.
    waiters: Vec<Option<Waiter>>,
}

/// Puts an instance's settings in force, before anybody is served: what ended while it was down ends first, and whom
/// the settings of before would have let in waits for the new ones.
pub(super) fn begin(shared: &Shared, log: &mut LogWriter<Files>, settings: Settings) {
    let mut batch = Batch::default();
    let (now, anchor) = shared.clock.stamp();
    set_clock(shared, now, anchor, &mut batch);
    commit(shared, log, batch, &mut Instant::now());
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
            batch.push(now, Settle { concert, steps }.into(), None);
        }
        commit(shared, log, batch, &mut Instant::now());
    }
    let mut batch = Batch::default();
    batch.push(shared.clock.now(), Configure { settings }.into(), None);
    commit(shared, log, batch, &mut Instant::now());
}

/// Runs until [`Job::Stop`]; a fault ends the process.
fn run(shared: &Shared, jobs: &Receiver<Job>, mut log: LogWriter<Files>) {
    let mut next_sweep = Instant::now();
    let mut calls = Vec::with_capacity(BATCH_COMMANDS_MAX);
    let mut course = Course::On;
    while course == Course::On {
        let first = wait(shared, jobs, next_sweep);
        course = drain(shared, first, jobs, &mut calls);
        // Behind the draining: no caller has read a later instant than the one at which the command is judged.
        let (now, anchor) = shared.clock.stamp();
        let mut batch = Batch::default();
        if is_news(shared.replica.look().clock(), now, &anchor) {
            set_clock(shared, now, anchor, &mut batch);
        }
        // What nobody waits for has time until there is room for its rows.
        if !calls.is_empty() || !shared.replica.store().is_half_full() {
            propose_due(shared, now, &mut next_sweep, &mut batch);
        }
        for Call { command, waiter } in calls.drain(..) {
            batch.push(now, command, Some(waiter));
        }
        if !batch.stamped.is_empty() {
            commit(shared, &mut log, batch, &mut next_sweep);
        }
    }
    if let Err(fault) = log.seal() {
        end_process("the log could not be sealed", &fault);
    }
}

/// Makes a batch the log's next entry and applies it, answering each caller on the way; a fault ends the process.
fn commit(shared: &Shared, log: &mut LogWriter<Files>, batch: Batch, next_sweep: &mut Instant) {
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
    shared.replica.store().wait_for_room();
    let mut waiters = batch.waiters.into_iter();
    let observe = |changes: &[Change]| {
        shared.presence.follow_changes(changes, || shared.replica.projections().concerts());
        shared.followers.note(changes);
    };
    let applied = shared.replica.apply(&entry, log.position(), observe, |applied| {
        let waiter = waiters.next().expect("each command has its place among the waiters");
        answer(shared, applied, waiter, next_sweep);
    });
    if let Err(fault) = applied {
        end_damaged(&fault);
    }
    publish(shared);
    if let Err(fault) = log.purge(shared.replica.store().durable()) {
        end_process("the log could not be purged", &fault);
    }
}

/// Puts into the batch how the log's time lies to the clocks of the machine, and says so when the wall clock was set.
fn set_clock(shared: &Shared, now: Timestamp, anchor: Anchor, batch: &mut Batch) {
    let set_ms = anchor.offset.0 - shared.replica.look().clock().anchor.offset.0;
    if set_ms != 0 {
        let (seconds, direction) = (set_ms.unsigned_abs() as f64 / 1_000.0, if set_ms > 0 { "ahead" } else { "back" });
        tracing::warn!(
            seconds,
            "the wall clock was set {direction} by {seconds} s: sales open and close by it, and holds keep their time"
        );
        shared.clock_corrections.fetch_add(1, Ordering::Relaxed);
    }
    batch.push(now, SetClock { anchor }.into(), None);
}

/// Waits for a caller, until something is due or the clocks are to be looked at.
fn wait(shared: &Shared, jobs: &Receiver<Job>, next_sweep: Instant) -> Option<Job> {
    let sweep_in = next_sweep.saturating_duration_since(Instant::now()).min(LOOK_EVERY);
    let (deadline, unseen) = {
        let state = shared.replica.look();
        (state.next_deadline().map(|(at, _)| at), shared.presence.next_due(state.settings()))
    };
    let due_in = deadline.into_iter().chain(unseen).min().map_or(sweep_in, |at| {
        let milliseconds = u64::try_from(at.0 - shared.clock.now().0).unwrap_or(0);
        sweep_in.min(Duration::from_millis(milliseconds))
    });
    let due_in = if shared.replica.store().is_half_full() { due_in.max(CROWDED_PAUSE) } else { due_in };
    match jobs.recv_timeout(due_in) {
        Ok(job) => Some(job),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Job::Stop),
    }
}

/// Puts in front of the batch what is due: the end of abandoned places, before anybody behind them is admitted, a tick
/// for every concert with something due, and a sweep when its time has come.
fn propose_due(shared: &Shared, now: Timestamp, next_sweep: &mut Instant, batch: &mut Batch) {
    let all = if shared.replica.store().is_half_full() { CROWDED_STEPS } else { ENTRY_STEPS };
    let mut left = all;
    {
        let state = shared.replica.look();
        let seen = &shared.presence;
        // Each kind leaves the others some.
        let abandoned = seen.abandoned(&state, now, all as usize / 2);
        let with_overdue: BTreeSet<ConcertNo> = abandoned.keys().copied().collect();
        for (concert, sequences) in abandoned.into_iter().filter(|(_, sequences)| !sequences.is_empty()) {
            left -= sequences.len() as u32;
            batch.push(now, Abandon { concert, sequences }.into(), None);
        }
        for (concert, sequences) in seen.unclaimed(&state, now, all as usize / 4) {
            left -= sequences.len() as u32;
            batch.push(now, EndUnclaimed { concert, sequences }.into(), None);
        }
        for (concert, steps) in shares(state.due(now).collect(), left) {
            let command: Command = if with_overdue.contains(&concert) {
                Settle { concert, steps }.into()
            } else {
                Tick { concert, steps }.into()
            };
            batch.push(now, command, None);
        }
    }
    if *next_sweep <= Instant::now() {
        *next_sweep = Instant::now() + SWEEP_EVERY;
        let refusals = shared.refusals.take();
        if !refusals.is_empty() {
            batch.push(now, CountRefusals { refusals }.into(), None);
        }
        let sweeping = match sweep_due(&shared.replica.look(), shared.replica.store(), now) {
            Ok(due) => due,
            Err(fault) => end_damaged(&fault),
        };
        if sweeping {
            batch.push(now, Sweep.into(), None);
        }
    }
}

/// The steps that each of some concerts gets, when they may do so many together.
fn shares(mut concerts: Vec<ConcertNo>, steps: u32) -> Vec<(ConcertNo, u32)> {
    concerts.truncate(steps as usize);
    let each = steps.checked_div(concerts.len() as u32).unwrap_or(0);
    concerts.into_iter().map(|concert| (concert, each)).collect()
}

/// Takes the commands that wait, as many as one entry may hold.
fn drain(shared: &Shared, first: Option<Job>, jobs: &Receiver<Job>, calls: &mut Vec<Call>) -> Course {
    if first.is_some() {
        // Whoever is ready to run may bring a command for this batch, so that they share its flush. When nobody is, as
        // with a single client, this takes no time.
        std::thread::yield_now();
    }
    let mut next = first;
    while let Some(job) = next {
        match job {
            Job::Do { command, key, answer } => {
                shared.leave_channel();
                let large = command.is_large();
                calls.push(Call { command, waiter: Waiter { answer, key } });
                if large {
                    break;
                }
            }
            Job::Stop => return Course::Stopping,
        }
        if calls.len() >= BATCH_COMMANDS_MAX {
            break;
        }
        next = jobs.try_recv().ok();
    }
    Course::On
}

impl Batch {
    fn push(&mut self, now: Timestamp, command: Command, waiter: Option<Waiter>) {
        let guard = waiter.as_ref().and_then(|waiter| waiter.key.as_ref());
        let idempotency = guard.map(|guard| guard.idempotency().clone());
        self.stamped.push(Stamped { now, idempotency, command });
        self.waiters.push(waiter);
    }
}

/// Tells a caller what became of its command.
fn answer(shared: &Shared, applied: Applied<'_>, waiter: Option<Waiter>, next_sweep: &mut Instant) {
    if let Command::EndUnclaimed(EndUnclaimed { concert, sequences }) = &applied.stamped.command {
        sequences.iter().for_each(|sequence| shared.presence.settled(*concert, *sequence));
    }
    let Fate::Applied(result, origin) = applied.fate else { unreachable!("a server that runs alone leads everything") };
    let answer = result.map(|reply| Answer { reply, origin }).map_err(SubmitError::Rejected);
    match (waiter, answer) {
        // A caller that went away has no use for its answer; the change stands all the same.
        (Some(Waiter { answer: caller, key: _guard }), answer) => drop(caller.send(answer)),
        (None, Ok(Answer { reply: Reply::Swept(Swept { more_due: true, .. }), .. })) => *next_sweep = Instant::now(),
        (None, Ok(_) | Err(_)) => {}
    }
}

/// Wakes who follows the concerts and the feed.
fn publish(shared: &Shared) {
    shared.followers.wake();
    let newest = shared.replica.look().totals().last_event;
    shared.newest_event.send_if_modified(|event| std::mem::replace(event, newest) != newest);
}

/// Starts the writer's thread.
///
/// # Errors
/// The operating system's, when no thread can be started.
pub(super) fn spawn(
    shared: Arc<Shared>,
    jobs: Receiver<Job>,
    log: LogWriter<Files>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("sequencer".into()).spawn(move || {
        let _guard = EndOnPanic;
        run(&shared, &jobs, log);
    })
}
