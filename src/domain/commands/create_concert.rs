//! Create a concert.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, ConcertId, ConcertNo, ConcertRow, ConcertWritten, Definition, EventData, Rejection, RowFault, Rows,
    tables,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateConcert {
    pub id: ConcertId,
    pub definition: Box<Definition>,
}

impl Execute for CreateConcert {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        match view.state().concert_no(&self.id) {
            Some(_) => Err(Rejection::ConcertExists.into()),
            None => Ok(()),
        }
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<ConcertWritten, RowFault> {
        effects.totals.last_concert += 1;
        let concert = ConcertNo(effects.totals.last_concert);
        let (id, definition, now) = (self.id.clone(), Arc::new((*self.definition).clone()), effects.wall());
        let row = ConcertRow {
            id,
            definition,
            revision: 1,
            closed_at: None,
            resumed_at: None,
            created_at: now,
            updated_at: now,
        };
        effects.put::<tables::Concerts>(concert, Box::new(row.clone()));
        effects.event(Some(concert), EventData::ConcertChanged { revision: row.revision });
        effects.totals.currency.get_or_insert(state.settings.currency);
        state.add_sale(concert, row);
        state.enter_concert(concert, effects.now);
        Ok(state.concert_written(concert))
    }

    fn concert(&self, _state: &State, _rows: &impl Rows) -> Result<Option<ConcertId>, RowFault> {
        Ok(Some(self.id.clone()))
    }

    fn scope(&self, state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(state.concert_no(&self.id).map_or(Scope::Nothing, Scope::Concert))
    }
}
