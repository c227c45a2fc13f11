//! Leave: give a queue place up.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, OwnPlaces, Scope, View};
use super::place_access::live;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, EndReason, Left, PlaceRef, RowFault, Rows};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    pub place_ref: PlaceRef,
}

impl Execute for Leave {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        live(&view.state(), view.rows(), self.place_ref, view.now()).map(drop)
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Left, RowFault> {
        let sale = state.planned(self.place_ref.concert);
        sale.end_place(self.place_ref.sequence, EndReason::Left, effects.now, effects);
        Ok(Left)
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.place_ref.concert))
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::One(self.place_ref.concert, self.place_ref.sequence)
    }
}
