//! The state of the box office out of the tables and the log.

use super::disk::Disk;
use super::folder::DATABASE_FILE;
use super::open_error::{EntryError, OpenError};
use super::panics::{self, Panicked};
use super::scan::SoundLog;
use super::store::Store;
use super::tables::{PAGES_DAMAGED, Snapshot};
use crate::domain::{self, Change, ConcertNo, RowFault, Stamped, State};
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
                store.absorb(outcome?.changes);
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
    let mut state = State::default();
    for row in snapshot.settings.iter()? {
        state.restore(Change::Settings(row?.1));
    }
    for row in snapshot.clock.iter()? {
        state.restore(Change::Clock(row?.1));
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
    for row in snapshot.archives.iter()? {
        let (concert, row) = row?;
        state.restore(Change::Archive(concert, Some(row)));
    }
    let with_seats: Vec<ConcertNo> = state.sales().filter(|sale| !sale.is_archived()).map(|sale| sale.no).collect();
    for concert in with_seats {
        for row in snapshot.seats.of_concert(concert)? {
            let ((_, seat), row) = row?;
            state.restore(Change::Seat(concert, seat, Some(row)));
        }
    }
    state.index();
    Ok(state)
}
