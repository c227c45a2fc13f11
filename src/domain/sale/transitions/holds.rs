//! The hold of a seat: taken, released, lapsed.

use crate::domain::effects::Effects;
use crate::domain::sale::{Due, Sale};
use crate::domain::words::{
    EndReason, EventData, PlaceRef, ReleaseReason, Reservation, ReservationStatus, SeatKey, SeatRow, Sequence,
    Settings, Timestamp, tables,
};

impl Sale {
    /// Holds a free seat for an ACTIVE place. `previous` is the user's newest reservation before it; the number of the
    /// new one comes back.
    pub(in crate::domain) fn hold(
        &mut self,
        place_ref: PlaceRef,
        key: SeatKey,
        expires_at: Timestamp,
        previous: Option<u64>,
        effects: &mut Effects<'_>,
    ) -> u64 {
        let performance = self.row.definition.performance(key.date).expect("judged: the date exists");
        let layout = &performance.layout;
        let amount = layout.block_of(key.seat).expect("judged: the seat exists").price;
        self.counters.last_reservation += 1;
        let reservation = self.counters.last_reservation;
        let (user, sequence, reserved_at) = (place_ref.user, place_ref.sequence, effects.wall());
        let row = SeatRow::Held { user, sequence, reservation, previous, reserved_at, expires_at, amount };
        self.seats.whole_mut().table_mut(key.date).hold(key.seat, row, layout);
        assert!(self.queue.add_hold(sequence, key, expires_at), "judged: the place is ACTIVE");
        self.deadlines.insert((expires_at, Due::HoldLapse(key)));
        effects.put::<tables::Counters>(self.no, self.counters);
        effects.put::<tables::Seats>((self.no, key), row);
        self.write_reservation(key, row, ReservationStatus::Held, effects);
        let (date, seat, expires_at) = (key.date, key.seat, self.wall(expires_at));
        effects.event(Some(self.no), EventData::SeatHeld { user, date, seat, amount, expires_at });
        reservation
    }

    /// Notes what became of the reservation behind a held seat.
    pub(in crate::domain) fn write_reservation(
        &self,
        key: SeatKey,
        row: SeatRow,
        status: ReservationStatus,
        effects: &mut Effects<'_>,
    ) {
        let SeatRow::Held { user, reservation, previous, reserved_at, expires_at, amount, .. } = row else {
            unreachable!("a sold seat's reservation is read and written by its refund");
        };
        let (updated_at, offset) = (effects.wall(), effects.clock.anchor.offset);
        let row = Reservation { user, key, status, reserved_at, expires_at, amount, updated_at, offset, previous };
        effects.put::<tables::Reservations>((self.no, reservation), row);
    }

    /// Takes a hold off its seat; what it means for the place is the caller's to decide.
    pub(in crate::domain) fn release(&mut self, key: SeatKey, reason: ReleaseReason, effects: &mut Effects<'_>) {
        let row = self.seats.whole_mut().table_mut(key.date).release(key.seat);
        let SeatRow::Held { user, sequence, expires_at, .. } = row else {
            unreachable!("only a held seat is released");
        };
        self.forget_hold(sequence, key, expires_at);
        let status = match reason {
            ReleaseReason::Canceled | ReleaseReason::CalledOff => ReservationStatus::Canceled,
            ReleaseReason::Expired => ReservationStatus::Expired,
            ReleaseReason::Refunded => unreachable!("a refund frees a sold seat"),
        };
        effects.remove::<tables::Seats>((self.no, key));
        self.write_reservation(key, row, status, effects);
        let (date, seat) = (key.date, key.seat);
        effects.event(Some(self.no), EventData::SeatReleased { user: Some(user), date, seat, reason });
    }

    /// Takes a hold off the list of its place, if that still lives, and its deadline off the list of what is due.
    pub(in crate::domain) fn forget_hold(&mut self, sequence: Sequence, key: SeatKey, expires_at: Timestamp) {
        self.deadlines.remove(&(expires_at, Due::HoldLapse(key)));
        self.queue.take_hold(sequence, key);
    }

    /// A hold has lapsed at `at`.
    pub(super) fn lapse(&mut self, key: SeatKey, at: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        let Some(SeatRow::Held { sequence, .. }) = self.table(key.date).hold_of(key.seat).copied() else {
            unreachable!("the deadline of a hold goes with it");
        };
        self.release(key, ReleaseReason::Expired, effects);
        let holds = self.queue.active()[&sequence].holds.len();
        if holds == 0 && settings.end_on_hold_lapse {
            self.end_place(sequence, EndReason::HoldLapsed, at, effects);
        } else {
            self.end_if_nothing_carries_it(sequence, at, effects);
        }
    }
}
