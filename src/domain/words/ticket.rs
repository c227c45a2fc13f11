//! A ticket as it is told.

use serde::{Deserialize, Serialize};

use super::ids::{SeatKey, TicketId};
use super::payments::{TicketRow, TicketStatus};
use super::rejection::Rejection;
use super::time::CalendarDate;

/// A ticket in the words in which it was sold, whatever becomes of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub ticket: TicketId,
    pub key: SeatKey,
    /// When it is for: another date than that of the key once it was moved.
    pub held_on: CalendarDate,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    pub row_label: String,
    pub label: String,
    pub price: u32,
    pub status: TicketStatus,
}

impl Ticket {
    pub fn of(ticket: TicketId, row: &TicketRow, held_on: CalendarDate) -> Self {
        Self {
            ticket,
            key: row.key,
            held_on,
            section: row.section.clone(),
            row: row.row,
            row_label: row.row_label.clone(),
            label: row.label.clone(),
            price: row.price,
            status: row.status.clone(),
        }
    }

    /// Puts tickets into the order in which they are told: by the day that each is for, and by seat.
    pub fn sort(tickets: &mut [Self]) {
        tickets.sort_by_key(|ticket| (ticket.held_on, ticket.key.seat));
    }
}

/// The number of the code with which a ticket is sold.
pub const FIRST_VERSION: u8 = 1;
/// What is said of a code that a ticket had before it was handed over.
const HANDED_OVER: &str = "handed over";

impl TicketRow {
    /// That a ticket stands, and that a code of `version`, where one is shown, is its newest.
    ///
    /// # Errors
    /// [`Rejection::TicketVoid`] with why.
    pub fn is_good(&self, version: Option<u8>) -> Result<(), Rejection> {
        match &self.status {
            TicketStatus::Void { reason, .. } => Err(Rejection::TicketVoid { reason: reason.clone() }),
            TicketStatus::Valid | TicketStatus::Used(_) if version.is_some_and(|shown| shown != self.version) => {
                Err(Rejection::TicketVoid { reason: HANDED_OVER.to_owned() })
            }
            TicketStatus::Valid | TicketStatus::Used(_) => Ok(()),
        }
    }
}
