//! From a command of the log to what it changes.

use serde::{Deserialize, Serialize};

use crate::domain::commands::Command;
use crate::domain::effects::Effects;
use crate::domain::kept_answers::{keep_answer, kept_answer};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Change, Idempotency, Rejection, Reply, RowFault, Rows, Table, Timestamp, tables,
};

/// A command with the leader's time and, when the caller sent an idempotency key, the promise to do it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    pub now: Timestamp,
    pub idempotency: Option<Idempotency>,
    pub command: Command,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub result: Result<Reply, Rejection>,
    pub origin: Origin,
    /// The rows that change, in order; also with a rejection, when something was due before the command.
    pub changes: Vec<Change>,
}

/// Whether a reply is of this command or the kept one of an earlier command with the same idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Fresh,
    Replayed,
}

/// Applies one command. `stamped.now` must not be before the time of an earlier command.
///
/// # Errors
/// A [`RowFault`] when a row could not be read; the state is then unusable and the process must end.
pub fn apply(state: &mut State, rows: &impl Rows, stamped: &Stamped) -> Result<Outcome, RowFault> {
    let now = stamped.now.max(state.totals.now);
    if let Some(idempotency) = &stamped.idempotency
        && let Some(kept) = kept_answer(rows, idempotency, now)?
    {
        return Ok(Outcome { result: kept, origin: Origin::Replayed, changes: Vec::new() });
    }
    let mut totals = state.totals;
    totals.now = now;
    let mut effects = Effects::new(now, state.clock, &mut totals);
    let result = match stamped.command.execute(state, rows, &mut effects) {
        Ok(reply) => Ok(reply),
        Err(ApplyError::Rejected(rejection)) => Err(rejection),
        Err(ApplyError::Fault(fault)) => return Err(fault),
    };
    if let (Ok(reply), Some(idempotency)) = (&result, &stamped.idempotency) {
        keep_answer(idempotency, reply, &mut effects);
    }
    let mut changes = effects.changes;
    changes.push(tables::Totals::change((), Some(totals)));
    state.totals = totals;
    Ok(Outcome { result, origin: Origin::Fresh, changes })
}
