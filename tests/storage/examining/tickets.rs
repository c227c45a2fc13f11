//! What is broken of tickets, of the lists of doors and of tickets in other hands.

use jari::domain::{Rows, Table, TicketId, TicketRow, TicketStatus, Totals, WallTime, tables};

use super::{CONCERT, HOLDER, check, key, rows};
use crate::office::date;

#[test]
fn a_ticket_that_is_not_that_of_its_payment_is_found() {
    let first = TicketId(1);
    let ticket = rows(|opened| opened.replica.store().get::<tables::Tickets>(&first).expect("read").expect("there"));
    let paid = "payments 00000000-0000-0000-0000-000000000001";
    let unlisted = "date_tickets concert 1 date 2040-12-24 change 1: it is not the last change of ticket \
                    00000000-0000-0000-0000-000000000001";
    check(
        vec![tables::Tickets::change(first, None)],
        &[&format!("{paid}: the ticket of seat 1 does not exist"), unlisted],
    );
    let void = TicketRow { status: TicketStatus::Void { at: WallTime(0), reason: String::new() }, ..(*ticket).clone() };
    check(
        vec![tables::Tickets::change(first, Some(Box::new(void)))],
        &[&format!("{paid}: the ticket of seat 1 is void, but the seat is sold by it")],
    );
    let moved = TicketRow { key: key(4), ..(*ticket).clone() };
    check(
        vec![tables::Tickets::change(first, Some(Box::new(moved)))],
        &[&format!("{paid}: the ticket of seat 1 is that of another payment or seat")],
    );
    check(
        vec![tables::Tickets::change(TicketId(77), Some(ticket))],
        &[
            "tickets rows: 1 of them are listed by no payment",
            "tickets 00000000-0000-0000-0000-00000000004d: the list of its door does not have its change 1",
        ],
    );
}

#[test]
fn tickets_that_no_door_knows_of_and_hand_overs_that_nobody_made_are_found() {
    let first = TicketId(1);
    let ticket = rows(|opened| opened.replica.store().get::<tables::Tickets>(&first).expect("read").expect("there"));
    let of_date = |change: u64| (CONCERT, (date(), change));
    let name = "00000000-0000-0000-0000-000000000001";
    check(
        vec![tables::DateTickets::change(of_date(ticket.change), None)],
        &[&format!("tickets {name}: the list of its door does not have its change 1")],
    );
    check(
        vec![tables::DateTickets::change(of_date(99), Some(first))],
        &[&format!("date_tickets concert 1 date 2040-12-24 change 99: it is not the last change of ticket {name}")],
    );
    let received = format!("received_tickets user 00000000-0000-0000-0000-000000000002 ticket {name}");
    let handed = TicketRow { holder: Some(HOLDER), ..*ticket };
    check(
        vec![tables::Tickets::change(first, Some(Box::new(handed)))],
        &[&format!("{received}: the user has it, and no row says so")],
    );
    check(
        vec![tables::ReceivedTickets::change((HOLDER, first), Some(()))],
        &[&format!("{received}: the user does not have it, or paid for it")],
    );
    let totals = rows(|opened| opened.replica.store().totals().expect("read"));
    check(
        vec![tables::Totals::change((), Some(Totals { last_ticket_change: 2, ..totals }))],
        &["totals last_ticket_change: the newest change of a ticket is 3"],
    );
}
