//! What a command leaves behind: rows and events, at one instant.

use crate::domain::pending::Pending;
use crate::domain::words::{Change, ClockRow, ConcertNo, Event, EventData, Table, Timestamp, Totals, WallTime, tables};

/// Changes of a usual command, for which room is made at first.
const CHANGES_USUAL: usize = 8;

pub(super) struct Effects<'a> {
    pub now: Timestamp,
    pub clock: ClockRow,
    pub totals: &'a mut Totals,
    pub changes: Vec<Change>,
}

impl<'a> Effects<'a> {
    pub(super) fn new(now: Timestamp, clock: ClockRow, totals: &'a mut Totals) -> Self {
        Self { now, clock, totals, changes: Vec::with_capacity(CHANGES_USUAL) }
    }

    /// The rows as this command has left them so far.
    pub(super) fn over<'e, R>(&'e self, rows: &'e R) -> Pending<'e, R> {
        Pending { rows, changes: &self.changes }
    }

    /// What the wall clock shows now.
    pub(super) fn wall(&self) -> WallTime {
        self.clock.wall(self.now)
    }

    /// Writes a row.
    pub(super) fn put<T: Table>(&mut self, key: T::Key, row: T::Row) {
        self.changes.push(T::change(key, Some(row)));
    }

    /// Removes a row.
    pub(super) fn remove<T: Table>(&mut self, key: T::Key) {
        self.changes.push(T::change(key, None));
    }

    /// Appends an event under the next sequence number.
    pub(super) fn event(&mut self, concert: Option<ConcertNo>, data: EventData) {
        self.totals.last_event += 1;
        let event = Event { at: self.wall(), logged_at: self.now, concert, data };
        let number = self.totals.last_event;
        self.put::<tables::Events>(number, Box::new(event));
    }
}
