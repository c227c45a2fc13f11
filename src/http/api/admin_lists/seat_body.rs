//! One seat, as the operator looks at it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::SeatWords;
use crate::http::api::users::Username;
use crate::http::values::{self, Date, Instant, Price, SeatNumber, SectionName};
use crate::node::{SeatHands, SeatNow};

/// A seat, and in whose hands it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeatBody {
    pub concert_id: values::ConcertId,
    pub date: Date,
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    #[schema(value_type = SectionName)]
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    /// The row as people call it.
    pub row_label: String,
    /// Row and seat as people call them.
    pub label: String,
    pub status: SeatStatusWord,
    /// Who holds or owns it; `null` when it is free or a guest's.
    pub user_id: Option<values::UserId>,
    pub username: Option<Username>,
    /// The name that the box office wrote down for a guest.
    pub guest: Option<String>,
    /// Why it is kept back.
    pub reason: Option<String>,
    /// When it was held, sold or kept back.
    pub since: Option<Instant>,
    /// When its hold lapses.
    pub expires_at: Option<Instant>,
    /// What it costs or has cost; `null` when it is free.
    #[schema(value_type = Option<Price>)]
    pub amount: Option<u32>,
    pub payment_id: Option<values::PaymentId>,
    pub ticket_id: Option<values::TicketId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SeatStatusWord {
    Free,
    Held,
    Sold,
    Blocked,
}

impl SeatBody {
    pub(super) fn of(concert_id: values::ConcertId, date: Date, seat: u32, now: SeatNow) -> Self {
        let SeatNow { words: SeatWords { section, row, row_label, label }, hands } = now;
        let free = Self {
            concert_id,
            date,
            seat,
            section,
            row,
            row_label,
            label,
            status: SeatStatusWord::Free,
            user_id: None,
            username: None,
            guest: None,
            reason: None,
            since: None,
            expires_at: None,
            amount: None,
            payment_id: None,
            ticket_id: None,
        };
        match hands {
            SeatHands::Free => free,
            SeatHands::Blocked { since, reason } => {
                Self { status: SeatStatusWord::Blocked, reason: Some(reason), since: Some(Instant(since)), ..free }
            }
            SeatHands::Held { user, username, since, expires_at, amount } => Self {
                status: SeatStatusWord::Held,
                user_id: Some(values::UserId(user)),
                username: Some(Username(username)),
                since: Some(Instant(since)),
                expires_at: Some(Instant(expires_at)),
                amount: Some(amount),
                ..free
            },
            SeatHands::Sold { buyer, guest, since, amount, payment, ticket } => {
                let (user_id, username) = buyer.map(|(id, name)| (values::UserId(id), Username(name))).unzip();
                Self {
                    status: SeatStatusWord::Sold,
                    user_id,
                    username,
                    guest,
                    since: Some(Instant(since)),
                    amount: Some(amount),
                    payment_id: Some(values::PaymentId(payment)),
                    ticket_id: Some(values::TicketId(ticket)),
                    ..free
                }
            }
        }
    }
}
