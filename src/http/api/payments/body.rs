//! Payments as users and the operator see them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ConcertId, Payment, PaymentId, PaymentStatus, Refunded, Ticket};
use crate::http::api::seats::TicketBody;
use crate::http::request::page::Cursor;
use crate::http::values::{self, Amount, CurrencyCode, Date, Instant, SeatNumber};

/// A page of payments, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentsBody {
    pub payments: Vec<PaymentBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentBody {
    pub payment_id: values::PaymentId,
    pub concert_id: values::ConcertId,
    pub date: Date,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    #[schema(value_type = Amount)]
    pub amount: u64,
    pub status: PaymentStatusBody,
    pub paid_at: Instant,
    /// As they were sold, whatever became of the plan since; void once refunded.
    pub tickets: Vec<TicketBody>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PaymentStatusBody {
    Paid,
    Refunded,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RefundedWord {
    Refunded,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundedBody {
    #[schema(inline)]
    pub status: RefundedWord,
    pub payment_id: values::PaymentId,
    #[schema(value_type = Amount)]
    pub amount: u64,
    pub refunded_at: Instant,
}

impl PaymentBody {
    pub(super) fn of(id: PaymentId, payment: &Payment, tickets: &[Ticket], concert: &ConcertId) -> Self {
        Self {
            payment_id: values::PaymentId(id),
            concert_id: values::ConcertId(concert.clone()),
            date: Date(payment.date),
            seats: tickets.iter().map(|ticket| ticket.seat).collect(),
            amount: payment.amount,
            status: match payment.status {
                PaymentStatus::Paid => PaymentStatusBody::Paid,
                PaymentStatus::Refunded { .. } => PaymentStatusBody::Refunded,
            },
            paid_at: Instant(payment.paid_at),
            tickets: tickets.iter().map(TicketBody::of).collect(),
        }
    }
}

impl RefundedBody {
    pub(super) fn of(Refunded { payment, amount, refunded_at }: Refunded) -> Self {
        Self {
            status: RefundedWord::Refunded,
            payment_id: values::PaymentId(payment),
            amount,
            refunded_at: Instant(refunded_at),
        }
    }
}
