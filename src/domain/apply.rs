//! From a command of the log to what it changes.

use serde::{Deserialize, Serialize};

use crate::domain::commands::Command;
use crate::domain::effects::Effects;
use crate::domain::kept_answers::{keep_answer, kept_answer};
use crate::domain::series;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Change, Idempotency, KeyId, Rejection, Reply, RowFault, Rows, Table, Timestamp, Totals, tables,
};

/// A command with the leader's time and, when the caller sent an idempotency key, the promise to do it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    pub now: Timestamp,
    pub idempotency: Option<Idempotency>,
    /// The key of the operator who asks for it.
    pub by: Option<KeyId>,
    pub command: Command,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub result: Result<Reply, Rejection>,
    pub origin: Origin,
    /// The rows that change, in order; also with a rejection, which may find something due.
    pub changes: Vec<Change>,
}

/// Whether a reply is of this command or the kept one of an earlier command with the same idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Fresh,
    Replayed,
}

/// Applies one command. Behind the last one of an entry [`State::flush`] gives the rows that almost every command moves.
///
/// # Errors
/// A [`RowFault`] when a row could not be read; the state is then unusable and the process must end.
pub fn apply(state: &mut State, rows: &impl Rows, stamped: &Stamped) -> Result<Outcome, RowFault> {
    // What a note of a use says may be that the key has expired.
    let is_note = matches!(stamped.command, Command::NoteKeyUse(_));
    let judged_at = || (!is_note).then(|| state.wall(stamped.now.max(state.latest())));
    let by = match stamped.by.map(|key| state.operators.acting(key, judged_at())) {
        None => None,
        Some(Some(by)) => Some(by),
        // The key was taken away or expired while the command was on its way.
        Some(None) => {
            let outcome = Outcome { result: Err(Rejection::KeyEnded), origin: Origin::Fresh, changes: Vec::new() };
            digest(state, &outcome, stamped.now);
            return Ok(outcome);
        }
    };
    if let Some(idempotency) = &stamped.idempotency
        && let Some(kept) = kept_answer(rows, idempotency, stamped.now.max(state.latest()))?
    {
        let outcome = Outcome { result: kept, origin: Origin::Replayed, changes: Vec::new() };
        digest(state, &outcome, stamped.now);
        return Ok(outcome);
    }
    let mut totals = state.totals;
    let mut effects = Effects::new(stamped.now, state.clock, &mut totals, by);
    let result = match stamped.command.execute(state, rows, &mut effects) {
        Ok(reply) => Ok(reply),
        Err(ApplyError::Rejected(rejection)) => Err(rejection),
        Err(ApplyError::Fault(fault)) => return Err(fault),
    };
    if let (Ok(reply), Some(idempotency)) = (&result, &stamped.idempotency) {
        keep_answer(idempotency, reply, &mut effects);
    }
    series::count(state, rows, &mut effects)?;
    let Effects { mut changes, now, .. } = effects;
    if totals != state.totals {
        changes.push(tables::Totals::change((), Some(totals)));
        state.totals = totals;
    }
    let outcome = Outcome { result, origin: Origin::Fresh, changes };
    digest(state, &outcome, now);
    Ok(outcome)
}

/// Takes what became of a command into the digest of all: how it ended, how many rows it wrote, which events and ledger
/// entries there are since, what the house has taken, and what time it is there.
fn digest(state: &mut State, outcome: &Outcome, now: Timestamp) {
    let kind = match (&outcome.result, outcome.origin) {
        (Ok(_), Origin::Fresh) => 0,
        (Err(_), Origin::Fresh) => 1,
        (Ok(_), Origin::Replayed) => 2,
        (Err(_), Origin::Replayed) => 3,
    };
    let Totals { last_event, last_entry, funding, revenue, .. } = state.totals;
    let low = |sum: i128| u64::try_from(sum & i128::from(u64::MAX)).expect("64 bits");
    let rows = u64::try_from(outcome.changes.len()).expect("64 bits");
    state.digest_all([kind, rows, last_event, last_entry, low(funding), low(revenue), now.0.cast_unsigned()]);
}

#[cfg(test)]
mod tests {
    use super::Stamped;
    use crate::domain::commands::{Charge, Charger, SetQueuePolicy, Tick};
    use crate::domain::fixtures::{concert_row, definition};
    use crate::domain::{Command, ConcertNo, MemoryRows, QueuePolicy, State, StateChange, Timestamp, UserId};

    const CONCERTS: [ConcertNo; 2] = [ConcertNo(1), ConcertNo(2)];

    fn two_concerts() -> State {
        let mut state = State::default();
        for no in CONCERTS {
            let row = concert_row(&format!("concert-{}", no.0), definition());
            state.restore(StateChange::Concerts(no, Some(Box::new(row))));
        }
        state.index();
        state
    }

    #[test]
    fn a_command_about_one_concert_asks_and_moves_the_time_of_that_concert_alone() {
        let (mut state, mut rows) = (two_concerts(), MemoryRows::default());
        let [first, second] = CONCERTS;
        let tick = |concert| Command::from(Tick { concert, steps: 1 });
        let charge = Command::from(Charge { user: UserId(1), amount: 1, charger: Charger::Public });
        // Each: what is stamped, and then the times of both concerts, of what is about none, and of all.
        let steps = [
            (tick(first), 900, [900, 0, 0, 900]),
            (tick(second), 500, [900, 500, 0, 900]),
            (tick(first), 600, [900, 500, 0, 900]),
            (charge.clone(), 700, [900, 500, 900, 900]),
            (tick(second), 800, [900, 800, 900, 900]),
            (charge, 950, [900, 800, 950, 950]),
        ];
        for (command, stamp, expected) in steps {
            let stamped = Stamped { now: Timestamp(stamp), idempotency: None, by: None, command };
            drop(rows.commit(&mut state, &stamped));
            let now = |concert| state.sale(concert).expect("there are two").now().0;
            assert_eq!([now(first), now(second), state.totals().now.0, state.latest().0], expected, "{stamped:?}");
            assert_eq!(rows.times.get(&second).map_or(0, |at| at.0), now(second), "the row");
        }
    }

    #[test]
    fn what_a_command_does_is_never_before_what_was_done_at_its_concert() {
        let (mut state, mut rows) = (two_concerts(), MemoryRows::default());
        let [concert, _] = CONCERTS;
        for stamp in [900, 600] {
            let policy = QueuePolicy::default();
            let command = Command::from(SetQueuePolicy { concert, revision: None, policy });
            let stamped = Stamped { now: Timestamp(stamp), idempotency: None, by: None, command };
            drop(rows.commit(&mut state, &stamped));
        }
        let told: Vec<i64> = rows.events.values().map(|event| event.logged_at.0).collect();
        assert_eq!(told, [900, 900]);
    }
}
