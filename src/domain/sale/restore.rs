//! A sale taken up from its stored rows.

use super::{Due, Sale};
use crate::domain::queue::{Active, Waiting};
use crate::domain::seats::{Holds, SaleSeats};
use crate::domain::words::{PlaceRow, SaleStatus, SeatKey, SeatRow, StateChange};

impl Sale {
    /// Takes up a stored row of this concert; places come before seats.
    pub(in crate::domain) fn restore(&mut self, row: StateChange) {
        match row {
            StateChange::Counters(_, Some(counters)) => self.counters = counters,
            StateChange::Times(_, Some(now)) => self.now = now,
            StateChange::Admissions((_, at), Some(count)) => self.admissions.restore(at, count),
            StateChange::Places((_, sequence), Some(row)) => match row.active {
                None => {
                    let place = Waiting { sequence, user: row.user, issued_at: row.issued_at };
                    self.queue.arrive(row.order, place);
                }
                Some((activated_at, active_until)) => {
                    self.deadlines.insert((active_until, Due::ActiveEnd(sequence)));
                    let PlaceRow { user, issued_at, order, .. } = row;
                    let place = Active { user, issued_at, order, activated_at, active_until, holds: Holds::default() };
                    self.queue.restore_active(sequence, place);
                }
            },
            StateChange::Archives(_, Some(row)) => self.seats = SaleSeats::archived(&self.row.definition, &row),
            StateChange::Seats((_, key), Some(row)) => self.restore_seat(key, row),
            StateChange::Counters(_, None)
            | StateChange::Times(_, None)
            | StateChange::Admissions(_, None)
            | StateChange::Places(_, None)
            | StateChange::Archives(_, None)
            | StateChange::Seats(_, None) => {}
            StateChange::Settings(..)
            | StateChange::Clock(..)
            | StateChange::Totals(..)
            | StateChange::Concerts(..) => {
                unreachable!("a sale is given rows of its own")
            }
        }
    }

    /// Takes up the row of a seat, unless the sale is archived.
    fn restore_seat(&mut self, key: SeatKey, row: SeatRow) {
        let SaleSeats::Whole(seats) = &mut self.seats else { return };
        seats.restore(key, row, &self.row.definition);
        if let SeatRow::Held { sequence, expires_at, .. } = row
            && seats.table(key.date).is_some()
        {
            self.deadlines.insert((expires_at, Due::HoldLapse(key)));
            self.queue.add_hold(sequence, key, expires_at);
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
