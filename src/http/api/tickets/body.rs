//! Tickets in the words in which they were sold.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Ticket, TicketStatus};
use crate::http::values::{self, Amount, Date, Price, SeatNumber, SectionName, TicketCodeText};

/// A ticket in the words in which it was sold, whatever became of the plan since.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct TicketBody {
    pub ticket_id: values::TicketId,
    /// What its QR holds, where it was just bought; later it is read with the ticket itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<TicketCodeText>,
    /// When it is for.
    pub date: Date,
    /// When it was sold for, if its date was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
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
    #[schema(value_type = Price)]
    pub price: u32,
    pub status: TicketStatusBody,
    /// Why it is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TicketStatusBody {
    /// It lets somebody in.
    Valid,
    /// Somebody was let in with it.
    Used,
    /// It lets nobody in any more: its seat was refunded.
    Void,
}

/// What was bought of one date.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct ItemBody {
    pub date: Date,
    /// When it was announced for first, if it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
    /// In words: section, row and seat.
    pub seats: Vec<String>,
    /// What they cost together.
    #[schema(value_type = Amount)]
    pub amount: u64,
    pub tickets: Vec<TicketBody>,
}

impl TicketStatusBody {
    pub(in crate::http::api) fn of(status: &TicketStatus) -> Self {
        match status {
            TicketStatus::Valid => Self::Valid,
            TicketStatus::Used(_) => Self::Used,
            TicketStatus::Void { .. } => Self::Void,
        }
    }
}

impl TicketBody {
    /// A ticket that was just bought, with its code.
    pub(in crate::http::api) fn bought(ticket: &Ticket, code: String) -> Self {
        Self { code: Some(TicketCodeText(code)), ..Self::of(ticket) }
    }

    pub(in crate::http::api) fn of(ticket: &Ticket) -> Self {
        let void_reason = match &ticket.status {
            TicketStatus::Valid | TicketStatus::Used(_) => None,
            TicketStatus::Void { reason, .. } => Some(reason.clone()),
        };
        Self {
            ticket_id: values::TicketId(ticket.ticket),
            date: Date(ticket.held_on),
            moved_from: moved_from(ticket),
            code: None,
            seat: ticket.key.seat,
            section: ticket.section.clone(),
            row: ticket.row,
            row_label: ticket.row_label.clone(),
            label: ticket.label.clone(),
            price: ticket.price,
            status: TicketStatusBody::of(&ticket.status),
            void_reason,
        }
    }
}

fn moved_from(ticket: &Ticket) -> Option<Date> {
    (ticket.held_on != ticket.key.date).then_some(Date(ticket.key.date))
}

/// Tickets, which ascend by the day that each is for, as what was bought of each.
pub(in crate::http::api) fn items(tickets: &[Ticket]) -> Vec<ItemBody> {
    let of_date = |tickets: &[Ticket]| ItemBody {
        date: Date(tickets[0].held_on),
        moved_from: moved_from(&tickets[0]),
        seats: tickets.iter().map(|ticket| format!("{} {}", ticket.section, ticket.label)).collect(),
        amount: tickets.iter().map(|ticket| u64::from(ticket.price)).sum(),
        tickets: tickets.iter().map(TicketBody::of).collect(),
    };
    tickets.chunk_by(|left, right| left.key.date == right.key.date).map(of_date).collect()
}
