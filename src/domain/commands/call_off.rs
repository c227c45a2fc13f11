//! Call off: a date does not take place. Nothing of it is sold any more, and the ticks that follow free its holds and
//! give its money back, a bounded number of seats at a time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, CalendarDate, CalledOff, CallingOff, ConcertNo, ConcertWritten, EventData, Rejection, RowFault, Rows,
};

/// A date does not take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOff {
    pub concert: ConcertNo,
    pub date: CalendarDate,
    pub reason: String,
}

impl Execute for CallOff {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let state = view.state();
        let sale = state.existing(self.concert)?;
        sale.row.definition.performance(self.date).ok_or(Rejection::DateNotFound)?;
        Ok(sale.refuse_called_off(self.date)?)
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<ConcertWritten, RowFault> {
        let Self { concert, date, ref reason } = *self;
        let sale = state.planned(concert);
        sale.bring_back(rows, effects)?;
        let performances = &mut Arc::make_mut(&mut sale.row.definition).performances;
        let performance = performances.iter_mut().find(|performance| performance.date == date);
        let performance = performance.expect("judged: the concert has the date");
        performance.called_off = Some(CalledOff { reason: reason.clone(), at: effects.wall() });
        sale.write_row(effects);
        effects.event(Some(concert), EventData::DateCalledOff { date, reason: reason.clone() });
        sale.note_progress(date, CallingOff::default(), effects);
        state.note(concert);
        Ok(state.concert_written(concert))
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }
}
