//! From a command to what it does: one place that dispatches, one file a theme beside it.
//!
//! Each command is judged first, by a function that changes nothing, and then performed by what was found, which cannot
//! be refused any more. [`judge`] lets a caller ask for the verdict alone.

mod cancel;
mod concerts;
mod pay;
mod pending;
mod queueing;
mod refund;
mod reserve;
mod server;
mod sweep;
mod users;
mod wallet;

use std::ops::Deref;

pub use sweep::sweep_due;

use pending::Pending;

use super::places::Pace;
use super::{
    Answered, Bearer, Change, ClockRow, Command, ConcertNo, EndReason, Event, EventData, Once, Rejection, Reply,
    RowFault, Rows, Sale, Sequence, Stamped, Standing, State, Stop, Table, Timestamp, Totals, WallTime, tables,
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

/// What a command leaves behind: rows and events, at one instant.
pub(super) struct Effects<'a> {
    pub now: Timestamp,
    pub clock: ClockRow,
    pub totals: &'a mut Totals,
    pub changes: Vec<Change>,
}

/// Changes of a usual command, for which room is made at first.
const CHANGES_USUAL: usize = 8;

impl Effects<'_> {
    /// The rows as this command has left them so far.
    pub fn over<'e, R>(&'e self, rows: &'e R) -> Pending<'e, R> {
        Pending { rows, changes: &self.changes }
    }

    /// What the wall clock shows now.
    pub fn wall(&self) -> WallTime {
        self.clock.wall(self.now)
    }

    /// Writes a row.
    pub fn put<T: Table>(&mut self, key: T::Key, row: T::Row) {
        self.changes.push(T::change(key, Some(row)));
    }

    /// Removes a row.
    pub fn remove<T: Table>(&mut self, key: T::Key) {
        self.changes.push(T::change(key, None));
    }

    /// Appends an event under the next sequence number.
    pub fn event(&mut self, concert: Option<ConcertNo>, data: EventData) {
        self.totals.last_event += 1;
        let event = Event { at: self.wall(), logged_at: self.now, concert, data };
        self.changes.push(tables::Events::change(self.totals.last_event, Some(Box::new(event))));
    }
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
    let clock = state.clock;
    let mut effects = Effects { now, clock, totals: &mut totals, changes: Vec::with_capacity(CHANGES_USUAL) };
    let result = match perform(state, rows, &stamped.command, &mut effects) {
        Ok(reply) => Ok(reply),
        Err(Stop::Rejected(rejection)) => Err(rejection),
        Err(Stop::Fault(fault)) => return Err(fault),
    };
    if let (Ok(reply), Some(once)) = (&result, &stamped.once) {
        keep_answer(once, reply, &mut effects);
    }
    let mut changes = effects.changes;
    changes.push(tables::Totals::change((), Some(totals)));
    state.totals = totals;
    Ok(Outcome { result, origin: Origin::Fresh, changes })
}

/// Whether `command` would be refused by what is committed, at `now`. Nothing changes; what is due but not ticked yet
/// counts as done. `look` is asked for the state once at most, and not while rows are read that do not need it: whoever
/// holds the state keeps the writer waiting.
///
/// # Errors
/// The rejection, or the fault of a row that could not be read.
pub fn judge<S: Deref<Target = State>>(
    look: impl FnOnce() -> S,
    rows: &impl Rows,
    now: Timestamp,
    command: &Command,
) -> Result<(), Stop> {
    match command {
        Command::SetClock(_)
        | Command::Configure(_)
        | Command::Abandon { .. }
        | Command::EndUnclaimed { .. }
        | Command::Tick { .. }
        | Command::Settle { .. }
        | Command::Sweep => Ok(()),
        Command::CreateUser { username, .. } => users::judge_create(rows, username),
        Command::SetUserStanding { user, .. } => users::judge_standing(rows, *user).map(drop),
        Command::DeleteUser { user } => users::judge_delete(rows, *user).map(drop),
        Command::Charge { user, amount, charger } => {
            let most = look().settings.charge_max;
            wallet::judge(rows, *user, *amount, *charger, most).map(drop)
        }
        Command::CreateConcert { id, .. } => concerts::judge_create(&look(), id),
        Command::ReviseConcert { concert, revision, definition } => {
            concerts::judge_revise(&look(), rows, *concert, *revision, definition, now)
        }
        Command::SetQueuePolicy { concert, revision, .. } => concerts::judge_policy(&look(), *concert, *revision),
        Command::Join { concert, user } => {
            users::welcome(rows, *user)?;
            queueing::judge_join(&look(), *concert, *user, now).map(drop)
        }
        Command::Leave { bearer } => live(&look(), rows, *bearer, now).map(drop),
        Command::Reserve { bearer, date, selection } => {
            reserve::judge(&look(), rows, *bearer, *date, selection, now).map(drop)
        }
        Command::Cancel { bearer, date, seats } => cancel::judge(&look(), rows, *bearer, *date, seats, now),
        Command::Pay { bearer, date, seats, .. } => pay::judge(&look(), rows, *bearer, *date, seats, now).map(drop),
        Command::Refund { payment, .. } => refund::judge(rows, *payment).map(drop),
    }
}

/// Does what is due at the command's concert, judges the command and performs it.
fn perform(state: &mut State, rows: &impl Rows, command: &Command, effects: &mut Effects<'_>) -> Result<Reply, Stop> {
    // Who was abandoned goes before anybody is admitted, so as not to take the turn of one behind; and places that
    // ended under the settings of before are filled under the new ones.
    if !matches!(command, Command::Abandon { .. } | Command::Configure(_) | Command::Tick { .. }) {
        advance_all(state, rows, command, effects)?;
        settle_own(state, command, effects);
    }
    let reply = match command {
        Command::SetClock(anchor) => server::set_clock(state, rows, *anchor, effects)?,
        Command::Configure(settings) => server::configure(state, settings, effects),
        Command::CreateUser { user, username, email } => {
            users::create(rows, *user, username, email.as_deref(), effects)?
        }
        Command::SetUserStanding { user, standing } => users::set_standing(state, rows, *user, *standing, effects)?,
        Command::DeleteUser { user } => users::delete(state, rows, *user, effects)?,
        Command::Charge { user, amount, charger } => wallet::charge(state, rows, *user, *amount, *charger, effects)?,
        Command::CreateConcert { id, definition } => concerts::create(state, id, definition, effects)?,
        Command::ReviseConcert { concert, revision, definition } => {
            concerts::revise(state, rows, *concert, *revision, definition, effects)?
        }
        Command::SetQueuePolicy { concert, revision, policy } => {
            concerts::set_policy(state, *concert, *revision, policy, effects)?
        }
        Command::Join { concert, user } => queueing::join(state, rows, *concert, *user, effects)?,
        Command::Leave { bearer } => queueing::leave(state, rows, *bearer, effects)?,
        Command::Abandon { concert, sequences } => queueing::abandon(state, *concert, sequences, effects),
        Command::EndUnclaimed { concert, sequences } => queueing::end_unclaimed(state, *concert, sequences, effects),
        Command::Reserve { bearer, date, selection } => {
            reserve::reserve(state, rows, *bearer, *date, selection, effects)?
        }
        Command::Cancel { bearer, date, seats } => cancel::cancel(state, rows, *bearer, *date, seats, effects)?,
        Command::Pay { bearer, date, seats, payment, tickets } => {
            pay::pay(state, rows, *bearer, *date, seats, *payment, tickets, effects)?
        }
        Command::Refund { payment, reason } => refund::refund(state, rows, *payment, reason, effects)?,
        Command::Tick { .. } | Command::Settle { .. } => Reply::Done,
        Command::Sweep => sweep::sweep(state, rows, effects)?,
    };
    if let Command::CreateUser { .. } | Command::CreateConcert { .. } = command {
        effects.totals.currency.get_or_insert(state.settings.currency);
    }
    // A join has done so already, since it answers how the place stands behind it.
    if !matches!(command, Command::Settle { .. } | Command::Join { .. }) {
        advance_all(state, rows, command, effects)?;
    }
    Ok(reply)
}

/// Ends the places that a command is about, if they are due: where more is due than one command does, they may stand
/// behind others.
fn settle_own(state: &mut State, command: &Command, effects: &mut Effects<'_>) {
    let State { sales, settings, .. } = state;
    let mut settle = |concert: ConcertNo, place: &dyn Fn(&Sale) -> Option<Sequence>| {
        if let Some(sale) = sales.get_mut(&concert)
            && let Some(sequence) = place(sale)
        {
            sale.settle(sequence, effects.now, settings, effects);
        }
    };
    match command {
        Command::Join { concert, user } => settle(*concert, &|sale| sale.live_place(*user)),
        Command::Leave { bearer }
        | Command::Reserve { bearer, .. }
        | Command::Cancel { bearer, .. }
        | Command::Pay { bearer, .. } => settle(bearer.concert, &|_| Some(bearer.sequence)),
        Command::EndUnclaimed { concert, sequences } => {
            sequences.iter().for_each(|sequence| settle(*concert, &|_| Some(*sequence)));
        }
        // The end of a user's places settles each of them.
        Command::SetUserStanding { .. } | Command::DeleteUser { .. } => {}
        Command::SetClock(_)
        | Command::Configure(_)
        | Command::CreateUser { .. }
        | Command::Charge { .. }
        | Command::CreateConcert { .. }
        | Command::ReviseConcert { .. }
        | Command::SetQueuePolicy { .. }
        | Command::Abandon { .. }
        | Command::Refund { .. }
        | Command::Tick { .. }
        | Command::Settle { .. }
        | Command::Sweep => {}
    }
}

/// Does what is due at the concerts that a command can change.
fn advance_all(
    state: &mut State,
    rows: &impl Rows,
    command: &Command,
    effects: &mut Effects<'_>,
) -> Result<(), RowFault> {
    let (one, others) = concerts_of(state, rows, command)?;
    for concert in one.into_iter().chain(others) {
        advance(state, concert, pace_of(command), effects);
    }
    Ok(())
}

/// How much a command does at a concert beside its own work.
fn pace_of(command: &Command) -> Pace {
    match command {
        Command::Tick { steps, .. } => Pace::Tick { steps: *steps },
        Command::Settle { steps, .. } => Pace::Settle { steps: *steps },
        Command::Configure(_) | Command::ReviseConcert { .. } | Command::SetQueuePolicy { .. } => Pace::Whole,
        Command::SetClock(_)
        | Command::CreateUser { .. }
        | Command::SetUserStanding { .. }
        | Command::DeleteUser { .. }
        | Command::Charge { .. }
        | Command::CreateConcert { .. }
        | Command::Join { .. }
        | Command::Leave { .. }
        | Command::Abandon { .. }
        | Command::EndUnclaimed { .. }
        | Command::Reserve { .. }
        | Command::Cancel { .. }
        | Command::Pay { .. }
        | Command::Refund { .. }
        | Command::Sweep => Pace::Few,
    }
}

/// Whether a command may do a whole step of endings and admissions, so that an entry holds one such command at most.
pub fn is_large(command: &Command) -> bool {
    pace_of(command) == Pace::Whole
}

/// Does what is due at a concert and admits whom the policy allows.
fn advance(state: &mut State, concert: ConcertNo, pace: Pace, effects: &mut Effects<'_>) {
    if let Some(sale) = state.sales.get_mut(&concert) {
        sale.advance(effects.now, &state.settings, pace, effects);
    }
    state.note(concert);
}

/// The concerts that a command can change: the one of most commands, or several.
fn concerts_of(
    state: &State,
    rows: &impl Rows,
    command: &Command,
) -> Result<(Option<ConcertNo>, Vec<ConcertNo>), RowFault> {
    let one = match command {
        Command::SetClock(_) | Command::CreateUser { .. } | Command::Charge { .. } | Command::Sweep => None,
        Command::CreateConcert { id, .. } => state.concert_no(id),
        Command::Configure(_) => return Ok((None, state.queued(ConcertNo(0)).map(|sale| sale.no).collect())),
        Command::SetUserStanding { user, .. } | Command::DeleteUser { user } => {
            let has_place = |sale: &&Sale| sale.live_place(*user).is_some();
            return Ok((None, state.queued(ConcertNo(0)).filter(has_place).map(|sale| sale.no).collect()));
        }
        Command::ReviseConcert { concert, .. }
        | Command::SetQueuePolicy { concert, .. }
        | Command::Join { concert, .. }
        | Command::Abandon { concert, .. }
        | Command::EndUnclaimed { concert, .. }
        | Command::Tick { concert, .. }
        | Command::Settle { concert, .. } => Some(*concert),
        Command::Leave { bearer }
        | Command::Reserve { bearer, .. }
        | Command::Cancel { bearer, .. }
        | Command::Pay { bearer, .. } => Some(bearer.concert),
        Command::Refund { payment, .. } => rows.get::<tables::Payments>(payment)?.map(|payment| payment.concert),
    };
    Ok((one, Vec::new()))
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

fn sale(state: &State, concert: ConcertNo) -> Result<&Sale, Stop> {
    Ok(state.sale(concert).ok_or(Rejection::ConcertNotFound)?)
}

/// The sale and the standing of a place that has not ended.
fn live<'s>(state: &'s State, rows: &impl Rows, bearer: Bearer, now: Timestamp) -> Result<(&'s Sale, Standing), Stop> {
    let sale = state.sale(bearer.concert).ok_or(Rejection::UnknownPlace)?;
    match sale.standing(bearer, now, &state.settings) {
        Standing::Ended(reason) => Err(Rejection::PlaceEnded(reason).into()),
        Standing::Gone => Err(ended(rows, bearer)?.map_or(Rejection::UnknownPlace, Rejection::PlaceEnded).into()),
        standing @ (Standing::Waiting | Standing::Active { .. }) => Ok((sale, standing)),
    }
}

/// The sale of an ACTIVE place.
fn active<'s>(
    state: &'s State,
    rows: &impl Rows,
    bearer: Bearer,
    now: Timestamp,
) -> Result<(&'s Sale, Standing), Stop> {
    let (sale, standing) = live(state, rows, bearer, now)?;
    if standing == Standing::Waiting {
        return Err(Rejection::QueueWaiting { position: sale.queue().position(bearer.sequence) }.into());
    }
    Ok((sale, standing))
}

fn ended(rows: &impl Rows, bearer: Bearer) -> Result<Option<EndReason>, RowFault> {
    let ended = rows.get::<tables::EndedPlaces>(&(bearer.concert, bearer.sequence))?;
    Ok(ended.filter(|ended| ended.place.user == bearer.user).map(|ended| ended.reason))
}
