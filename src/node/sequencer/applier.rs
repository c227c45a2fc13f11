//! From an entry that is durable to what readers see and callers are told.

use crate::domain::PartOrigin;
use crate::domain::commands::EndUnclaimed;
use crate::domain::{Change, Command, Reply, Swept};
use crate::log::{Entry, Part, Position};
use crate::node::answer::Answer;
use crate::node::shared::Shared;
use crate::node::submit_error::{self, SubmitError};
use crate::node::waiters::{Sweeping, Waiters};
use crate::replica::{Applied, Fate, Observer};
use crate::storage::end_damaged;
use crate::telemetry::metrics;

/// Applies an entry, behind which the log stands at `position`: answers each caller on the way, and publishes what
/// changed. A fault ends the process.
pub(super) fn apply(shared: &Shared, entry: &Entry, position: Position, waiters: Waiters) -> Sweeping {
    apply_with(
        entry,
        position,
        Answering { shared, waiters: Some(waiters), sweeping: Sweeping::Done, fenced: Fenced::Nothing },
    )
}

/// The same with an entry of all instances: those are answered who wait for the part of this one.
pub(in crate::node) fn apply_shared(shared: &Shared, entry: &Entry, position: Position) -> Sweeping {
    apply_with(entry, position, Answering { shared, waiters: None, sweeping: Sweeping::Done, fenced: Fenced::Nothing })
}

fn apply_with(entry: &Entry, position: Position, mut answering: Answering<'_>) -> Sweeping {
    let shared = answering.shared;
    shared.replica.store().wait_for_room();
    if let Err(fault) = shared.replica.apply(entry, position, &mut answering) {
        end_damaged(&fault);
    }
    let sweeping = answering.sweeping;
    publish(shared);
    sweeping
}

/// Wakes who follows the concerts and the feed.
pub(in crate::node) fn publish(shared: &Shared) {
    shared.followers.wake();
    let newest = shared.replica.look().totals().last_event;
    shared.newest_event.send_if_modified(|event| std::mem::replace(event, newest) != newest);
}

/// Answers the callers of an entry while it is applied.
struct Answering<'a> {
    shared: &'a Shared,
    /// Absent while a part of another instance is applied.
    waiters: Option<Waiters>,
    sweeping: Sweeping,
    /// Whether a command of the part that is applied now was fenced.
    fenced: Fenced,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fenced {
    #[default]
    Nothing,
    /// It is counted.
    Some,
}

impl Observer for Answering<'_> {
    fn begins_part(&mut self, part: &Part) {
        self.fenced = Fenced::Nothing;
        if let Some(member) = &self.shared.member {
            let Part { origin: node, incarnation, number, .. } = *part;
            self.waiters = member.under_way.take(PartOrigin { node, incarnation, number });
            #[cfg(feature = "simulation")]
            member.auditing.begins_part(part);
        }
    }

    fn skips_part(&mut self) {
        metrics::PARTS_SKIPPED.increment(1);
    }

    fn changed(&mut self, changes: &[Change]) {
        if let Some(member) = &self.shared.member {
            member.watch_new_concerts(changes, &self.shared.presence, || self.shared.clock.now());
        }
        self.shared.presence.follow_changes(changes, || self.shared.replica.projections().concerts());
        self.shared.followers.note(changes);
    }

    fn done(&mut self, applied: Applied<'_>) {
        if let Command::EndUnclaimed(EndUnclaimed { concert, sequences }) = &applied.stamped.command {
            sequences.iter().for_each(|sequence| self.shared.presence.settled(*concert, *sequence));
        }
        #[cfg(feature = "simulation")]
        if let Some(member) = &self.shared.member {
            member.auditing.done(&applied, &self.shared.replica);
        }
        if matches!(applied.fate, Fate::Fenced) && self.fenced == Fenced::Nothing {
            self.fenced = Fenced::Some;
            metrics::PARTS_FENCED.increment(1);
        }
        let Some(waiters) = &mut self.waiters else { return };
        let answer = match applied.fate {
            Fate::Applied(result, origin) => {
                result.map(|reply| Answer { reply, origin }).map_err(SubmitError::Rejected)
            }
            Fate::Fenced => Err(SubmitError::NoLeader { fate: submit_error::Fate::Undone }),
        };
        match (waiters.next(), answer) {
            (Some(waiter), answer) => waiter.tell(answer),
            (None, Ok(Answer { reply: Reply::Swept(Swept { more_due: true, .. }), .. })) => {
                self.sweeping = Sweeping::MoreDue;
            }
            (None, Ok(_) | Err(_)) => {}
        }
    }
}
