//! Refusals: expected answers that are part of the contract, in the order in which they are checked.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ids::SeatKey;
use super::payments::Admittance;
use super::rows::{EndReason, RowFault};
use super::time::CalendarDate;

/// Why a command was refused. Nothing has changed when one is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum Rejection {
    /// The operator's key was taken away while the command was on its way.
    #[error("the operator's key is no longer good")]
    KeyEnded,
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    #[error("the queue place has ended: {0:?}")]
    PlaceEnded(EndReason),
    /// The token was signed by us, but names no place that ever was.
    #[error("the token names no queue place")]
    UnknownPlace,
    #[error("the queue place is still waiting at position {position}")]
    QueueWaiting { position: u64, poll_after_seconds: u32 },
    #[error("the place is that of another user")]
    NotYours,
    #[error("the user is blocked")]
    UserBlocked,
    #[error("there is no such user")]
    UserNotFound,
    #[error("there is no such concert")]
    ConcertNotFound,
    #[error("there is no such date")]
    DateNotFound,
    #[error("there is no seat {seat}")]
    SeatNotFound { seat: u32 },
    #[error("there is no such section")]
    SectionNotFound,
    #[error("there is no such payment")]
    PaymentNotFound,
    #[error("the date is called off: {reason}")]
    CalledOff { reason: String },
    #[error("the concert is not on sale")]
    NotOnSale,
    #[error("seat {seat} is taken")]
    SeatTaken { seat: u32 },
    #[error("seat {seat} is not blocked")]
    SeatNotBlocked { seat: u32 },
    #[error("seat {seat} is already paid by the same user")]
    AlreadyPaid { seat: u32 },
    #[error("more than {limit} seats of the concert for one user")]
    SeatLimit { limit: u32 },
    #[error("no adjacent seats are left")]
    NoAdjacentSeats,
    #[error("the hold of seat {seat} has lapsed")]
    HoldExpired { seat: u32 },
    #[error("the place holds no seats")]
    NothingHeld,
    #[error("seat {seat} is not held by the user")]
    ReservationNotFound { seat: u32 },
    #[error("the wallet holds {balance}, {amount} is needed")]
    InsufficientBalance { balance: u64, amount: u64 },
    #[error("a charge must be 1 to {most}")]
    InvalidAmount { most: u64 },
    #[error("the wallet cannot hold more than {most}")]
    BalanceLimit { most: u64 },
    #[error("the username is taken")]
    UsernameTaken,
    #[error("the concert id is in use")]
    ConcertExists,
    #[error("the concert is in use: {what}")]
    ConcertInUse { what: String },
    /// These seats, ascending and at least one, are held or sold and stay where they are.
    #[error("{} seats that are held or sold would be taken away or lie elsewhere", seats.len())]
    SeatsInUse { seats: Vec<SeatKey> },
    /// The definition changed since it was read; read it again and repeat.
    #[error("the concert was changed meanwhile")]
    Revised,
    #[error("the payment is already refunded")]
    AlreadyRefunded,
    #[error("seat {} of {} is refunded already", key.seat, key.date)]
    SeatRefunded { key: SeatKey },
    #[error("seat {} of {} is not in the payment", key.seat, key.date)]
    SeatNotPaid { key: SeatKey },
    #[error("the payment spans several dates, so one has to be named")]
    SeveralDates,
    #[error("there is no such key")]
    KeyNotFound,
    #[error("there are as many keys as there may be")]
    KeysFull,
    #[error("the wallet is not empty")]
    WalletNotEmpty,
    /// There is none, or it is another user's.
    #[error("there is no such ticket")]
    TicketNotFound,
    #[error("the ticket is void: {reason}")]
    TicketVoid { reason: String },
    #[error("the ticket is used already")]
    AlreadyUsed(Admittance),
    #[error("the ticket is for {date}")]
    WrongDate { date: CalendarDate },
    #[error("the ticket is for another concert")]
    TicketOfAnotherConcert,
    #[error("the scan lies ahead of the clock")]
    ScanAhead,
    #[error("the scan lies before the sale of the ticket")]
    ScanBeforeSale,
    #[error("the entry was taken back after this scan")]
    EntryUndone,
    #[error("the ticket is not used")]
    TicketNotUsed,
    #[error("taking the entry back takes a reason")]
    ReturnNeedsReason,
    #[error("the concert forbids to hand tickets over")]
    TransfersForbidden,
    #[error("there is no such offer")]
    TransferNotFound,
    #[error("the offer has lapsed")]
    TransferExpired,
    #[error("the offer is for another user")]
    TransferForAnother,
}

impl Rejection {
    /// The seat of the date that it is about, where there is one.
    pub fn seat(&self) -> Option<u32> {
        if let Self::SeatTaken { seat }
        | Self::SeatNotBlocked { seat }
        | Self::AlreadyPaid { seat }
        | Self::HoldExpired { seat }
        | Self::ReservationNotFound { seat } = self
        {
            Some(*seat)
        } else {
            None
        }
    }
}

/// Why a command did not go through: it was refused, or a row that it needs could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error(transparent)]
    Fault(#[from] RowFault),
}
