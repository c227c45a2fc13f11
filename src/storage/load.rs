//! The state of the box office out of the tables and the log.

use super::disk::Disk;
use super::folder::DATABASE_FILE;
use super::open_error::{EntryError, OpenError};
use super::panics::{self, Panicked};
use super::scan::SoundLog;
use super::store::Store;
use super::table_reader::TableReader;
use super::tables::{Durable, PAGES_DAMAGED, Snapshot};
use crate::domain::tables::Visit;
use crate::domain::{self, ConcertNo, RowFault, Stamped, State, StateChange, Table, tables};
use crate::log::{Entry, Index};

/// Applies what the log has above `applied` to the state and to the rows over the tables.
pub fn replay(log: SoundLog<'_, impl Disk>, applied: Index, state: &mut State, store: &Store) -> Result<(), OpenError> {
    replay_each(log, applied, state, store, |_| Ok(()))
}

/// The same, with a look at the rows behind every entry.
pub fn replay_each(
    log: SoundLog<'_, impl Disk>,
    applied: Index,
    state: &mut State,
    store: &Store,
    mut each: impl FnMut(&Store) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    log.scan.replay(log.disk, applied, |entry, position| {
        for (number, stamped) in (0..).zip(&entry.batch) {
            if !log.scan.skips.skips_command(entry.index, number) {
                let outcome = panics::caught(|| domain::apply(state, store, stamped));
                let outcome = outcome.map_err(|panicked| tripped(&entry, number, stamped, panicked))?;
                store.put_all(outcome?.changes);
            }
        }
        store.applied(position);
        each(store)
    })
}

fn tripped(entry: &Entry, number: u32, stamped: &Stamped, panicked: Panicked) -> OpenError {
    match panicked {
        Panicked::Database => OpenError::Damaged { path: DATABASE_FILE.into(), what: PAGES_DAMAGED },
        Panicked::Own(what) => {
            // The name alone: what a command carries is nothing for a log.
            let text = format!("{:?}", stamped.command);
            let kind = text.split([' ', '(']).next().unwrap_or_default().to_owned();
            EntryError { index: entry.index, number, commands: entry.batch.len(), kind, what }.into()
        }
    }
}

/// The state as the tables hold it.
pub fn state(snapshot: &Snapshot) -> Result<State, RowFault> {
    let mut restoring = Restoring { state: State::default() };
    snapshot.visit_state(&mut restoring)?;
    let mut state = restoring.state;
    let with_seats: Vec<ConcertNo> = state.sales().filter(|sale| !sale.is_archived()).map(|sale| sale.no).collect();
    for concert in with_seats {
        for row in snapshot.seats.of_concert(concert)? {
            let (key, row) = row?;
            state.restore(StateChange::Seats(key, Some(row)));
        }
    }
    state.index();
    Ok(state)
}

struct Restoring {
    state: State,
}

impl Visit<Durable> for Restoring {
    type Error = RowFault;

    fn visit<T: Table>(&mut self, table: &TableReader<T::Key, T::Row>) -> Result<(), RowFault> {
        // Last, and only those that are kept in memory: a start reads no seat of a sale that is over.
        if T::NAME == tables::Seats::NAME {
            return Ok(());
        }
        for row in table.iter()? {
            let (key, row) = row?;
            self.state.restore_row::<T>(key, row);
        }
        Ok(())
    }
}
