//! Each ticket has its row in the list of its door, and whoever it was handed over to has theirs.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::report::Findings;
use crate::domain::{ConcertNo, RowFault, TicketId, TicketRow, UserId, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let mut newest = 0;
    // Handed over: nobody who paid has them.
    let mut received: BTreeSet<(UserId, TicketId)> = BTreeSet::new();
    for row in at_rest.all::<tables::Tickets>()? {
        let (id, ticket) = row?;
        newest = newest.max(ticket.change);
        if let Some(what) = wrong_change(at_rest, id, &ticket)? {
            findings.note("tickets", Uuid::from_u128(id.0), what);
        }
        // Whose payment is missing is told of the payments.
        let Some(payment) = at_rest.get::<tables::Payments>(&ticket.payment)? else { continue };
        if let Some(holder) = ticket.holder.filter(|holder| Some(*holder) != payment.user) {
            received.insert((holder, id));
        }
    }
    if newest > at_rest.totals()?.last_ticket_change {
        findings.note("totals", "last_ticket_change", format!("the newest change of a ticket is {newest}"));
    }
    check_lists(at_rest, findings)?;
    check_received(at_rest, received, findings)
}

fn wrong_change(at_rest: &RowsAtRest, id: TicketId, ticket: &TicketRow) -> Result<Option<String>, RowFault> {
    let listed = at_rest.get::<tables::DateTickets>(&(ticket.concert, (ticket.key.date, ticket.change)))?;
    let what = || format!("the list of its door does not have its change {}", ticket.change);
    Ok((listed != Some(id)).then(what))
}

/// Every row of a list is that of a ticket's last change.
fn check_lists(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::DateTickets>()? {
        let ((concert, (date, number)), id) = row?;
        let of_ticket = at_rest.get::<tables::Tickets>(&id)?;
        let is_right = |ticket: &TicketRow| {
            let of: (ConcertNo, _, u64) = (ticket.concert, ticket.key.date, ticket.change);
            of == (concert, date, number)
        };
        if !of_ticket.as_deref().is_some_and(is_right) {
            let name = format!("concert {} date {date} change {number}", concert.0);
            let ticket = Uuid::from_u128(id.0);
            findings.note("date_tickets", name, format!("it is not the last change of ticket {ticket}"));
        }
    }
    Ok(())
}

fn check_received(
    at_rest: &RowsAtRest,
    mut expected: BTreeSet<(UserId, TicketId)>,
    findings: &mut Findings,
) -> Result<(), RowFault> {
    let name = |(user, ticket): (UserId, TicketId)| {
        format!("user {} ticket {}", Uuid::from_u128(user.0), Uuid::from_u128(ticket.0))
    };
    for row in at_rest.all::<tables::ReceivedTickets>()? {
        let (key, ()) = row?;
        if !expected.remove(&key) {
            findings.note("received_tickets", name(key), "the user does not have it, or paid for it");
        }
    }
    for key in expected {
        findings.note("received_tickets", name(key), "the user has it, and no row says so");
    }
    Ok(())
}
