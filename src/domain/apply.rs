//! From a command of the log to what it changes.

use crate::domain::commands::{Advance, Execute, Moment, OwnPlaces, Scope, Stamped};
use crate::domain::effects::Effects;
use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::words::{
    Answered, ApplyError, Change, ConcertNo, Once, Rejection, Reply, RowFault, Rows, Table, Timestamp, tables,
};

/// For how long an answer is kept with its idempotency key.
pub(super) const ANSWER_KEPT_SECONDS: u32 = 86_400;

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
    if let Some(once) = &stamped.once
        && let Some(kept) = kept_answer(rows, once, now)?
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
    if let (Ok(reply), Some(once)) = (&result, &stamped.once) {
        keep_answer(once, reply, &mut effects);
    }
    let mut changes = effects.changes;
    changes.push(tables::Totals::change((), Some(totals)));
    state.totals = totals;
    Ok(Outcome { result, origin: Origin::Fresh, changes })
}

/// Does what is due at the command's concerts, judges the command and performs it.
pub(super) fn execute<C: Execute>(
    command: &C,
    state: &mut State,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<C::Reply, ApplyError> {
    let advance = command.advance();
    if advance != Advance::Behind {
        advance_all(command, state, rows, effects)?;
        settle_own(command, state, effects);
    }
    let plan = command.judge(&Moment { state, rows: &effects.over(rows), now: effects.now })?;
    command.judge_left_over(state, effects.now)?;
    let reply = command.perform(plan, state, rows, effects)?;
    if advance != Advance::Ahead {
        advance_all(command, state, rows, effects)?;
    }
    Ok(reply)
}

/// Does what is due at the concerts that a command can change.
fn advance_all(
    command: &impl Execute,
    state: &mut State,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<(), RowFault> {
    let pace = command.pace();
    let several: Vec<ConcertNo> = match command.scope(state, rows)? {
        Scope::Nothing => return Ok(()),
        Scope::Concert(concert) => {
            state.advance(concert, pace, effects);
            return Ok(());
        }
        Scope::Queued => state.queued(ConcertNo(0)).map(|sale| sale.no).collect(),
        Scope::Of(user) => {
            let has_place = |sale: &&Sale| sale.live_place(user).is_some();
            state.queued(ConcertNo(0)).filter(has_place).map(|sale| sale.no).collect()
        }
    };
    several.into_iter().for_each(|concert| state.advance(concert, pace, effects));
    Ok(())
}

/// Ends the places that a command is about, if they are due.
fn settle_own(command: &impl Execute, state: &mut State, effects: &mut Effects<'_>) {
    let own = command.own_places(state);
    let (concert, sequences) = match &own {
        OwnPlaces::None => return,
        OwnPlaces::One(concert, sequence) => (concert, std::slice::from_ref(sequence)),
        OwnPlaces::Many(concert, sequences) => (concert, *sequences),
    };
    let State { sales, settings, .. } = state;
    if let Some(sale) = sales.get_mut(concert) {
        sequences.iter().for_each(|sequence| sale.settle(*sequence, effects.now, settings, effects));
    }
}

/// The answer that was kept for an idempotency key, or the refusal when it was for another request.
///
/// # Errors
/// The fault of a row that could not be read.
pub fn kept_answer(
    rows: &impl Rows,
    once: &Once,
    now: Timestamp,
) -> Result<Option<Result<Reply, Rejection>>, RowFault> {
    let kept = rows.get::<tables::Answered>(&once.key)?;
    let fresh = kept.filter(|answered| now < answered.at.plus_seconds(ANSWER_KEPT_SECONDS));
    Ok(fresh.map(|answered| {
        if answered.fingerprint == once.fingerprint { Ok(answered.reply) } else { Err(Rejection::IdempotencyKeyReused) }
    }))
}

fn keep_answer(once: &Once, reply: &Reply, effects: &mut Effects<'_>) {
    effects.totals.last_answer += 1;
    let number = effects.totals.last_answer;
    let answered = Answered { number, fingerprint: once.fingerprint, at: effects.now, reply: reply.clone() };
    effects.put::<tables::Answered>(once.key.clone(), Box::new(answered));
    effects.put::<tables::AnsweredOrder>(number, once.key.clone());
}
