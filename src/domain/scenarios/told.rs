//! Answers in words, as scenarios expect them.

use super::ticket_steps;
use super::words::{joined, wall_text};
use super::world::{Told, World};
use crate::domain::{
    BlockChanged, Canceled, Charged, Command, ConcertWritten, Done, Event, EventData, IssuedPlace, Joined, KeyWritten,
    Left, Means, Origin, Paid, PlaceRef, PlaceView, Refunded, Rejection, ReleaseReason, Reply, Reserving, SaleStatus,
    SeatKey, Sold, Swept, Ticket, TicketOffered, TicketReturned, UserId, UserStanding, UserWritten, Withdrawn,
    commands,
};

/// What became of a command.
pub(super) fn answer(world: &World, command: &Command, result: &Result<Reply, Rejection>, origin: Origin) -> String {
    let told = match result {
        Ok(reply) => in_words(world, command, reply, origin),
        // How long to wait before the next poll is what `waiting_time` is about.
        Err(Rejection::QueueWaiting { position, .. }) => format!("refused QueueWaiting {{ position: {position} }}"),
        Err(Rejection::AlreadyUsed(admittance)) => ticket_steps::already_used(admittance),
        Err(rejection) => format!("refused {rejection:?}"),
    };
    if origin == Origin::Replayed && result.is_ok() { format!("replayed {told}") } else { told }
}

fn in_words(world: &World, command: &Command, reply: &Reply, origin: Origin) -> String {
    match reply {
        Reply::Done(Done) => "done".to_owned(),
        Reply::UserWritten(UserWritten { user, .. }) if user.deleted_at.is_some() => "deleted".to_owned(),
        Reply::UserWritten(UserWritten { user, balance, .. }) => match user.standing {
            UserStanding::Welcome => format!("{} has {balance}", user.username),
            UserStanding::Blocked => "blocked".to_owned(),
        },
        Reply::ConcertWritten(ConcertWritten { row, .. }) => {
            format!("{} revision {}", status(row.definition.status), row.revision)
        }
        Reply::Joined(Joined::New(IssuedPlace { sequence, .. }) | Joined::Already(IssuedPlace { sequence, .. })) => {
            let Command::Join(commands::Join { concert, user, .. }) = command else {
                panic!("only joining gives a place")
            };
            let place = standing(world.told(PlaceRef { concert: *concert, sequence: *sequence, user: *user }));
            if matches!(reply, Reply::Joined(Joined::Already(_))) { format!("same {place}") } else { place }
        }
        Reply::Left(Left) => "left".to_owned(),
        Reply::Reserved(held) => {
            if origin == Origin::Fresh {
                let seconds = (held.expires_at.0 - world.wall().0 + 999) / 1_000;
                assert_eq!(i128::from(held.expires_in), i128::from(seconds), "seconds left are rounded up");
            }
            format!("held {} for {} until {}", joined(&held.seats), held.amount, wall_text(held.expires_at))
        }
        Reply::Canceled(Canceled { seats, canceled_at, .. }) => {
            assert!(origin == Origin::Replayed || *canceled_at == world.wall(), "canceled when it was asked for");
            format!("canceled {}", joined(seats))
        }
        Reply::Paid(Paid { payment, user, amount, balance, paid_at, tickets, released }) => {
            assert!(origin == Origin::Replayed || *paid_at == world.wall(), "paid when it was asked for");
            assert!(origin == Origin::Replayed || are_told_on_their_days(world, tickets), "{tickets:?}");
            assert!(origin == Origin::Replayed || *released == given_back(world, *user), "what was given back is told");
            let seats = joined(tickets.iter().map(|ticket| ticket.key.seat));
            format!("paid {seats} for {amount} as {}, {balance} left", payment.0)
        }
        Reply::KeyWritten(KeyWritten { row, .. }) => format!("the key of {}", row.name),
        Reply::Withdrawn(Withdrawn { amount, balance, .. }) => format!("paid out {amount}, {balance} left"),
        Reply::Charged(Charged { balance, entry, .. }) => format!("balance {balance} by entry {entry}"),
        Reply::Sold(Sold { payment, amount, tickets, balance, .. }) => {
            let seats = joined(tickets.iter().map(|ticket| ticket.key.seat));
            let left = balance.map_or(String::new(), |balance| format!(", {balance} left"));
            format!("sold {seats} for {amount} as {}{left}", payment.0)
        }
        Reply::Refunded(Refunded { payment, amount, to, status, .. }) => {
            let part = if status.is_over() { "" } else { ", partly" };
            let to = match to {
                Means::Wallet => "",
                Means::Cash => ", in cash",
                Means::Card => ", by card",
                Means::Free => ", which was free",
            };
            format!("refunded {amount} of {}{part}{to}", payment.0)
        }
        Reply::BlockChanged(BlockChanged { seats, .. }) => {
            let verb = if matches!(command, Command::UnblockSeats(_)) { "unblocked" } else { "blocked" };
            format!("{verb} {}", joined(seats))
        }
        Reply::CheckedIn(entered) => ticket_steps::entered(entered),
        Reply::TicketReturned(TicketReturned { ticket, .. }) => format!("returned {}", ticket.0),
        Reply::TicketOffered(TicketOffered { ticket, expires_at, .. }) => {
            format!("offered {} until {}", ticket.0, wall_text(*expires_at))
        }
        Reply::TicketAccepted(accepted) => ticket_steps::accepted(accepted),
        Reply::Swept(Swept { dropped, more_due: false }) => format!("dropped {dropped}"),
        Reply::Swept(Swept { dropped, more_due: true }) => format!("dropped {dropped}, more due"),
    }
}

/// Whether tickets tell the days on which their dates are held.
fn are_told_on_their_days(world: &World, tickets: &[Ticket]) -> bool {
    tickets.iter().all(|ticket| {
        let concert = world.rows.tickets[&ticket.ticket].concert;
        ticket.held_on == world.sale(concert).row().definition.held_on(ticket.key.date)
    })
}

/// The seats of a user that the last step freed before their holds lapsed.
fn given_back(world: &World, user: UserId) -> Vec<SeatKey> {
    let of_user = |event: &Event| {
        let EventData::SeatReleased { user: of, date, seat, reason } = event.data else { return None };
        (of == Some(user) && reason == ReleaseReason::Canceled).then_some(SeatKey { date, seat })
    };
    world.step_events.iter().filter_map(of_user).collect()
}

/// How a place stands.
pub(super) fn standing(told: Told) -> String {
    match told {
        Told::Waiting(position) => format!("WAITING {position}"),
        Told::Active(until, Reserving::Open) => format!("ACTIVE until {}", wall_text(until)),
        Told::Active(until, Reserving::Over) => format!("ACTIVE until {}, reserving over", wall_text(until)),
        Told::Ended(reason) => format!("ended {reason:?}"),
        Told::Unknown => "unknown place".to_owned(),
    }
}

/// How long a waiting place is told to wait and when to ask again.
pub(super) fn estimate(view: Option<PlaceView>) -> String {
    match view {
        Some(PlaceView::Waiting { estimated_wait_seconds, poll_after_seconds, .. }) => {
            format!("wait {estimated_wait_seconds} poll {poll_after_seconds}")
        }
        Some(PlaceView::Active { .. }) => "no wait".to_owned(),
        None => "ended".to_owned(),
    }
}

pub(super) fn status(status: SaleStatus) -> &'static str {
    match status {
        SaleStatus::Draft => "draft",
        SaleStatus::OnSale => "on_sale",
        SaleStatus::Closed => "closed",
    }
}
