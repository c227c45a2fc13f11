//! The rows that the database keeps. The list of their tables is in `tables`; how a command reads them is in
//! `row_reader`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::concert::Definition;
use super::ids::{ConcertId, LineOrder, PaymentId, SeatKey, Sequence, UserId};
use super::money::{Currency, EntryKind};
use super::time::{CalendarDate, Minute, Timestamp, WallOffset, WallTime};
use super::username::Username;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Counts users in the order in which they came, from 1.
    pub number: u64,
    pub username: Username,
    pub email: Option<String>,
    pub standing: UserStanding,
    pub created_at: WallTime,
    pub updated_at: WallTime,
    pub deleted_at: Option<WallTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserStanding {
    Welcome,
    Blocked,
}

/// A user's prepaid balance and the newest rows of the user's two histories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    pub balance: u64,
    /// The newest ledger entry; older ones follow by [`LedgerEntry::previous`].
    pub last_entry: Option<u64>,
    /// The newest payment; older ones follow by [`super::Payment::previous`].
    pub last_payment: Option<PaymentId>,
    pub updated_at: WallTime,
}

/// One movement of money: it debits one account and credits another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub kind: EntryKind,
    /// Whose wallet it moves; `None` when no wallet has a part in it.
    pub user: Option<UserId>,
    /// Whole units, never negative; the kind gives the direction.
    pub amount: u64,
    /// The wallet's balance after it; 0 without a wallet.
    pub balance: u64,
    pub at: WallTime,
    pub payment: Option<PaymentId>,
    /// The wallet's entry before this one.
    pub previous: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcertRow {
    pub id: ConcertId,
    /// Shared with who looks at it while commands go on; a change makes a new one.
    pub definition: Arc<Definition>,
    /// Counts the changes of the definition, from 1.
    pub revision: u32,
    /// When the sale closed by itself; a wall clock that is set back before the closing time opens it again.
    pub closed_at: Option<WallTime>,
    /// When its newest pause ended; nobody was missed while it lasted.
    pub resumed_at: Option<Timestamp>,
    pub created_at: WallTime,
    pub updated_at: WallTime,
}

/// The counters of a concert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// The arrival sequence that was given last.
    pub last_sequence: u64,
    /// The reservation number that was given last.
    pub last_reservation: u64,
    /// Places that were ever admitted.
    pub admitted: u64,
    /// The first and the last minute of which there may be a row of the series.
    pub series: Option<(Minute, Minute)>,
}

/// A live queue place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    pub user: UserId,
    pub issued_at: Timestamp,
    pub order: LineOrder,
    /// When it was admitted and until when it lasts of itself; `None` while WAITING.
    pub active: Option<(Timestamp, Timestamp)>,
}

/// A queue place that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedPlace {
    pub place: PlaceRow,
    pub reason: EndReason,
    pub ended_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EndReason {
    Paid,
    Left,
    TimedOut,
    HoldLapsed,
    Abandoned,
    Closed,
    Blocked,
    Deleted,
}

/// A seat that is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatRow {
    Held {
        user: UserId,
        sequence: Sequence,
        /// The number of its [`Reservation`].
        reservation: u64,
        /// The user's reservation before that one.
        previous: Option<u64>,
        reserved_at: WallTime,
        expires_at: Timestamp,
        /// What it costs: the price when it was held.
        amount: u32,
    },
    Sold {
        /// `None`: a guest without an account.
        user: Option<UserId>,
        payment: PaymentId,
        /// Of the user's; a guest has none.
        reservation: Option<u64>,
        amount: u32,
    },
}

impl SeatRow {
    /// Which user holds or owns the seat; `None` when a guest owns it.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Held { user, .. } => Some(*user),
            Self::Sold { user, .. } => *user,
        }
    }
}

/// The history of one seat in one user's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub user: UserId,
    pub key: SeatKey,
    pub status: ReservationStatus,
    pub reserved_at: WallTime,
    pub expires_at: Timestamp,
    pub amount: u32,
    pub updated_at: WallTime,
    /// How the wall clock lay to the log's time then: what has ended is told by it.
    pub offset: WallOffset,
    /// The same user's reservation at this concert before this one.
    pub previous: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReservationStatus {
    Held,
    Paid(PaymentId),
    Canceled,
    Expired,
    Refunded(PaymentId),
}

/// What one user has at one concert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// Seats owned now, over all dates.
    pub owned: u32,
    /// The newest reservation; older ones follow by [`Reservation::previous`].
    pub last_reservation: Option<u64>,
}

/// What a sale that is over sold: in place of its seats in memory, which are read from their rows where they are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Ascending, those with a sold or a blocked seat.
    pub dates: Vec<ArchivedDate>,
}

/// A seat that its organiser keeps back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    pub reason: String,
    pub since: WallTime,
}

/// What was sold of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedDate {
    pub date: CalendarDate,
    pub sold: u32,
    pub blocked: u32,
    /// Whole units of the currency, refunds taken off.
    pub revenue: u64,
}

impl ArchivedDate {
    /// Of a date without a sold or blocked seat.
    pub fn none(date: CalendarDate) -> Self {
        Self { date, sold: 0, blocked: 0, revenue: 0 }
    }
}

/// What is counted over everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The sequence number of the newest event.
    pub last_event: u64,
    /// The oldest event that is kept.
    pub first_event: u64,
    /// The number of the newest concert; that of a deleted one is not given again.
    pub last_concert: u32,
    /// The number of the newest user.
    pub last_user: u64,
    /// The number of the newest ledger entry.
    pub last_entry: u64,
    /// The number of the newest idempotency record, counted in order of their writing.
    pub last_answer: u64,
    /// The oldest idempotency record that is kept.
    pub first_answer: u64,
    /// The number of the newest change of a ticket that a door has to know of.
    pub last_ticket_change: u64,
    /// The balances of the accounts that are not wallets.
    pub funding: i128,
    pub revenue: i128,
    pub cash: i128,
    pub card: i128,
    /// The latest time of a command that is not about one concert.
    pub now: Timestamp,
    /// The currency of every amount, from the first user or concert on.
    pub currency: Option<Currency>,
}

/// A row could not be read: the disk failed or the bytes are damaged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct RowFault(pub String);
