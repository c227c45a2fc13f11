//! From what callers hand in and what is due to the commands of the next entry.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::Owner;
use crate::domain::commands::{Abandon, CountRefusals, EndUnclaimed, SetClock, Settle, Sweep, Tick};
use crate::domain::{Anchor, Command, ConcertNo, Sale, Timestamp, sweep_due};
use crate::node::clock::is_news;
use crate::node::job::{Arrivals, Job};
use crate::node::member::Member;
use crate::node::shared::Shared;
use crate::node::waiters::{Batch, Waiter};
use crate::storage::end_damaged;

/// Calls that share one entry: enough to share a flush widely, few enough to apply within a few milliseconds.
const BATCH_COMMANDS_MAX: usize = 1_024;
/// Endings and admissions that an entry does besides the commands of callers: about three milliseconds of work, since
/// whoever calls waits for the entry before its own and for its own.
const ENTRY_STEPS: u32 = 400;
/// Endings and admissions that an entry does before its callers' commands when the overlay is more than half full.
const CROWDED_STEPS: u32 = 16;
/// How long what is due waits for room when no caller comes.
const CROWDED_PAUSE: Duration = Duration::from_millis(5);
/// How often the clocks are checked for having been set, and the machine for having been suspended.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often rows that are past keeping are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// A command of a caller, who waits for its answer.
struct Call {
    command: Command,
    waiter: Waiter,
}

/// Whether the sequencer goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    On,
    Stopping,
}

/// What this instance does without being asked.
#[derive(Clone, Copy)]
pub(super) enum Duties<'a> {
    /// Everything: it runs alone.
    All,
    /// What is due at the concerts that it answers for, and where it orders the log, what is of no concert.
    Of(&'a Member),
}

impl Duties<'_> {
    /// Whether what is due at a concert is its to do.
    fn has(self, sale: Option<&Sale>) -> bool {
        match self {
            Self::All => true,
            Self::Of(member) => sale.is_some_and(|sale| member.instance.answers_for(sale.id()) == Owner::Own),
        }
    }

    /// Whether what is of no concert is its to do: the clock, and rows that are past keeping.
    fn has_common(self) -> bool {
        match self {
            Self::All => true,
            Self::Of(member) => member.instance.tenure().holds(),
        }
    }
}

/// Gathers what waits. No timer: a batch is as large as the last commit was long.
pub(super) struct Gatherer {
    jobs: Arrivals,
    /// Empty between two steps, for its room.
    calls: Vec<Call>,
    next_sweep: Instant,
}

impl Gatherer {
    pub(super) fn new(jobs: Arrivals) -> Self {
        Self { jobs, calls: Vec::with_capacity(BATCH_COMMANDS_MAX), next_sweep: Instant::now() }
    }

    /// Waits for a caller or for what is due, and gives what is to be done next, which may be nothing. Blocks.
    pub(super) fn step(&mut self, shared: &Shared, duties: Duties<'_>) -> (Batch, Course) {
        let first = self.jobs.wait(self.due_in(shared, duties));
        self.gather(shared, duties, first)
    }

    /// The same where the sequencer is a task.
    pub(super) async fn next(&mut self, shared: &Shared, duties: Duties<'_>) -> (Batch, Course) {
        let first = self.jobs.next(self.due_in(shared, duties)).await;
        self.gather(shared, duties, first)
    }

    fn gather(&mut self, shared: &Shared, duties: Duties<'_>, first: Option<Job>) -> (Batch, Course) {
        let course = self.drain(shared, first);
        // Behind the draining: no caller has read a later instant than the one at which the command is judged.
        let (now, anchor) = shared.clock.stamp();
        let mut batch = Batch::default();
        if duties.has_common() && shared.clock.is_going() && is_news(shared.replica.look().clock(), now, &anchor) {
            set_clock(shared, now, anchor, &mut batch);
        }
        // What nobody waits for has time until there is room for its rows.
        if !self.calls.is_empty() || !shared.replica.store().is_half_full() {
            propose_due(shared, now, duties, &mut batch);
            self.propose_sweep(shared, now, duties, &mut batch);
        }
        for Call { command, waiter } in self.calls.drain(..) {
            batch.push(now, command, waiter);
        }
        (batch, course)
    }

    /// Looks for rows that are past keeping with the next step.
    pub(super) fn sweep_soon(&mut self) {
        self.next_sweep = Instant::now();
    }

    /// How long until something is due or the clocks are to be looked at.
    fn due_in(&self, shared: &Shared, duties: Duties<'_>) -> Duration {
        let sweep_in = self.next_sweep.saturating_duration_since(Instant::now()).min(LOOK_EVERY);
        let (deadline, unseen) = {
            let state = shared.replica.look();
            let mut deadlines = state.deadlines().filter(|(_, concert)| duties.has(state.sale(*concert)));
            (deadlines.next().map(|(at, _)| at), shared.presence.next_due(state.settings()))
        };
        let due_in = deadline.into_iter().chain(unseen).min().map_or(sweep_in, |at| {
            let milliseconds = u64::try_from(at.0 - shared.clock.now().0).unwrap_or(0);
            sweep_in.min(Duration::from_millis(milliseconds))
        });
        if shared.replica.store().is_half_full() { due_in.max(CROWDED_PAUSE) } else { due_in }
    }

    /// Takes the commands that wait, as many as one entry may hold.
    fn drain(&mut self, shared: &Shared, first: Option<Job>) -> Course {
        if first.is_some() {
            // Whoever is ready to run may bring a command for this batch, so that they share its flush. When nobody is,
            // as with a single client, this takes no time.
            std::thread::yield_now();
        }
        let mut next = first;
        while let Some(job) = next {
            match job {
                Job::Do { command, caller, answer } => {
                    shared.leave_channel();
                    let large = command.is_large();
                    self.calls.push(Call { command, waiter: Waiter { answer, caller } });
                    if large {
                        break;
                    }
                }
                Job::Look => break,
                Job::Stop => return Course::Stopping,
            }
            if self.calls.len() >= BATCH_COMMANDS_MAX {
                break;
            }
            next = self.jobs.take();
        }
        Course::On
    }

    /// Notes the refusals since the last time, and adds a sweep when there is something to sweep.
    fn propose_sweep(&mut self, shared: &Shared, now: Timestamp, duties: Duties<'_>, batch: &mut Batch) {
        if self.next_sweep > Instant::now() {
            return;
        }
        self.next_sweep = Instant::now() + SWEEP_EVERY;
        let refusals = shared.refusals.take();
        if !refusals.is_empty() {
            batch.push_own(now, CountRefusals { refusals }.into());
        }
        if !duties.has_common() {
            return;
        }
        let sweeping = match sweep_due(&shared.replica.look(), shared.replica.store(), now) {
            Ok(due) => due,
            Err(fault) => end_damaged(&fault),
        };
        if sweeping {
            batch.push_own(now, Sweep.into());
        }
    }
}

/// Adds how the log's time lies to the clocks of the machine, and says so when the wall clock was set.
pub(super) fn set_clock(shared: &Shared, now: Timestamp, anchor: Anchor, batch: &mut Batch) {
    let set_ms = anchor.offset.0 - shared.replica.look().clock().anchor.offset.0;
    if set_ms != 0 {
        let (seconds, direction) = (set_ms.unsigned_abs() as f64 / 1_000.0, if set_ms > 0 { "ahead" } else { "back" });
        tracing::warn!(
            seconds,
            "the wall clock was set {direction} by {seconds} s: sales open and close by it, and holds keep their time"
        );
        shared.clock_corrections.fetch_add(1, Ordering::Relaxed);
    }
    batch.push_own(now, SetClock { anchor }.into());
}

/// Adds what is due: the end of abandoned places, before anybody behind them is admitted, and a tick for every concert
/// with something due.
fn propose_due(shared: &Shared, now: Timestamp, duties: Duties<'_>, batch: &mut Batch) {
    let all = if shared.replica.store().is_half_full() { CROWDED_STEPS } else { ENTRY_STEPS };
    let mut left = all;
    let state = shared.replica.look();
    let seen = &shared.presence;
    // Each kind leaves the others some.
    let abandoned = seen.abandoned(&state, now, all as usize / 2);
    let with_overdue: BTreeSet<ConcertNo> = abandoned.keys().copied().collect();
    for (concert, sequences) in abandoned.into_iter().filter(|(_, sequences)| !sequences.is_empty()) {
        left -= sequences.len() as u32;
        batch.push_own(now, Abandon { concert, sequences }.into());
    }
    for (concert, sequences) in seen.unclaimed(&state, now, all as usize / 4) {
        left -= sequences.len() as u32;
        batch.push_own(now, EndUnclaimed { concert, sequences }.into());
    }
    let due = state.due(now).filter(|concert| duties.has(state.sale(*concert))).collect();
    for (concert, steps) in shares(due, left) {
        let command: Command = if with_overdue.contains(&concert) {
            Settle { concert, steps }.into()
        } else {
            Tick { concert, steps }.into()
        };
        batch.push_own(now, command);
    }
}

/// The steps that each of some concerts gets, when they may do so many together.
pub(super) fn shares(mut concerts: Vec<ConcertNo>, steps: u32) -> Vec<(ConcertNo, u32)> {
    concerts.truncate(steps as usize);
    let each = steps.checked_div(concerts.len() as u32).unwrap_or(0);
    concerts.into_iter().map(|concert| (concert, each)).collect()
}
