//! A sale that is over, closed and without a live place, is archived: memory keeps its definition and its counts, and a
//! start reads none of its seats. A change of its dates or status brings the seats back from their rows.

use super::{Due, Sale};
use crate::domain::effects::Effects;
use crate::domain::queue::Queue;
use crate::domain::seats::{SaleSeats, SeatTables};
use crate::domain::words::{RowFault, Rows, SaleStatus, Timestamp, tables};

impl Sale {
    /// Whether it is closed, no place lives, so that no seat is held either, and no money is on its way back.
    fn is_over(&self) -> bool {
        self.row.definition.status == SaleStatus::Closed && self.queue.live() == 0 && self.calling_off().is_none()
    }

    /// Sets the deadline by which memory is to keep less of a sale that is over. It follows from the rows alone, so that
    /// a restored state has the same.
    pub(in crate::domain) fn set_archive_due(&mut self) {
        let due = match self.is_over() {
            false => None,
            true if self.seats.is_archived() => self.admissions.all_forgotten_at(),
            true => Some(Timestamp::default()),
        };
        if due == self.archive_due {
            return;
        }
        if let Some(before) = std::mem::replace(&mut self.archive_due, due) {
            self.deadlines.remove(&(before, Due::Archive));
        }
        self.deadlines.extend(due.map(|at| (at, Due::Archive)));
    }

    /// Lets go of the seats, and later of the admissions, once no window counts them.
    pub(in crate::domain) fn archive(&mut self, effects: &mut Effects<'_>) {
        self.archive_due = None;
        if self.seats.is_archived() {
            return self.admissions.forget(self.no, effects.now, &mut effects.changes);
        }
        self.seats.archive();
        self.queue = Queue::default();
        effects.put::<tables::Archives>(self.no, self.seats.archive_row().expect("it was archived just now"));
    }

    /// Looks at the seats, which are read from their rows where the sale is archived.
    ///
    /// # Errors
    /// A row could not be read.
    pub fn with_seats<T>(&self, rows: &impl Rows, look: impl FnOnce(&SeatTables) -> T) -> Result<T, RowFault> {
        match self.seats.whole() {
            Some(seats) => Ok(look(seats)),
            None => Ok(look(&SeatTables::read(rows, self.no, &self.row.definition)?)),
        }
    }

    /// Takes the seats up again, where the sale is archived.
    pub(in crate::domain) fn bring_back(
        &mut self,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<(), RowFault> {
        if self.seats.is_archived() {
            self.seats = SaleSeats::Whole(SeatTables::read(rows, self.no, &self.row.definition)?);
            effects.remove::<tables::Archives>(self.no);
        }
        Ok(())
    }
}
