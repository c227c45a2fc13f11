//! A sale taken up from its stored rows.

use super::{Due, Sale};
use crate::domain::queue::{Active, Waiting};
use crate::domain::seats::{Holds, SaleSeats};
use crate::domain::words::{Archive, PlaceRow, SaleStatus, SeatKey, SeatRow, Sequence};

impl Sale {
    /// Takes up the row of a live place.
    pub(in crate::domain) fn restore_place(&mut self, sequence: Sequence, row: PlaceRow) {
        let PlaceRow { user, issued_at, order, active } = row;
        match active {
            None => self.queue.arrive(order, Waiting { sequence, user, issued_at }),
            Some((activated_at, active_until)) => {
                self.deadlines.insert((active_until, Due::ActiveEnd(sequence)));
                let place = Active { user, issued_at, order, activated_at, active_until, holds: Holds::default() };
                self.queue.restore_active(sequence, place);
            }
        }
    }

    /// Takes up what the sale sold, which is over.
    pub(in crate::domain) fn restore_archive(&mut self, row: &Archive) {
        self.seats = SaleSeats::archived(&self.row.definition, row);
    }

    /// Takes up the row of a seat, behind those of all places, unless the sale is archived.
    pub(in crate::domain) fn restore_seat(&mut self, key: SeatKey, row: SeatRow) {
        let SaleSeats::Whole(seats) = &mut self.seats else { return };
        seats.restore(key, row, &self.row.definition);
        if let SeatRow::Held { sequence, expires_at, .. } = row
            && seats.table(key.date).is_some()
        {
            self.deadlines.insert((expires_at, Due::HoldLapse(key)));
            self.queue.add_hold(sequence, key, expires_at);
        }
    }

    /// Takes up a blocked seat, unless the sale is archived.
    pub(in crate::domain) fn restore_blocked(&mut self, key: SeatKey) {
        if let SaleSeats::Whole(seats) = &mut self.seats {
            seats.restore_blocked(key, &self.row.definition);
        }
    }

    /// Finishes a restoration: an admission or an ending that a command was to go on with is due at once.
    pub(in crate::domain) fn go_on(&mut self) {
        let now = self.now;
        if self.queue.live() == 0 {
            return;
        }
        self.admission_due = Some(now);
        self.deadlines.insert((now, Due::Admission));
        if self.row.definition.status == SaleStatus::Closed {
            self.deadlines.insert((now, Due::CloseOut));
        }
    }
}
