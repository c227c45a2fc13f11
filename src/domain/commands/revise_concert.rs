//! Change a concert: its dates, its seats, its times, its status.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::seats::{displaced, in_use_anywhere};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, ConcertNo, ConcertWritten, Definition, EventData, Performance, Rejection, RowFault, Rows, SaleStatus,
    SeatKey, Timestamp,
};

/// Replace the definition of revision `revision`; a newer one refuses with [`Rejection::Revised`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviseConcert {
    pub concert: ConcertNo,
    pub revision: u32,
    pub definition: Box<Definition>,
}

impl Execute for ReviseConcert {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let (state, rows, now, definition) = (view.state(), view.rows(), view.now(), &*self.definition);
        let sale = state.existing(self.concert)?;
        if sale.row.revision != self.revision {
            return Err(Rejection::Revised.into());
        }
        if definition.performances != sale.row.definition.performances {
            let before = &sale.row.definition;
            refuse_in_use(sale.with_seats(rows, |seats| displaced(seats, before, definition, now))?)?;
        }
        if sale.calling_off().is_some_and(|date| definition.performance(date).is_none()) {
            let what = "a date that goes is being called off".to_owned();
            return Err(Rejection::ConcertInUse { what }.into());
        }
        let reopens = definition.status == SaleStatus::OnSale && sale.row.definition.status == SaleStatus::Closed;
        if reopens && sale.is_closing_out() {
            let what = "the places that the closing ends are not all ended yet".to_owned();
            return Err(Rejection::ConcertInUse { what }.into());
        }
        if definition.status == SaleStatus::Draft && sale.is_public() {
            if sale.queue().live() > 0 {
                let what = format!("{} live queue places", sale.queue().live());
                return Err(Rejection::ConcertInUse { what }.into());
            }
            refuse_in_use(sale.with_seats(rows, |seats| in_use_anywhere(seats, now))?)?;
        }
        Ok(())
    }

    fn judge_left_over(&self, state: &State, now: Timestamp) -> Result<(), Rejection> {
        // It may lie on a date that goes. The next steps come to it: the caller tries again.
        if state.existing(self.concert)?.has_endings_due(now) { Err(Rejection::Revised) } else { Ok(()) }
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<ConcertWritten, RowFault> {
        let definition = &*self.definition;
        let sale = state.planned(self.concert);
        let is_laid_out_anew = definition.performances != sale.row.definition.performances;
        if is_laid_out_anew || definition.status != SaleStatus::Closed {
            sale.bring_back(rows, effects)?;
        }
        let before = sale.set_definition(definition.clone(), effects.now);
        sale.row.closed_at = None;
        if is_laid_out_anew {
            sale.keep_callings_off(definition, effects);
            sale.seats.whole_mut().lay_out(definition);
        }
        sale.write_row(effects);
        tell_moves(self.concert, &before, definition, effects);
        sale.set_opening_deadlines();
        if definition.status == SaleStatus::Closed {
            sale.begin_close_out(effects.now);
        }
        Ok(state.concert_written(self.concert))
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn pace(&self) -> Pace {
        Pace::Whole
    }
}

fn refuse_in_use(seats: Vec<SeatKey>) -> Result<(), Rejection> {
    if seats.is_empty() { Ok(()) } else { Err(Rejection::SeatsInUse { seats }) }
}

/// Tells of every date that takes place on another day than before.
fn tell_moves(concert: ConcertNo, before: &Definition, after: &Definition, effects: &mut Effects<'_>) {
    for performance in &after.performances {
        let from = before.performance(performance.date).map(Performance::held_on);
        if let Some(from) = from.filter(|from| *from != performance.held_on()) {
            let (date, to, begins_at) = (performance.date, performance.held_on(), performance.bookable_until);
            effects.event(Some(concert), EventData::DateMoved { date, from, to, begins_at });
        }
    }
}
