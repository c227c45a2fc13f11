//! What was sold over the counter.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ConcertId, Sold, Ticket};
use crate::http::api::payments::MeansBody;
use crate::http::api::tickets::{ItemBody, TicketBody, items};
use crate::http::values::{self, Amount, Date, Instant, SeatNumber};

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SoldWord {
    Sold,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SoldBody {
    #[schema(inline)]
    pub status: SoldWord,
    pub payment_id: values::PaymentId,
    pub concert_id: values::ConcertId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<values::UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub guest: Option<String>,
    pub date: Date,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    #[schema(value_type = Amount)]
    pub amount: u64,
    pub paid_by: MeansBody,
    /// Of the user's wallet, behind the sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub balance: Option<u64>,
    pub paid_at: Instant,
    pub tickets: Vec<TicketBody>,
    /// The same by date.
    pub items: Vec<ItemBody>,
}

impl SoldBody {
    /// The tickets have the codes that `code` gives them.
    pub(super) fn of(sold: &Sold, concert: &ConcertId, code: impl Fn(&Ticket) -> String) -> Self {
        Self {
            status: SoldWord::Sold,
            payment_id: values::PaymentId(sold.payment),
            concert_id: values::ConcertId(concert.clone()),
            user_id: sold.user.map(values::UserId),
            guest: sold.guest.clone(),
            date: Date(sold.tickets.first().expect("a sale has at least one seat").held_on),
            seats: sold.tickets.iter().map(|ticket| ticket.key.seat).collect(),
            amount: sold.amount,
            paid_by: sold.paid_by.into(),
            balance: sold.balance,
            paid_at: Instant(sold.sold_at),
            tickets: sold.tickets.iter().map(|ticket| TicketBody::bought(ticket, code(ticket))).collect(),
            items: items(&sold.tickets),
        }
    }
}
