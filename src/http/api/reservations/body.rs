//! What became of a user's holds at a concert.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{CalendarDate, Reservation, ReservationStatus, SeatWords, Timestamp, WallOffset};
use crate::http::request::page::Cursor;
use crate::http::values::{self, Date, Instant, Price, RowLabel, SeatNumber, SectionName};

/// A page of the reservations of a user at a concert, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReservationsBody {
    pub concert_id: values::ConcertId,
    pub user_id: values::UserId,
    pub reservations: Vec<ReservationBody>,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ReservationBody {
    pub date: Date,
    /// When it was announced for first, if the date was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
    #[schema(value_type = SeatNumber)]
    pub seat_number: u32,
    /// Where the seat lies now; left out, as the three that follow, when the date has it no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SectionName>, nullable = false)]
    pub section: Option<String>,
    /// From 1 within the section.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub row: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RowLabel>, nullable = false)]
    pub row_label: Option<String>,
    /// What the seat is called: its row's label and its number in the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<String>,
    pub status: ReservationStatusBody,
    pub reserved_at: Instant,
    pub expires_at: Instant,
    /// Seconds until then; 0 when it has passed.
    pub expires_in: u64,
    /// What the seat costs: its price when it was held.
    #[schema(value_type = Price)]
    pub amount: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payment_id: Option<values::PaymentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http::api) enum ReservationStatusBody {
    Held,
    Paid,
    Canceled,
    Expired,
    Refunded,
}

impl ReservationBody {
    /// `reservation` as it stands at `now`: a hold whose time is over has expired, whether that is noted yet or not.
    /// `words` are those of its seat.
    pub(in crate::http::api) fn of(
        reservation: &Reservation,
        words: Option<SeatWords>,
        (now, offset): (Timestamp, WallOffset),
    ) -> Self {
        let (status, payment) = match reservation.status {
            ReservationStatus::Held if reservation.expires_at <= now => (ReservationStatusBody::Expired, None),
            ReservationStatus::Held => (ReservationStatusBody::Held, None),
            ReservationStatus::Paid(payment) => (ReservationStatusBody::Paid, Some(payment)),
            ReservationStatus::Canceled => (ReservationStatusBody::Canceled, None),
            ReservationStatus::Expired => (ReservationStatusBody::Expired, None),
            ReservationStatus::Refunded(payment) => (ReservationStatusBody::Refunded, Some(payment)),
        };
        let told_by = if status == ReservationStatusBody::Held { offset } else { reservation.offset };
        Self {
            date: Date(reservation.key.date),
            moved_from: None,
            seat_number: reservation.key.seat,
            section: words.as_ref().map(|words| words.section.clone()),
            row: words.as_ref().map(|words| words.row),
            row_label: words.as_ref().map(|words| words.row_label.clone()),
            label: words.map(|words| words.label),
            status,
            reserved_at: Instant(reservation.reserved_at),
            expires_at: Instant(reservation.expires_at.on_wall(told_by)),
            expires_in: reservation.expires_at.seconds_after(now),
            amount: reservation.amount,
            payment_id: payment.map(values::PaymentId),
        }
    }
}

impl ReservationBody {
    /// The same of a date that takes place on `held_on`.
    pub(in crate::http::api) fn on(mut self, held_on: CalendarDate) -> Self {
        if self.date != Date(held_on) {
            self.moved_from = Some(std::mem::replace(&mut self.date, Date(held_on)));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{ReservationBody, ReservationStatusBody, values};
    use crate::domain::{
        CalendarDate, PaymentId, Reservation, ReservationStatus, SeatKey, Timestamp, UserId, WallOffset, WallTime,
    };

    #[test]
    fn a_hold_has_expired_from_its_last_instant_on_whether_noted_or_not() {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let shown = |status, now| {
            let (reserved_at, expires_at, offset) = (WallTime(0), Timestamp(300_000), WallOffset(0));
            let key = SeatKey { date, seat: 5 };
            let (amount, updated_at, previous) = (5_000, reserved_at, None);
            let user = UserId(42);
            let row = Reservation { user, key, status, reserved_at, expires_at, amount, updated_at, offset, previous };
            ReservationBody::of(&row, None, (Timestamp(now), WallOffset(60_000)))
        };
        assert_eq!(shown(ReservationStatus::Held, 299_999).status, ReservationStatusBody::Held);
        assert_eq!(shown(ReservationStatus::Held, 300_000).status, ReservationStatusBody::Expired);
        let paid = shown(ReservationStatus::Paid(PaymentId(1)), 300_000);
        assert_eq!(paid.status, ReservationStatusBody::Paid);
        assert_eq!(paid.payment_id, Some(values::PaymentId(PaymentId(1))));
        let expires_at = |status| shown(status, 299_999).expires_at.0;
        assert_eq!(expires_at(ReservationStatus::Held), WallTime(360_000), "the clock is a minute ahead now");
        assert_eq!(expires_at(ReservationStatus::Canceled), WallTime(300_000), "it was not then");
        let left = |now| shown(ReservationStatus::Held, now).expires_in;
        assert_eq!((left(0), left(298_001), left(300_000)), (300, 2, 0), "seconds are rounded up");
        assert_eq!(shown(ReservationStatus::Canceled, 300_000).status, ReservationStatusBody::Canceled);
    }
}
