//! The copy itself, and the application of entries to it.

use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};

use super::look::look;
use super::projections::Projections;
use super::seat_maps::{DateKey, SeatMap, SharedArray};
use super::seat_states::StatesNow;
use crate::domain::{
    Change, Fence, Members, MembersRow, Origin, OutOfTurn, PartOrigin, Rejection, Reply, RowFault, Sale, Stamped,
    State, Timestamp, apply,
};
use crate::log::{Content, Entry, LogId, Part, Position};
use crate::storage::{Disk, ReceivedSnapshot, SnapshotError, Store};

/// One copy of the box office. One thread applies, any number reads.
pub struct Replica {
    state: RwLock<State>,
    store: Store,
    projections: Projections,
}

/// What became of one command of an entry.
pub struct Applied<'e> {
    pub stamped: &'e Stamped,
    pub fate: Fate,
}

/// Whether a command was applied.
pub enum Fate {
    Applied(Result<Reply, Rejection>, Origin),
    /// Another instance leads its concert by now: it changed nothing.
    Fenced,
}

/// Follows how an entry is applied. Of a command that a repair took out nothing is told.
pub trait Observer {
    /// A part is begun whose turn it is.
    fn begins_part(&mut self, _part: &Part) {}

    /// A part is passed over whose turn it is not.
    fn skips_part(&mut self) {}

    /// A command is begun, which has this number, from 0, among those of all parts.
    fn begins(&mut self, _number: u32) {}

    /// A command has made these changes, which no reader of the state or of the rows sees yet.
    fn changed(&mut self, _changes: &[Change]) {}

    /// A command is done, and others read already what it did.
    fn done(&mut self, _applied: Applied<'_>) {}
}

/// Follows nothing.
impl Observer for () {}

/// A closure is told what became of each command.
impl<F: FnMut(Applied<'_>)> Observer for F {
    fn done(&mut self, applied: Applied<'_>) {
        self(applied);
    }
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

    /// Applies an entry, behind which the history stands at `position`: each part if it is the next of its origin, and of
    /// that each command whose concert its origin leads; or who orders the log from now on.
    ///
    /// # Errors
    /// A row cannot be read. What was applied is then not to be used any more.
    pub fn apply(&self, entry: &Entry, position: Position, observer: &mut impl Observer) -> Result<(), RowFault> {
        if let Content::Members(members) = &entry.content {
            self.set_members(entry.id, members.clone());
        }
        for (part, numbers) in entry.numbered_parts() {
            if self.take_turn(part).is_err() {
                observer.skips_part();
                continue;
            }
            observer.begins_part(part);
            let fence = Fence { origin: part.origin, term: entry.id.leadership.term.0, epochs: &part.fences };
            for (number, stamped) in numbers.zip(&part.batch) {
                if !entry.skipped.contains(&number) {
                    observer.begins(number);
                    let fate = self.apply_command(fence, stamped, observer)?;
                    observer.done(Applied { stamped, fate });
                }
            }
        }
        {
            let mut state = self.state.write();
            let rows = state.flush();
            self.store.put_all(rows);
        }
        self.store.applied(position);
        Ok(())
    }

    /// Puts what a snapshot holds in place of everything. Nobody applies meanwhile.
    ///
    /// # Errors
    /// The database or the disk fails. The copy is then not to be used any more.
    pub fn replace(&self, with: &ReceivedSnapshot<impl Disk>) -> Result<(), SnapshotError> {
        let replacement = self.store.replace(with)?;
        // What takes long is done: readers wait from here on.
        let mut state = self.state.write();
        replacement.publish();
        *state = State::restored(&self.store)?;
        self.projections.renew(&state);
        Ok(())
    }

    /// Notes who orders the log from entry `id` on.
    fn set_members(&self, id: LogId, members: Members) {
        let LogId { leadership, index } = id;
        let row = MembersRow { term: leadership.term.0, node: leadership.node, index: index.0, members };
        let mut state = self.state.write();
        let change = state.set_members(row);
        self.store.put_all(vec![change]);
    }

    /// Notes that it is the turn of a part.
    fn take_turn(&self, part: &Part) -> Result<(), OutOfTurn> {
        if part.number == 0 {
            return Ok(());
        }
        let origin = PartOrigin { node: part.origin, incarnation: part.incarnation, number: part.number };
        let mut state = self.state.write();
        let row = state.take_turn(origin)?;
        self.store.put_all(vec![row]);
        Ok(())
    }

    fn apply_command(
        &self,
        fence: Fence<'_>,
        stamped: &Stamped,
        observer: &mut impl Observer,
    ) -> Result<Fate, RowFault> {
        let mut state = self.state.write();
        if !state.admits(&stamped.command, &self.store, fence)? {
            return Ok(Fate::Fenced);
        }
        let outcome = apply(&mut state, &self.store, stamped)?;
        self.projections.note(&outcome.changes);
        observer.changed(&outcome.changes);
        self.store.put_all(outcome.changes);
        Ok(Fate::Applied(outcome.result, outcome.origin))
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
