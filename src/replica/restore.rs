//! The state as the rows hold it.

use crate::domain::tables::{self, Visit, visit_state};
use crate::domain::{ConcertNo, RowFault, Rows, State, StateChange, Table};
use crate::storage::{RowsAtRest, Store};

/// The state that the rows make.
///
/// # Errors
/// A row cannot be read.
pub fn state(store: &Store) -> Result<State, RowFault> {
    let rows = store.at_rest();
    let mut restoring = Restoring { rows: &rows, state: State::default() };
    visit_state(&mut restoring)?;
    let mut state = restoring.state;
    let with_seats: Vec<ConcertNo> = state.sales().filter(|sale| !sale.is_archived()).map(|sale| sale.no).collect();
    for concert in with_seats {
        store.each_of_concert::<tables::Seats, _>(concert, |seat, row| {
            state.restore(StateChange::Seats((concert, seat), Some(row)));
        })?;
    }
    state.index();
    Ok(state)
}

struct Restoring<'a> {
    rows: &'a RowsAtRest,
    state: State,
}

impl Visit for Restoring<'_> {
    type Error = RowFault;

    fn visit<T: Table>(&mut self) -> Result<(), RowFault> {
        // Seats come last, and only those that are kept in memory: a start reads no seat of a sale that is over.
        if T::NAME == tables::Seats::NAME {
            return Ok(());
        }
        for row in self.rows.all::<T>()? {
            let (key, row) = row?;
            self.state.restore_row::<T>(key, row);
        }
        Ok(())
    }
}
