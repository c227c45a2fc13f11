//! Block: the organiser keeps free seats back, for a guest or a camera, until they are unblocked.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::seats::{Owner, SeatTables};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, BlockChanged, Blocked, CalendarDate, ConcertNo, EventData, Rejection, RowFault, Rows, SeatKey, tables,
};

/// Keep seats of a date back. One that is blocked already stays so since then, and takes the new reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockSeats {
    pub concert: ConcertNo,
    pub date: CalendarDate,
    /// Ascending, without repeats, at least one.
    pub seats: Vec<u32>,
    pub reason: String,
}

impl Execute for BlockSeats {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let (state, now) = (view.state(), view.now());
        let sale = state.existing(self.concert)?;
        sale.with_seats(view.rows(), |tables| {
            ensure_seats(tables, self.date, &self.seats)?;
            let table = tables.table(self.date).ok_or(Rejection::DateNotFound)?;
            let is_taken = |seat: &&u32| matches!(table.owner(**seat, now), Owner::Held(_) | Owner::Sold);
            self.seats.iter().find(is_taken).map_or(Ok(()), |seat| Err(Rejection::SeatTaken { seat: *seat }))
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
        let Self { concert, date, ref seats, ref reason } = *self;
        let (sale, settings) = state.planned_with_settings(concert);
        sale.bring_back(rows, effects)?;
        for seat in seats {
            let key = SeatKey { date, seat: *seat };
            // A hold that has lapsed and was not noted yet goes first.
            sale.settle_seat(key, effects.now, settings, effects);
            let before = rows.get::<tables::Blocked>(&(concert, key))?;
            if before.is_none() {
                let performance = sale.row.definition.performance(date).expect("judged: the date exists");
                sale.seats.whole_mut().table_mut(date).block(*seat, &performance.layout);
            }
            let since = before.map_or(effects.wall(), |before| before.since);
            effects.put::<tables::Blocked>((concert, key), Blocked { reason: reason.clone(), since });
            effects.event(Some(concert), EventData::SeatBlocked { date, seat: *seat, reason: reason.clone() });
        }
        Ok(BlockChanged { date, seats: seats.clone(), changed_at: effects.wall() })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }
}

/// Whether the concert has the date, and the date the seats.
pub(super) fn ensure_seats(tables: &SeatTables, date: CalendarDate, seats: &[u32]) -> Result<(), Rejection> {
    let table = tables.table(date).ok_or(Rejection::DateNotFound)?;
    let missing = seats.iter().find(|seat| !(1..=table.seats()).contains(*seat));
    missing.map_or(Ok(()), |seat| Err(Rejection::SeatNotFound { seat: *seat }))
}
