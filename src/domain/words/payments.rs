//! The rows of what was bought: payments and tickets.

use serde::{Deserialize, Serialize};

use super::ids::{ConcertNo, PaymentId, SeatKey, TicketId, UserId};
use super::money::Means;
use super::time::{CalendarDate, Timestamp, WallTime};

/// Seats that were sold in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// `None`: a guest without an account.
    pub user: Option<UserId>,
    /// The name that the box office wrote down for a guest.
    pub guest: Option<String>,
    pub concert: ConcertNo,
    /// Ascending by date and seat, at least one; they stay as they were sold, refunded or not.
    pub items: Vec<SoldSeat>,
    /// As paid: the sum of the items.
    pub amount: u64,
    /// What of it was given back.
    pub refunded: u64,
    pub paid_by: Means,
    /// Why the box office sold it so, for nothing or at another price.
    pub reason: Option<String>,
    pub paid_at: WallTime,
    pub status: PaymentStatus,
    /// The same user's payment before this one.
    pub previous: Option<PaymentId>,
}

/// A seat of a payment, what it cost, and the ticket that it was sold with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldSeat {
    pub date: CalendarDate,
    pub seat: u32,
    pub amount: u32,
    pub ticket: TicketId,
}

impl SoldSeat {
    pub fn key(&self) -> SeatKey {
        SeatKey { date: self.date, seat: self.seat }
    }
}

/// The right to a seat, in the words in which it was sold, whatever becomes of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRow {
    pub payment: PaymentId,
    pub concert: ConcertNo,
    pub key: SeatKey,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    /// The row as people call it.
    pub row_label: String,
    /// Row and seat as people call them.
    pub label: String,
    pub price: u32,
    /// Who has it; `None`: whoever shows its code.
    pub holder: Option<UserId>,
    /// Counts its codes, from 1.
    pub version: u8,
    pub status: TicketStatus,
    /// The entry that was taken back last: reported again, it is none.
    pub returned: Option<Admittance>,
    /// To whom it is offered.
    pub offer: Option<Box<Offer>>,
    /// The number of its last change among those of all tickets, by which a door follows them.
    pub change: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketStatus {
    Valid,
    /// Somebody was let in with it.
    Used(Admittance),
    /// Its seat was refunded.
    Void {
        at: WallTime,
        reason: String,
    },
}

impl TicketStatus {
    /// Whether its seat is still that of its payment.
    pub fn stands(&self) -> bool {
        match self {
            Self::Valid | Self::Used(_) => true,
            Self::Void { .. } => false,
        }
    }
}

/// An offer of a ticket to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who alone may accept it; `None` is whoever knows the secret.
    pub to: Option<UserId>,
    /// What accepting it takes.
    pub secret: u128,
    pub expires_at: Timestamp,
}

/// An entry through a gate. Of several the least is the entry: the earliest, and of two of one instant always the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Admittance {
    pub at: WallTime,
    pub gate: Option<String>,
    pub device: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentStatus {
    Paid,
    /// Some of its seats were given back, the last of them then.
    PartlyRefunded {
        at: WallTime,
        reason: String,
    },
    /// All of its seats were given back, the last of them then.
    Refunded {
        at: WallTime,
        reason: String,
    },
}

impl PaymentStatus {
    /// Whether nothing of it is left.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Paid | Self::PartlyRefunded { .. } => false,
            Self::Refunded { .. } => true,
        }
    }
}
