//! The copy itself, and the application of entries to it.

use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};

use super::look::look;
use super::projections::Projections;
use super::seat_maps::{DateKey, SeatMap, SharedArray};
use super::seat_states::StatesNow;
use crate::domain::{Change, Origin, Rejection, Reply, RowFault, Sale, Stamped, State, Timestamp, apply};
use crate::log::{Entry, Position};
use crate::storage::Store;

/// One copy of the box office. One thread applies, any number reads.
pub struct Replica {
    state: RwLock<State>,
    store: Store,
    projections: Projections,
}

/// What became of one command of an entry.
pub struct Applied<'e> {
    pub stamped: &'e Stamped,
    pub result: Result<Reply, Rejection>,
    pub origin: Origin,
}

impl Replica {
    /// The copy that the rows of a store make.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn restored(store: Store) -> Result<Self, RowFault> {
        let state = State::restored(&store)?;
        let projections = Projections::of(&state);
        Ok(Self { state: RwLock::new(state), store, projections })
    }

    /// Applies an entry, behind which the history stands at `position`. `observe` sees the changes of a command before
    /// any reader does; `each` is told of every command as it is done, while others read already.
    ///
    /// # Errors
    /// A row cannot be read. What was applied is then not to be used any more.
    pub fn apply<'e>(
        &self,
        entry: &'e Entry,
        position: Position,
        mut observe: impl FnMut(&[Change]),
        mut each: impl FnMut(Applied<'e>),
    ) -> Result<(), RowFault> {
        for (_, stamped) in entry.commands() {
            let mut state = self.state.write();
            let outcome = apply(&mut state, &self.store, stamped)?;
            self.projections.note(&outcome.changes);
            observe(&outcome.changes);
            self.store.put_all(outcome.changes);
            drop(state);
            each(Applied { stamped, result: outcome.result, origin: outcome.origin });
        }
        self.store.applied(position);
        Ok(())
    }

    /// The committed state, for a short look.
    pub fn look(&self) -> RwLockReadGuard<'_, State> {
        look(&self.state)
    }

    /// The rows as they are committed.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What follows from the changes.
    pub fn projections(&self) -> &Projections {
        &self.projections
    }

    /// The free seats of a date at `now` as a JSON array of their numbers; `None` when it is not bookable.
    pub fn free_seats(&self, of: DateKey, now: Timestamp) -> Option<Arc<SharedArray>> {
        self.projections.seat_maps.free(&self.state, of, now)
    }

    /// How the seats of a date stand at `now`; `None` when the concert has no such date, or is archived.
    pub fn seat_states(&self, of: DateKey, now: Timestamp) -> Option<StatesNow> {
        self.projections.seat_states.read(&self.state, of, now)
    }

    /// The seat map of a date at `now` and, of the same moment, what `beside` sees of its sale; `None` when the concert
    /// has no such date.
    pub fn seat_map<T>(&self, of: DateKey, now: Timestamp, beside: impl Fn(&Sale) -> T) -> Option<(SeatMap, T)> {
        self.projections.seat_maps.map(&self.state, of, now, beside)
    }
}
