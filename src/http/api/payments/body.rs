//! Payments as users and the operator see them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{ConcertId, Payment, PaymentId, PaymentStatus, Refunded, Ticket};
use crate::http::api::seats::TicketBody;
use crate::http::values::write_uuid;

/// A page of payments, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentsBody {
    pub payments: Vec<PaymentBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: String,
    /// `null` at the end.
    pub next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentBody {
    pub payment_id: String,
    pub concert_id: String,
    pub date: String,
    pub seats: Vec<u32>,
    pub amount: u64,
    pub status: PaymentStatusBody,
    pub paid_at: String,
    /// As they were sold, whatever became of the plan since; void once refunded.
    pub tickets: Vec<TicketBody>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatusBody {
    Paid,
    Refunded,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundedBody {
    /// Always `refunded`.
    pub status: &'static str,
    pub payment_id: String,
    pub amount: u64,
    pub refunded_at: String,
}

impl PaymentBody {
    pub fn of(id: PaymentId, payment: &Payment, tickets: &[Ticket], concert: &ConcertId) -> Self {
        Self {
            payment_id: write_uuid(id.0),
            concert_id: concert.to_string(),
            date: payment.date.to_string(),
            seats: tickets.iter().map(|ticket| ticket.seat).collect(),
            amount: payment.amount,
            status: match payment.status {
                PaymentStatus::Paid => PaymentStatusBody::Paid,
                PaymentStatus::Refunded { .. } => PaymentStatusBody::Refunded,
            },
            paid_at: write_instant(payment.paid_at),
            tickets: tickets.iter().map(TicketBody::of).collect(),
        }
    }
}

impl RefundedBody {
    pub fn of(Refunded { payment, amount, refunded_at }: Refunded) -> Self {
        Self { status: "refunded", payment_id: write_uuid(payment.0), amount, refunded_at: write_instant(refunded_at) }
    }
}
