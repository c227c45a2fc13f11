//! Steps about tickets, what is told of them, and facts: gates, and users who hand tickets over.

use super::words::{date, joined, number, pair, wall, wall_text};
use super::world::World;
use crate::domain::commands::{self, Scan};
use crate::domain::{Admittance, CheckedIn, Command, ConcertNo, TicketAccepted, TicketId, TicketStatus, UserId};

fn ticket(word: &str) -> TicketId {
    TicketId(number(word))
}

/// `admits 1 gate=north scanned=10 device=x version=1 for=spring for_date=24`, and `reports` in the same words.
pub(super) fn at_gate(world: &World, verb: &str, words: &[&str]) -> Command {
    let mut asked = commands::CheckIn {
        ticket: ticket(words[0]),
        version: None,
        concert: None,
        date: None,
        gate: None,
        device: None,
        scan: Scan::Live(None),
    };
    let mut scanned = None;
    for (key, value) in words[1..].iter().map(|word| pair(word)) {
        match key {
            "gate" => asked.gate = Some(value.to_owned()),
            "device" => asked.device = Some(value.to_owned()),
            "version" => asked.version = Some(number(value)),
            "for" => asked.concert = Some(world.concert(Some(value))),
            "for_date" => asked.date = Some(date(value)),
            "scanned" => scanned = Some(wall(value)),
            other => panic!("{other:?} is something that a gate says"),
        }
    }
    asked.scan = match verb {
        "admits" => Scan::Live(scanned),
        "reports" => Scan::Reported(scanned.expect("a report says when")),
        other => panic!("{other:?} is something that a gate does"),
    };
    asked.into()
}

/// `returns 1 device=x why=mistake`.
pub(super) fn returns(words: &[&str]) -> Command {
    let of = |wanted: &str| {
        let mut pairs = words[1..].iter().map(|word| pair(word));
        pairs.find(|(key, _)| *key == wanted).map(|(_, value)| value.to_owned())
    };
    commands::ReturnTicket { ticket: ticket(words[0]), device: of("device"), reason: of("why") }.into()
}

/// `offers 1 to=lee`. The secret of an offer is that of the newest, unless `by` says another.
pub(super) fn offers(world: &mut World, user: Option<UserId>, words: &[&str]) -> Command {
    let to = words.get(1).map(|word| world.user(pair(word).1));
    world.offers += 1;
    commands::OfferTicket { ticket: ticket(words[0]), user, to, secret: world.offers }.into()
}

pub(super) fn withdraws(user: Option<UserId>, word: &str) -> Command {
    commands::WithdrawOffer { ticket: ticket(word), user }.into()
}

/// `accepts 1 by=4`.
pub(super) fn accepts(world: &World, user: UserId, words: &[&str]) -> Command {
    let secret = words.get(1).map_or(world.offers, |word| number(pair(word).1));
    commands::AcceptTicket { ticket: ticket(words[0]), user, secret }.into()
}

fn gate(admittance: &Admittance) -> &str {
    admittance.gate.as_deref().unwrap_or("-")
}

pub(super) fn already_used(admittance: &Admittance) -> String {
    format!("refused AlreadyUsed at {} {}", wall_text(admittance.at), gate(admittance))
}

pub(super) fn entered(CheckedIn { ticket, conflict, .. }: &CheckedIn) -> String {
    match conflict {
        Some(later) => format!("enter {} before {} {}", ticket.0, wall_text(later.at), gate(later)),
        None => format!("enter {}", ticket.0),
    }
}

pub(super) fn accepted(TicketAccepted { ticket, row }: &TicketAccepted) -> String {
    format!("accepted {} version {}", ticket.0, row.version)
}

/// How a ticket stands: `used:10:north`.
pub(super) fn status(world: &World, word: &str) -> String {
    match &world.rows.tickets[&ticket(word)].status {
        TicketStatus::Valid => "valid".to_owned(),
        TicketStatus::Used(admittance) => format!("used:{}:{}", wall_text(admittance.at), gate(admittance)),
        TicketStatus::Void { .. } => "void".to_owned(),
    }
}

/// The tickets that a user has.
pub(super) fn held_by(world: &World, user: UserId) -> String {
    joined(world.rows.tickets.iter().filter(|(_, row)| row.holder == Some(user)).map(|(id, _)| id.0))
}

/// The tickets that others handed over to a user.
pub(super) fn received_by(world: &World, user: UserId) -> String {
    joined(world.rows.received_tickets.keys().filter(|(of, _)| *of == user).map(|(_, id)| id.0))
}

/// The tickets of a concert as a door is told them.
pub(super) fn door(world: &World, concert: ConcertNo) -> String {
    joined(world.rows.date_tickets.iter().filter(|((of, _), _)| *of == concert).map(|(_, id)| id.0))
}
