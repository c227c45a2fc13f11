//! What every command is: judged first, which changes nothing, and then performed by what was found.

use std::ops::Deref;

use crate::domain::effects::Effects;
use crate::domain::sale::{Pace, Sale};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, ConcertId, ConcertNo, Rejection, Reply, RowFault, Rows, Sequence, Timestamp, UserId,
};

/// The box office as a command is judged by it: state and rows of one moment.
pub trait View {
    type Rows: Rows;

    /// The state. Whoever holds it may keep the writer waiting: rows are read before it is asked for, or after it is
    /// let go.
    fn state(&self) -> impl Deref<Target = State>;

    fn rows(&self) -> &Self::Rows;

    fn now(&self) -> Timestamp;
}

/// State and rows that nobody changes meanwhile.
pub struct Moment<'a, R> {
    pub state: &'a State,
    pub rows: &'a R,
    pub now: Timestamp,
}

impl<R: Rows> View for Moment<'_, R> {
    type Rows = R;

    fn state(&self) -> impl Deref<Target = State> {
        self.state
    }

    fn rows(&self) -> &R {
        self.rows
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

/// What is answered with a type of its own.
pub trait HasReply {
    type Reply: Into<Reply> + TryFrom<Reply, Error = Reply>;
}

/// A command that can be judged and performed.
pub(in crate::domain) trait Execute: HasReply {
    /// What was found when it was judged, by which it is performed.
    type Plan;

    /// Whether it goes through. What is due but not ticked yet counts as done.
    ///
    /// # Errors
    /// The rejection, or the fault of a row that could not be read.
    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError>;

    /// Whether what is still due, behind what one command does of that, refuses it.
    ///
    /// # Errors
    /// The rejection.
    fn judge_left_over(&self, _state: &State, _now: Timestamp) -> Result<(), Rejection> {
        Ok(())
    }

    /// Does it; it cannot be refused any more.
    ///
    /// # Errors
    /// A row could not be read.
    fn perform(
        &self,
        plan: Self::Plan,
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Self::Reply, RowFault>;

    /// The concerts that it can change.
    ///
    /// # Errors
    /// A row could not be read.
    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Nothing)
    }

    /// The concert that it is about, be it there or not; `None` where it is about none, or about more than one.
    ///
    /// # Errors
    /// A row could not be read.
    fn concert(&self, state: &State, rows: &impl Rows) -> Result<Option<ConcertId>, RowFault> {
        Ok(match self.scope(state, rows)? {
            Scope::Concert(concert) => state.sale(concert).map(|sale| sale.id().clone()),
            Scope::Nothing | Scope::Queued | Scope::Of(_) => None,
        })
    }

    /// How much it does there of what is due.
    fn pace(&self) -> Pace {
        Pace::Few
    }

    /// When it does that.
    fn advance(&self) -> Advance {
        Advance::Around
    }

    /// The places that it is about. They are ended first if they are due: where more is due than one command does, they
    /// may stand behind others.
    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::None
    }
}

/// Concerts that a command can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Scope {
    Nothing,
    Concert(ConcertNo),
    /// Those with live places.
    Queued,
    /// Those where the user has a live place.
    Of(UserId),
}

/// When a command does what is due at its concerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Advance {
    /// Before it and behind it.
    Around,
    /// Behind it only: those that it ends go before anybody is admitted, so as not to take the turn of one behind.
    Behind,
    /// Before it only.
    Ahead,
}

/// Places that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum OwnPlaces<'c> {
    None,
    One(ConcertNo, Sequence),
    Many(ConcertNo, &'c [Sequence]),
}

/// Does what is due at the command's concerts, judges the command and performs it.
pub(super) fn execute<C: Execute>(
    command: &C,
    state: &mut State,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<C::Reply, ApplyError> {
    let about = match command.scope(state, rows)? {
        Scope::Concert(concert) => Some(concert),
        Scope::Nothing | Scope::Queued | Scope::Of(_) => None,
    };
    state.enter(about, effects.now, effects);
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
