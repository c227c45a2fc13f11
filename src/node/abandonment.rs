//! The look-out for places that nobody asks after any more: a thread that goes through the waiting and proposes their
//! abandonment. Being late changes nothing: a place that is overdue counts as abandoned from its time on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Handle;
use super::fault::EndOnPanic;
use super::rounds::Rounds;
use crate::domain::{Command, ConcertNo, Sequence};

/// The pause between two rounds, when rounds are short.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// The pause is at least so many times as long as the round before it, so that a long queue costs a twentieth of a
/// processor at most.
const PAUSE_FACTOR: u32 = 20;

/// Starts the look-out; it ends when the sender of `stop` is dropped.
///
/// # Errors
/// The operating system's, when no thread can be started.
pub fn spawn(handle: Handle, stop: Receiver<()>) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("abandonment".into()).spawn(move || {
        let _guard = EndOnPanic;
        let mut pause = PAUSE_MIN;
        let mut rounds = Rounds::new();
        while stop.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            let started = Instant::now();
            look(&handle, &mut rounds);
            pause = PAUSE_MIN.max(started.elapsed() * PAUSE_FACTOR);
        }
    })
}

/// One round through all queues.
fn look(handle: &Handle, rounds: &mut Rounds) {
    let shared = Arc::clone(&handle.shared);
    rounds.begin(shared.clock.now());
    while !rounds.is_over() {
        let now = shared.clock.now();
        let abandoned = rounds.look(&shared.look(), &shared.views.seen, now);
        let mut by_concert: BTreeMap<ConcertNo, Vec<Sequence>> = BTreeMap::new();
        for (concert, sequence) in abandoned {
            by_concert.entry(concert).or_default().push(sequence);
        }
        for (concert, sequences) in by_concert {
            if handle.submit_blocking(Command::Abandon { concert, sequences }).is_err() {
                return; // The writer has no room, or stops: the next round finds the same places again.
            }
        }
    }
}
