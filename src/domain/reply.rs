//! What a command answers when it went through. Replies are kept with idempotency keys, so they hold everything
//! that the answer needs and never a time that would be computed again.

use serde::{Deserialize, Serialize};

use super::{
    CalendarDate, ConcertNo, ConcertRow, PaymentId, PlaceView, Sequence, Settings, TicketId, Timestamp, User, UserId,
    WallOffset, WallTime,
};

/// A queue place as it stood when it was asked for, with what its token is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedPlace {
    pub concert: ConcertNo,
    pub sequence: Sequence,
    pub view: PlaceView,
    pub at: Timestamp,
    /// When the sale was to open.
    pub opens_at: Option<Timestamp>,
    /// How the wall clock lay to the log's time.
    pub offset: WallOffset,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It is done and there is nothing to tell.
    Done,
    User {
        id: UserId,
        user: User,
        balance: u64,
    },
    /// The concert as it was written, and the settings that were in force.
    Concert {
        concert: ConcertNo,
        row: Box<ConcertRow>,
        settings: Box<Settings>,
    },
    Joined(IssuedPlace),
    /// The user had a live place already.
    AlreadyQueued(IssuedPlace),
    Left,
    Reserved(Reserved),
    Canceled {
        date: CalendarDate,
        seats: Vec<u32>,
        canceled_at: WallTime,
    },
    Paid {
        payment: PaymentId,
        user: UserId,
        date: CalendarDate,
        amount: u64,
        balance: u64,
        paid_at: WallTime,
        tickets: Vec<Ticket>,
    },
    Charged {
        user: UserId,
        balance: u64,
        entry: u64,
        charged_at: WallTime,
    },
    Refunded {
        payment: PaymentId,
        amount: u64,
        refunded_at: WallTime,
    },
    /// How many rows a sweep dropped, and whether it stopped at its bound with more to drop.
    Swept {
        dropped: u32,
        more_due: bool,
    },
}

/// Seats that are held now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    pub date: CalendarDate,
    /// Ascending.
    pub seats: Vec<u32>,
    /// The sum of their prices.
    pub amount: u64,
    /// Seconds until the earliest of their holds lapses, rounded up.
    pub expires_in: u64,
    pub expires_at: WallTime,
}

/// A ticket in the words in which it was sold, whatever becomes of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub seat: u32,
    pub ticket: TicketId,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
}
