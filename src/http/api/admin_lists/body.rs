//! Payments and tickets as the operator lists them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::payments::PaymentBody;
use crate::http::api::tickets::TicketBody;
use crate::http::api::users::Username;
use crate::http::csv::CsvRow;
use crate::http::request::page::Cursor;
use crate::http::values::{self, CurrencyCode, Instant};
use crate::node::{ListedPayment, ListedTicket};

/// A page of payments, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedPaymentsBody {
    pub payments: Vec<ListedPaymentBody>,
    /// An ISO 4217 code; amounts count its smallest unit.
    pub currency: CurrencyCode,
    /// `null` at the end. A page may have fewer rows than it could and more behind it.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// A payment and who has paid it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedPaymentBody {
    #[serde(flatten)]
    pub payment: PaymentBody,
    /// `null` for a guest without an account.
    pub user_id: Option<values::UserId>,
    pub username: Option<Username>,
    /// The name that the box office wrote down for a guest.
    pub guest: Option<String>,
}

/// A page of tickets, those of the newest payment first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedTicketsBody {
    pub tickets: Vec<ListedTicketBody>,
    /// `null` at the end. A page may have fewer rows than it could and more behind it.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// A ticket and how it was sold.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedTicketBody {
    #[serde(flatten)]
    pub ticket: TicketBody,
    pub concert_id: values::ConcertId,
    pub payment_id: values::PaymentId,
    pub paid_at: Instant,
    /// Who has paid it; `null` for a guest without an account.
    pub user_id: Option<values::UserId>,
    pub username: Option<Username>,
    /// The name that the box office wrote down for a guest.
    pub guest: Option<String>,
    /// Who has it now; `null`: whoever shows its code.
    pub holder: Option<values::UserId>,
}

impl ListedPaymentBody {
    pub(super) fn of(ListedPayment { told, user }: ListedPayment) -> Self {
        let payment = &told.payment;
        Self {
            user_id: payment.user.map(values::UserId),
            username: user.map(|user| Username(user.username)),
            guest: payment.guest.clone(),
            payment: PaymentBody::of(told.id, payment, &told.tickets, &told.concert),
        }
    }
}

impl ListedTicketBody {
    pub(super) fn of(listed: ListedTicket) -> Self {
        let (user_id, username) = listed.buyer.map(|(id, user)| (values::UserId(id), Username(user.username))).unzip();
        Self {
            ticket: TicketBody::of(&listed.ticket),
            concert_id: values::ConcertId(listed.concert),
            payment_id: values::PaymentId(listed.payment),
            paid_at: Instant(listed.paid_at),
            user_id,
            username,
            guest: listed.guest,
            holder: listed.holder.map(values::UserId),
        }
    }
}

impl CsvRow for ListedPaymentBody {
    const COLUMNS: &'static [&'static str] = &[
        "paymentId",
        "paidAt",
        "concertId",
        "date",
        "seats",
        "amount",
        "refunded",
        "paidBy",
        "status",
        "userId",
        "username",
        "guest",
        "refundedAt",
        "refundReason",
    ];
}

impl CsvRow for ListedTicketBody {
    const COLUMNS: &'static [&'static str] = &[
        "ticketId",
        "status",
        "concertId",
        "date",
        "seat",
        "section",
        "rowLabel",
        "label",
        "price",
        "paymentId",
        "paidAt",
        "userId",
        "username",
        "guest",
        "holder",
        "voidReason",
    ];
}
