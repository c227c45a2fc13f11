//! The look-out for places that nobody asks after any more, which goes through the waiting and proposes their
//! abandonment. Being late changes nothing: a place that is overdue counts as abandoned from its time on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::rounds::Rounds;
use crate::domain::commands::Abandon;
use crate::domain::{ConcertNo, Sequence};
use crate::node::caller::Caller;
use crate::node::fault::EndOnPanic;
use crate::node::handle::Handle;

/// The pause between two rounds, when rounds are short and no place is due before: within it the first arrivals of a
/// stretch become known.
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// The pause between two rounds when a place is due at once.
const PAUSE_MIN: Duration = Duration::from_millis(1);
/// The pause is at least so many times as long as the round before it, so that a long queue costs a twentieth of a
/// processor at most.
const PAUSE_FACTOR: u32 = 20;

/// Starts the look-out on a thread; it ends when the sender of `stop` is dropped.
///
/// # Errors
/// The operating system's, when no thread can be started.
pub(in crate::node) fn spawn(
    handle: Handle,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let timers = runtime::Builder::new_current_thread().enable_time().build()?;
    std::thread::Builder::new().name("abandonment".into()).spawn(move || {
        let _guard = EndOnPanic;
        timers.block_on(run(handle, stop));
    })
}

/// Looks again and again, until the sender of `stop` is dropped.
pub(in crate::node) async fn run(handle: Handle, mut stop: oneshot::Receiver<()>) {
    let mut pause = PAUSE_MAX;
    let mut rounds = Rounds::new();
    while timeout(pause, &mut stop).await.is_err() {
        let started = Instant::now();
        look(&handle, &mut rounds).await;
        pause = pause_after(started.elapsed(), rounds.next_due().map(|at| at.0 - handle.now().0));
    }
}

/// How long to wait after a round that took `round`, when a place may be abandoned in `due_ms`.
fn pause_after(round: Duration, due_ms: Option<i64>) -> Duration {
    let due_in = due_ms.map_or(PAUSE_MAX, |due_ms| Duration::from_millis(u64::try_from(due_ms).unwrap_or(0)));
    due_in.clamp(PAUSE_MIN, PAUSE_MAX).max(round * PAUSE_FACTOR)
}

/// One round through all queues.
async fn look(handle: &Handle, rounds: &mut Rounds) {
    let shared = Arc::clone(&handle.shared);
    if shared.member.as_ref().is_some_and(|member| !member.instance.owner_tenure().holds()) {
        return;
    }
    rounds.begin(shared.clock.now());
    // The rows of endings wait for their way into the tables, as do those of everybody's commands.
    while !rounds.is_over() && !shared.replica.store().is_half_full() {
        let now = shared.clock.now();
        let abandoned = rounds.look(&shared.replica.look(), &shared.presence, now);
        let mut by_concert: BTreeMap<ConcertNo, Vec<Sequence>> = BTreeMap::new();
        for (concert, sequence) in abandoned {
            by_concert.entry(concert).or_default().push(sequence);
        }
        for (concert, sequences) in by_concert {
            if handle.sequence(Abandon { concert, sequences }.into(), Caller::default()).await.is_err() {
                return; // The writer has no room, or stops: the next round finds the same places again.
            }
        }
    }
}
