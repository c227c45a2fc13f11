//! A ticket as it is sold.

use serde::{Deserialize, Serialize};

use super::ids::TicketId;

/// A ticket in the words in which it was sold, whatever becomes of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub seat: u32,
    pub ticket: TicketId,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
}
