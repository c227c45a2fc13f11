//! Payments as users and the operator see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{ConcertId, Means, Payment, PaymentId, PaymentStatus, Refunded, Ticket};
use crate::http::api::tickets::{ItemBody, TicketBody, items};
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
pub(in crate::http::api) struct PaymentBody {
    pub payment_id: values::PaymentId,
    pub concert_id: values::ConcertId,
    /// The first of its dates.
    pub date: Date,
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    #[schema(value_type = Amount)]
    pub amount: u64,
    /// What of it was given back.
    #[schema(value_type = Amount)]
    pub refunded: u64,
    pub paid_by: MeansBody,
    /// Why the box office sold it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    pub status: PaymentStatusBody,
    /// Why seats of it were given back, as the operator wrote it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refund_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refunded_at: Option<Instant>,
    pub paid_at: Instant,
    /// As they were sold, whatever became of the plan since; void once refunded.
    pub tickets: Vec<TicketBody>,
    /// The same by date.
    pub items: Vec<ItemBody>,
}

/// What seats are paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http::api) enum MeansBody {
    Wallet,
    Cash,
    Card,
    /// They were given away.
    Free,
}

impl From<MeansBody> for Means {
    fn from(means: MeansBody) -> Self {
        match means {
            MeansBody::Wallet => Self::Wallet,
            MeansBody::Cash => Self::Cash,
            MeansBody::Card => Self::Card,
            MeansBody::Free => Self::Free,
        }
    }
}

impl From<Means> for MeansBody {
    fn from(means: Means) -> Self {
        match means {
            Means::Wallet => Self::Wallet,
            Means::Cash => Self::Cash,
            Means::Card => Self::Card,
            Means::Free => Self::Free,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http::api) enum PaymentStatusBody {
    Paid,
    PartlyRefunded,
    Refunded,
}

/// What a refund gave back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundedBody {
    /// The payment's: `refunded` with the last seat.
    pub status: PaymentStatusBody,
    pub payment_id: values::PaymentId,
    /// What this refund gave back.
    #[schema(value_type = Amount)]
    pub amount: u64,
    /// What all refunds of the payment gave back.
    #[schema(value_type = Amount)]
    pub refunded: u64,
    /// Where the money went.
    pub to: MeansBody,
    pub refunded_at: Instant,
    /// The seats that are free again, by date.
    pub items: Vec<ItemBody>,
}

impl PaymentBody {
    /// `tickets` ascend by the day that each is for.
    pub(in crate::http::api) fn of(id: PaymentId, payment: &Payment, tickets: &[Ticket], concert: &ConcertId) -> Self {
        let (at, reason) = match &payment.status {
            PaymentStatus::Paid => (None, None),
            PaymentStatus::PartlyRefunded { at, reason } | PaymentStatus::Refunded { at, reason } => {
                (Some(*at), Some(reason.clone()))
            }
        };
        Self {
            payment_id: values::PaymentId(id),
            concert_id: values::ConcertId(concert.clone()),
            date: Date(tickets.first().expect("a payment is for a seat").held_on),
            seats: tickets.iter().map(|ticket| ticket.key.seat).collect(),
            amount: payment.amount,
            refunded: payment.refunded,
            paid_by: payment.paid_by.into(),
            reason: payment.reason.clone(),
            status: (&payment.status).into(),
            refund_reason: reason,
            refunded_at: at.map(Instant),
            paid_at: Instant(payment.paid_at),
            tickets: tickets.iter().map(TicketBody::of).collect(),
            items: items(tickets),
        }
    }
}

impl From<&PaymentStatus> for PaymentStatusBody {
    fn from(status: &PaymentStatus) -> Self {
        match status {
            PaymentStatus::Paid => Self::Paid,
            PaymentStatus::PartlyRefunded { .. } => Self::PartlyRefunded,
            PaymentStatus::Refunded { .. } => Self::Refunded,
        }
    }
}

impl RefundedBody {
    pub(super) fn of(mut done: Refunded) -> Self {
        Ticket::sort(&mut done.tickets);
        Self {
            status: (&done.status).into(),
            payment_id: values::PaymentId(done.payment),
            amount: done.amount,
            refunded: done.refunded,
            to: done.to.into(),
            refunded_at: Instant(done.refunded_at),
            items: items(&done.tickets),
        }
    }
}
