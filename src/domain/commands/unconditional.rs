//! Commands that nothing refuses: they need no plan, and some do nothing beside what is due.

use super::execute::{Advance, Execute, HasReply, OwnPlaces, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, RowFault, Rows};

/// A command that nothing refuses. Its functions are those of [`Execute`].
pub(in crate::domain) trait Unconditional: HasReply<Reply: Default> {
    /// Does it. Unless it says what that is, only what is due is done.
    ///
    /// # Errors
    /// A row could not be read.
    fn perform(
        &self,
        _state: &mut State,
        _rows: &impl Rows,
        _effects: &mut Effects<'_>,
    ) -> Result<Self::Reply, RowFault> {
        Ok(Self::Reply::default())
    }

    fn scope(&self) -> Scope {
        Scope::Nothing
    }

    fn pace(&self) -> Pace {
        Pace::Few
    }

    fn advance(&self) -> Advance {
        Advance::Around
    }

    fn own_places(&self) -> OwnPlaces<'_> {
        OwnPlaces::None
    }
}

impl<C: Unconditional> Execute for C {
    type Plan = ();

    fn judge(&self, _view: &impl View) -> Result<(), ApplyError> {
        Ok(())
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Self::Reply, RowFault> {
        Unconditional::perform(self, state, rows, effects)
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Unconditional::scope(self))
    }

    fn pace(&self) -> Pace {
        Unconditional::pace(self)
    }

    fn advance(&self) -> Advance {
        Unconditional::advance(self)
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        Unconditional::own_places(self)
    }
}
