//! Tickets, as payments tell of them.

mod body;

pub(super) use body::{ItemBody, TicketBody, items};
