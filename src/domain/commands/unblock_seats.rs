//! Unblock: seats that were kept back are free again.

use serde::{Deserialize, Serialize};

use super::block_seats::ensure_seats;
use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, BlockChanged, CalendarDate, ConcertNo, EventData, Rejection, RowFault, Rows, SeatKey, tables,
};

/// Free blocked seats of a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnblockSeats {
    pub concert: ConcertNo,
    pub date: CalendarDate,
    /// Ascending, without repeats, at least one.
    pub seats: Vec<u32>,
}

impl Execute for UnblockSeats {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let state = view.state();
        let sale = state.existing(self.concert)?;
        sale.with_seats(view.rows(), |tables| {
            ensure_seats(tables, self.date, &self.seats)?;
            let table = tables.table(self.date).ok_or(Rejection::DateNotFound)?;
            let other = self.seats.iter().find(|seat| !table.is_blocked(**seat));
            other.map_or(Ok(()), |seat| Err(Rejection::SeatNotBlocked { seat: *seat }))
        })??;
        Ok(())
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<BlockChanged, RowFault> {
        let Self { concert, date, ref seats } = *self;
        let sale = state.planned(concert);
        sale.bring_back(rows, effects)?;
        for seat in seats {
            sale.seats.whole_mut().table_mut(date).unblock(*seat);
            effects.remove::<tables::Blocked>((concert, SeatKey { date, seat: *seat }));
            effects.event(Some(concert), EventData::SeatUnblocked { date, seat: *seat });
        }
        Ok(BlockChanged { date, seats: seats.clone(), changed_at: effects.wall() })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }
}
