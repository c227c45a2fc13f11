//! Seats as events show them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{SeatKey, SeatWords, SoldSeat};
use crate::http::values::{Date, Price, RowLabel, SeatNumber, TicketId};

/// A seat of an event, and what it is called as the plan stands when the event is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventSeatBody {
    /// On which it is held now.
    pub date: Date,
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    /// Left out, as `label`, when the plan has the seat no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RowLabel>, nullable = false)]
    pub row_label: Option<String>,
    /// What the seat is called: its row's label and its number in the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<String>,
}

/// A seat of a payment, and its ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SoldSeatBody {
    #[serde(flatten)]
    pub seat: EventSeatBody,
    #[schema(value_type = Price)]
    pub amount: u32,
    pub ticket_id: TicketId,
}

impl EventSeatBody {
    /// Seats, of each of which `words` has the words.
    pub(super) fn all(seats: Vec<SeatKey>, words: &[Option<SeatWords>]) -> Vec<Self> {
        seats.into_iter().zip(words).map(|(seat, words)| Self::of(seat, words.as_ref())).collect()
    }

    fn of(SeatKey { date, seat }: SeatKey, words: Option<&SeatWords>) -> Self {
        let row_label = words.map(|words| words.row_label.clone());
        Self { date: Date(date), seat, row_label, label: words.map(|words| words.label.clone()) }
    }
}

impl SoldSeatBody {
    /// The seats that were sold, of which `seats` tells the words.
    pub(super) fn all(sold: &[SoldSeat], seats: Vec<EventSeatBody>) -> Vec<Self> {
        let body = |(sold, seat): (&SoldSeat, EventSeatBody)| {
            let ticket_id = TicketId(sold.ticket);
            Self { seat, amount: sold.amount, ticket_id }
        };
        sold.iter().zip(seats).map(body).collect()
    }
}
