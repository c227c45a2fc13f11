//! From an entry that is durable to what readers see and callers are told.

use super::waiters::Waiters;
use crate::domain::commands::EndUnclaimed;
use crate::domain::{Change, Command, Reply, Swept};
use crate::log::{Entry, Position};
use crate::node::answer::Answer;
use crate::node::shared::Shared;
use crate::node::submit_error::SubmitError;
use crate::replica::{Applied, Fate, Observer};
use crate::storage::end_damaged;

/// Whether a sweep has left rows that are past keeping.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sweeping {
    Done,
    MoreDue,
}

/// Applies an entry, behind which the log stands at `position`: answers each caller on the way, and publishes what
/// changed. A fault ends the process.
pub(super) fn apply(shared: &Shared, entry: &Entry, position: Position, waiters: Waiters) -> Sweeping {
    shared.replica.store().wait_for_room();
    let mut answering = Answering { shared, waiters, sweeping: Sweeping::Done };
    if let Err(fault) = shared.replica.apply(entry, position, &mut answering) {
        end_damaged(&fault);
    }
    let sweeping = answering.sweeping;
    publish(shared);
    sweeping
}

/// Wakes who follows the concerts and the feed.
fn publish(shared: &Shared) {
    shared.followers.wake();
    let newest = shared.replica.look().totals().last_event;
    shared.newest_event.send_if_modified(|event| std::mem::replace(event, newest) != newest);
}

/// Answers the callers of an entry while it is applied.
struct Answering<'a> {
    shared: &'a Shared,
    waiters: Waiters,
    sweeping: Sweeping,
}

impl Observer for Answering<'_> {
    fn changed(&mut self, changes: &[Change]) {
        self.shared.presence.follow_changes(changes, || self.shared.replica.projections().concerts());
        self.shared.followers.note(changes);
    }

    fn done(&mut self, applied: Applied<'_>) {
        if let Command::EndUnclaimed(EndUnclaimed { concert, sequences }) = &applied.stamped.command {
            sequences.iter().for_each(|sequence| self.shared.presence.settled(*concert, *sequence));
        }
        let Fate::Applied(result, origin) = applied.fate else {
            unreachable!("a server that runs alone leads everything")
        };
        let answer = result.map(|reply| Answer { reply, origin }).map_err(SubmitError::Rejected);
        match (self.waiters.next(), answer) {
            (Some(waiter), answer) => waiter.tell(answer),
            (None, Ok(Answer { reply: Reply::Swept(Swept { more_due: true, .. }), .. })) => {
                self.sweeping = Sweeping::MoreDue;
            }
            (None, Ok(_) | Err(_)) => {}
        }
    }
}
