//! The state of the box office out of the tables and the log.

use super::disk::Disk;
use super::open::OpenError;
use super::scan::Scan;
use super::store::Store;
use super::tables::Snapshot;
use crate::domain::{self, Change, RowFault, State};
use crate::log::Index;

/// Applies what the log has above `applied` to the state and to the rows over the tables.
pub fn replay(
    scan: &Scan,
    disk: &impl Disk,
    applied: Index,
    state: &mut State,
    store: &Store,
) -> Result<(), OpenError> {
    scan.replay(disk, applied, |entry| {
        for stamped in &entry.batch {
            let outcome = domain::apply(state, store, stamped)?;
            store.absorb(outcome.changes);
        }
        store.applied(entry.index, entry.term);
        Ok(())
    })
}

/// The state as the tables hold it.
pub fn state(snapshot: &Snapshot) -> Result<State, RowFault> {
    let mut state = State::default();
    for row in snapshot.settings.iter()? {
        state.restore(Change::Settings(row?.1));
    }
    for row in snapshot.totals.iter()? {
        state.restore(Change::Totals(row?.1));
    }
    for row in snapshot.concerts.iter()? {
        let (concert, row) = row?;
        state.restore(Change::Concert(concert, row));
    }
    for row in snapshot.counters.iter()? {
        let (concert, row) = row?;
        state.restore(Change::Counters(concert, row));
    }
    for row in snapshot.places.iter()? {
        let ((concert, sequence), row) = row?;
        state.restore(Change::Place(concert, sequence, Some(row)));
    }
    for row in snapshot.admissions.iter()? {
        let ((concert, at), row) = row?;
        state.restore(Change::Admissions(concert, at, Some(row)));
    }
    for row in snapshot.seats.iter()? {
        let ((concert, seat), row) = row?;
        state.restore(Change::Seat(concert, seat, Some(row)));
    }
    state.index();
    Ok(state)
}
