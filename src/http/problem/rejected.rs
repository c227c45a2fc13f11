//! The problem that a client is told when a command was judged and refused.

use super::{Problem, Reason};
use crate::calendar::write_instant;
use crate::domain::commands::{GATE_CLOCK_SKEW_SECONDS, SLIP_SECONDS};
use crate::domain::{Admittance, KEYS_MAX, Rejection, SeatKey};

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let because = Self::from;
        match rejection {
            Rejection::KeyEnded => because(Reason::TokenInvalid),
            Rejection::IdempotencyKeyReused => because(Reason::IdempotencyKeyReused),
            Rejection::PlaceEnded(why) => Self::token_expired(why),
            Rejection::UnknownPlace => because(Reason::TokenInvalid),
            Rejection::QueueWaiting { position, poll_after_seconds } => {
                Self::queue_waiting_for(position, poll_after_seconds)
            }
            Rejection::NotYours => because(Reason::NotYours),
            Rejection::UserBlocked => because(Reason::UserBlocked),
            Rejection::UserNotFound => because(Reason::UserNotFound),
            Rejection::ConcertNotFound => because(Reason::ConcertNotFound),
            Rejection::DateNotFound => because(Reason::DateNotFound),
            Rejection::SeatNotFound { seat } => Self::seat_not_found(seat),
            Rejection::SectionNotFound => because(Reason::SeatNotFound).saying("Section not found."),
            Rejection::PaymentNotFound => because(Reason::PaymentNotFound),
            Rejection::CalledOff { reason } => Self::date_called_off(&reason),
            Rejection::NotOnSale => because(Reason::NotOnSale),
            Rejection::SeatTaken { seat } => because(Reason::SeatTaken).with("seat", seat),
            Rejection::SeatNotBlocked { seat } => because(Reason::SeatNotBlocked).with("seat", seat),
            Rejection::AlreadyPaid { seat } => because(Reason::AlreadyPaid).with("seat", seat),
            Rejection::SeatLimit { limit } => because(Reason::SeatLimit).with("seatLimit", limit),
            Rejection::NoAdjacentSeats => because(Reason::NoAdjacentSeats),
            Rejection::HoldExpired { seat } => because(Reason::HoldExpired).with("seat", seat),
            Rejection::NothingHeld => because(Reason::ReservationNotFound),
            Rejection::ReservationNotFound { seat } => because(Reason::ReservationNotFound).with("seat", seat),
            Rejection::InsufficientBalance { balance, amount } => {
                because(Reason::InsufficientBalance).with("balance", balance).with("amount", amount)
            }
            Rejection::InvalidAmount { most } => because(Reason::InvalidAmount).with("most", most),
            Rejection::BalanceLimit { most } => because(Reason::BalanceLimit).with("most", most),
            Rejection::UsernameTaken => because(Reason::UsernameTaken),
            Rejection::ConcertExists => because(Reason::ConcertExists),
            Rejection::ConcertInUse { what } => {
                because(Reason::ConcertInUse).saying(format!("The concert is in use: {what}."))
            }
            Rejection::SeatsInUse { seats } => Self::seats_in_use(&seats),
            Rejection::Revised => because(Reason::ConcertInUse),
            Rejection::AlreadyRefunded => because(Reason::AlreadyRefunded),
            Rejection::SeatRefunded { key } => Self::seat_refunded(key),
            Rejection::SeatNotPaid { key } => Self::seat_not_paid(key),
            Rejection::SeveralDates => {
                Self::invalid("date", "given beside `seats`, since the payment spans several dates")
            }
            Rejection::KeyNotFound => because(Reason::KeyNotFound),
            Rejection::KeysFull => because(Reason::KeysFull).with("most", KEYS_MAX),
            Rejection::WalletNotEmpty => because(Reason::WalletNotEmpty),
            Rejection::TicketNotFound => because(Reason::TicketNotFound),
            Rejection::TicketVoid { reason } => because(Reason::TicketVoid).with("voidReason", reason),
            Rejection::AlreadyUsed(admittance) => Self::already_used(admittance),
            Rejection::WrongDate { date } => because(Reason::WrongDate).with("date", date.to_string()),
            Rejection::TicketOfAnotherConcert => {
                because(Reason::WrongDate).saying("The ticket is for another concert.")
            }
            Rejection::ScanAhead => Self::scan_ahead(),
            Rejection::ScanBeforeSale => Self::invalid("at", "after the ticket was sold"),
            Rejection::EntryUndone => because(Reason::ScanUndone),
            Rejection::TicketNotUsed => because(Reason::TicketNotUsed),
            Rejection::ReturnNeedsReason => Self::return_needs_reason(),
            Rejection::TransfersForbidden => because(Reason::TransfersForbidden),
            Rejection::TransferNotFound => because(Reason::TransferNotFound),
            Rejection::TransferExpired => because(Reason::TransferExpired),
            Rejection::TransferForAnother => because(Reason::NotYours).saying("The ticket is offered to another user."),
        }
    }
}

impl Problem {
    /// 409: the date does not take place; `reason` is what the operator wrote.
    fn date_called_off(reason: &str) -> Self {
        let message = format!("The date is called off: {}.", reason.trim_end_matches('.'));
        Self::from(Reason::DateCalledOff).saying(message)
    }

    /// 409: this seat of the payment was given back before.
    fn seat_refunded(SeatKey { date, seat }: SeatKey) -> Self {
        let message = format!("Seat {seat} of {date} is refunded already.");
        Self::from(Reason::AlreadyRefunded).saying(message).with("date", date.to_string()).with("seat", seat)
    }

    /// 404: the payment is not for this seat.
    fn seat_not_paid(SeatKey { date, seat }: SeatKey) -> Self {
        let message = format!("Seat {seat} of {date} is not in the payment.");
        Self::seat_not_found(seat).saying(message).with("date", date.to_string())
    }

    /// 409: somebody went in with the ticket; when, and through which gate.
    fn already_used(Admittance { at, gate, device }: Admittance) -> Self {
        let told = [("gate", gate), ("device", device)];
        let problem = Self::from(Reason::AlreadyUsed).with("usedAt", write_instant(at));
        told.into_iter().fold(problem, |problem, (name, value)| match value {
            Some(value) => problem.with(name, value),
            None => problem,
        })
    }

    /// 400: a gate reports a scan that has yet to come.
    fn scan_ahead() -> Self {
        let expected = format!("at most {GATE_CLOCK_SKEW_SECONDS} seconds ahead of the server's clock");
        Self::invalid("at", expected)
    }

    /// 400: an entry that is no slip is taken back for a reason only.
    fn return_needs_reason() -> Self {
        let expected = format!("given, unless the same device takes it back within {SLIP_SECONDS} seconds");
        Self::invalid("reason", expected)
    }
}
