//! What a command leaves behind: rows and events, at one instant.

use crate::domain::pending::Pending;
use crate::domain::words::{
    ActingOperator, Change, ClockRow, ConcertNo, Event, EventData, Table, TicketId, TicketRow, Timestamp, Totals,
    WallTime, tables,
};

/// Changes of a usual command, for which room is made at first.
const CHANGES_USUAL: usize = 8;

pub(super) struct Effects<'a> {
    pub now: Timestamp,
    pub clock: ClockRow,
    pub totals: &'a mut Totals,
    pub changes: Vec<Change>,
    /// Requests about concerts that were refused: what is counted at one beside the events.
    pub refused: Vec<(ConcertNo, u32)>,
    /// The operator whose act it is what happens now; what is merely due is nobody's.
    by: Option<ActingOperator>,
}

impl<'a> Effects<'a> {
    /// Of a command that the operator `by` asks for, if one does.
    pub(super) fn new(now: Timestamp, clock: ClockRow, totals: &'a mut Totals, by: Option<ActingOperator>) -> Self {
        Self { now, clock, totals, changes: Vec::with_capacity(CHANGES_USUAL), refused: Vec::new(), by }
    }

    /// What happens meanwhile is merely due, and nobody's act.
    pub(super) fn as_due<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let by = self.by.take();
        let done = work(self);
        self.by = by;
        done
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

    /// Writes a ticket; it is the newest change among the tickets of its date.
    pub(super) fn put_ticket(&mut self, id: TicketId, row: TicketRow) {
        let row = self.changed_ticket(id, row);
        self.put::<tables::Tickets>(id, row);
    }

    /// The same, which gives the row as it is written.
    pub(super) fn put_told_ticket(&mut self, id: TicketId, row: TicketRow) -> Box<TicketRow> {
        let row = self.changed_ticket(id, row);
        self.put::<tables::Tickets>(id, row.clone());
        row
    }

    fn changed_ticket(&mut self, id: TicketId, row: TicketRow) -> Box<TicketRow> {
        let of_date = |change| (row.concert, (row.key.date, change));
        if row.change > 0 {
            self.remove::<tables::DateTickets>(of_date(row.change));
        }
        self.totals.last_ticket_change += 1;
        let change = self.totals.last_ticket_change;
        self.put::<tables::DateTickets>(of_date(change), id);
        Box::new(TicketRow { change, ..row })
    }

    /// Appends an event under the next sequence number.
    pub(super) fn event(&mut self, concert: Option<ConcertNo>, data: EventData) {
        self.totals.last_event += 1;
        let (by, number) = (self.by.clone(), self.totals.last_event);
        if let Some(by) = &by {
            self.put::<tables::Acts>(number, by.key);
        }
        let event = Event { at: self.wall(), logged_at: self.now, concert, by, data };
        self.put::<tables::Events>(number, Box::new(event));
    }
}
