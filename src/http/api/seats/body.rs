//! Seats as clients get them.

use serde::Serialize;
use utoipa::ToSchema;

use super::places::SeatPlaceBody;
use crate::domain::{CalendarDate, Canceled, Paid, Reserved, SeatKey, Ticket};
use crate::http::api::tickets::{ItemBody, TicketBody, items};
use crate::http::values::{self, Amount, Date, Instant, Price, RowLabel, SeatNumber, SectionName};

#[derive(Serialize, ToSchema)]
pub(super) struct DatesBody {
    /// Ascending.
    pub dates: Vec<Date>,
}

/// The free seats of a date.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AvailableBody {
    pub date: Date,
    /// Ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub available_seats: Vec<u32>,
}

/// The whole map of a date.
#[derive(Serialize, ToSchema)]
pub(super) struct MapBody {
    pub date: Date,
    /// Ascending.
    pub seats: Vec<MapSeatBody>,
    /// Seats that the token's user holds or owns, ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub mine: Vec<u32>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MapSeatBody {
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    #[schema(value_type = SectionName)]
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    #[schema(value_type = RowLabel)]
    pub row_label: String,
    /// What the seat is called: its row's label and its number in the row.
    pub label: String,
    pub price: Price,
    /// Only of a seat that a wheelchair reaches.
    #[schema(value_type = bool, required = false)]
    pub accessible: Option<bool>,
    /// Only of a seat from which not all of the stage is seen.
    #[schema(value_type = bool, required = false)]
    pub restricted_view: Option<bool>,
    pub status: SeatStatusBody,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is written as JSON that is kept ready")]
pub(super) enum SeatStatusBody {
    Free,
    Held,
    Sold,
    /// Kept back by the organiser.
    Blocked,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReservedWord {
    Reserved,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReservedBody {
    #[schema(inline)]
    pub status: ReservedWord,
    pub date: Date,
    /// The first of `seats`.
    #[schema(value_type = SeatNumber)]
    pub seat_number: u32,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    /// What each of `seats` is called.
    pub places: Vec<SeatPlaceBody>,
    /// The sum of their prices.
    #[schema(value_type = Amount)]
    pub amount: u64,
    /// Seconds until the earliest of the holds lapses, rounded up.
    pub expires_in: u64,
    pub expires_at: Instant,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CanceledWord {
    Canceled,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CanceledBody {
    #[schema(inline)]
    pub status: CanceledWord,
    pub date: Date,
    /// The first of `seats`.
    #[schema(value_type = SeatNumber)]
    pub seat_number: u32,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    /// What each of `seats` is called.
    pub places: Vec<SeatPlaceBody>,
    pub canceled_at: Instant,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PaidWord {
    Paid,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaidBody {
    #[schema(inline)]
    pub status: PaidWord,
    pub payment_id: values::PaymentId,
    pub user_id: values::UserId,
    pub date: Date,
    /// The first of `seats`.
    #[schema(value_type = SeatNumber)]
    pub seat_number: u32,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    #[schema(value_type = Amount)]
    pub amount: u64,
    /// The wallet's balance after it.
    #[schema(value_type = Amount)]
    pub balance: u64,
    pub paid_at: Instant,
    pub tickets: Vec<TicketBody>,
    /// The same by date.
    pub items: Vec<ItemBody>,
    /// What the place held besides, by date: it is free again, since paying ends the place.
    pub released: Vec<ReleasedBody>,
}

/// Seats of a date that are free again.
#[derive(Serialize, ToSchema)]
pub(super) struct ReleasedBody {
    pub date: Date,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    /// What each of `seats` is called.
    pub places: Vec<SeatPlaceBody>,
}

impl ReservedBody {
    /// `places` are its seats in words, `held_on` is when the date takes place.
    pub(super) fn of(reserved: Reserved, places: Vec<SeatPlaceBody>, held_on: CalendarDate) -> Self {
        Self {
            status: ReservedWord::Reserved,
            date: Date(held_on),
            seat_number: *first(&reserved.seats),
            seats: reserved.seats,
            places,
            amount: reserved.amount,
            expires_in: reserved.expires_in,
            expires_at: Instant(reserved.expires_at),
        }
    }
}

impl CanceledBody {
    /// `places` are its seats in words, `held_on` is when the date takes place.
    pub(super) fn of(canceled: Canceled, places: Vec<SeatPlaceBody>, held_on: CalendarDate) -> Self {
        let Canceled { seats, canceled_at, .. } = canceled;
        Self {
            status: CanceledWord::Canceled,
            date: Date(held_on),
            seat_number: *first(&seats),
            seats,
            places,
            canceled_at: Instant(canceled_at),
        }
    }
}

impl PaidBody {
    /// The tickets have the codes that `code` gives them.
    pub(super) fn of(mut paid: Paid, code: impl Fn(&Ticket) -> String, released: Vec<ReleasedBody>) -> Self {
        Ticket::sort(&mut paid.tickets);
        let date = first(&paid.tickets).held_on;
        let seats: Vec<u32> = paid.tickets.iter().map(|ticket| ticket.key.seat).collect();
        Self {
            status: PaidWord::Paid,
            payment_id: values::PaymentId(paid.payment),
            user_id: values::UserId(paid.user),
            date: Date(date),
            seat_number: *first(&seats),
            seats,
            amount: paid.amount,
            balance: paid.balance,
            paid_at: Instant(paid.paid_at),
            tickets: paid.tickets.iter().map(|ticket| TicketBody::bought(ticket, code(ticket))).collect(),
            items: items(&paid.tickets),
            released,
        }
    }
}

impl ReleasedBody {
    /// Seats, which ascend by first date, as those of each date: `held_on` tells when it takes place, `places` what they are called.
    pub(super) fn by_date(
        keys: &[SeatKey],
        held_on: impl Fn(CalendarDate) -> CalendarDate,
        places: impl Fn(&[SeatKey]) -> Vec<SeatPlaceBody>,
    ) -> Vec<Self> {
        let of_date = |keys: &[SeatKey]| Self {
            date: Date(held_on(keys[0].date)),
            seats: keys.iter().map(|key| key.seat).collect(),
            places: places(keys),
        };
        let mut by_date: Vec<Self> = keys.chunk_by(|left, right| left.date == right.date).map(of_date).collect();
        by_date.sort_by_key(|released| released.date.0);
        by_date
    }
}

fn first<T>(of_seats: &[T]) -> &T {
    of_seats.first().expect("an answer about seats has at least one")
}
