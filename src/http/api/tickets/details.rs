//! Tickets as those see them who have them, and as the operator does.

use serde::Serialize;
use utoipa::ToSchema;

use super::body::TicketStatusBody;
use crate::domain::TicketStatus;
use crate::http::request::page::Cursor;
use crate::http::values::{
    self, CurrencyCode, Date, Instant, Price, SeatNumber, SectionName, TicketCodeText, TimeOfDay, Title,
};
use crate::node::ToldTicket;

/// A page of the tickets that a user has: those that others handed over, then those that the user bought, of either the
/// newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TicketsBody {
    pub tickets: Vec<TicketDetailsBody>,
    /// An ISO 4217 code; prices count its smallest unit.
    pub currency: CurrencyCode,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// A ticket in the words in which it was sold, and when what it is for takes place.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketDetailsBody {
    pub ticket_id: values::TicketId,
    /// What its QR holds; a void ticket has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<TicketCodeText>,
    pub status: TicketStatusBody,
    pub concert_id: values::ConcertId,
    #[schema(value_type = Title)]
    pub title: String,
    /// On which it is held.
    pub date: Date,
    /// The date that it was sold for, when it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
    /// `HH:MM` in the concert's zone.
    pub starts_at: Option<TimeOfDay>,
    /// The instant of `startsAt`; of a time that clocks show twice it is the first.
    pub begins_at: Option<Instant>,
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    #[schema(value_type = SectionName)]
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    /// The row as the hall calls it.
    pub row_label: String,
    /// Row and seat as the hall calls them.
    pub label: String,
    #[schema(value_type = Price)]
    pub price: u32,
    pub payment_id: values::PaymentId,
    /// The name of whoever has it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub holder: Option<String>,
    /// Until when it is offered to somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offered_until: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub used_at: Option<Instant>,
    /// Where it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
}

impl TicketDetailsBody {
    /// The ticket, with its `code` for whoever may have it.
    pub(crate) fn of(told: ToldTicket, code: Option<String>) -> Self {
        let ToldTicket { id, row, concert, title, held, holder, offered_until } = told;
        let status = TicketStatusBody::of(&row.status);
        let (used, void_reason) = match row.status {
            TicketStatus::Valid => (None, None),
            TicketStatus::Used(admittance) => (Some(admittance), None),
            TicketStatus::Void { reason, .. } => (None, Some(reason)),
        };
        Self {
            ticket_id: values::TicketId(id),
            code: code.map(TicketCodeText),
            status,
            concert_id: values::ConcertId(concert),
            title,
            date: Date(held.date),
            moved_from: held.moved_from.map(Date),
            starts_at: held.starts_at_minutes.map(TimeOfDay),
            begins_at: held.begins_at.map(Instant),
            seat: row.key.seat,
            section: row.section,
            row: row.row,
            row_label: row.row_label,
            label: row.label,
            price: row.price,
            payment_id: values::PaymentId(row.payment),
            holder,
            offered_until: offered_until.map(Instant),
            used_at: used.as_ref().map(|admittance| Instant(admittance.at)),
            gate: used.and_then(|admittance| admittance.gate),
            void_reason,
        }
    }
}
