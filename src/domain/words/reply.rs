//! What a command answers when it went through. Replies are kept with idempotency keys, so they hold everything
//! that the answer needs and never a time that would be computed again.

use serde::{Deserialize, Serialize};

use super::ids::{ConcertNo, PaymentId, SeatKey, Sequence, TicketId, UserId};
use super::money::Means;
use super::operators::{KeyId, OperatorKeyRow};
use super::payments::{Admittance, PaymentStatus, TicketRow};
use super::rows::{ConcertRow, User};
use super::settings::Settings;
use super::standing::LivePlace;
use super::ticket::Ticket;
use super::time::{CalendarDate, Timestamp, WallOffset, WallTime};

/// A queue place as it stood when it was asked for, with what its token is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedPlace {
    pub concert: ConcertNo,
    pub sequence: Sequence,
    pub place: LivePlace,
    pub at: Timestamp,
    /// When the sale was to open.
    pub opens_at: Option<Timestamp>,
    /// How the wall clock lay to the log's time.
    pub offset: WallOffset,
}

macro_rules! replies {
    ($($name:ident,)*) => {
        /// What a command answers, in the word of the idempotency records.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Reply {
            $($name($name),)*
        }

        $(impl From<$name> for Reply {
            fn from(reply: $name) -> Self {
                Self::$name(reply)
            }
        }

        impl TryFrom<Reply> for $name {
            type Error = Reply;

            /// The answer of one kind of command; another is given back.
            fn try_from(reply: Reply) -> Result<Self, Reply> {
                if let Reply::$name(reply) = reply { Ok(reply) } else { Err(reply) }
            }
        })*
    };
}

replies! {
    Done,
    UserWritten,
    ConcertWritten,
    Joined,
    Left,
    Reserved,
    Canceled,
    Paid,
    Charged,
    Refunded,
    Swept,
    BlockChanged, CheckedIn, Sold, TicketAccepted, TicketOffered, TicketReturned, Withdrawn, KeyWritten,
}

/// It is done and there is nothing to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done;

/// A user as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserWritten {
    pub id: UserId,
    pub user: User,
    pub balance: u64,
}

/// An operator's key as it was written, or as it was when it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyWritten {
    pub key: KeyId,
    pub row: OperatorKeyRow,
}

/// A concert as it was written, and the settings that were in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcertWritten {
    pub concert: ConcertNo,
    pub row: Box<ConcertRow>,
    pub settings: Box<Settings>,
}

/// The place of whoever joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joined {
    New(IssuedPlace),
    /// The user had a live place already.
    Already(IssuedPlace),
}

impl Joined {
    pub fn place(&self) -> &IssuedPlace {
        match self {
            Self::New(place) | Self::Already(place) => place,
        }
    }
}

/// The place was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left;

/// Seats that are free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    pub date: CalendarDate,
    pub seats: Vec<u32>,
    pub canceled_at: WallTime,
}

/// Seats that were bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    pub payment: PaymentId,
    pub user: UserId,
    pub amount: u64,
    /// Of the wallet, behind the payment.
    pub balance: u64,
    pub paid_at: WallTime,
    /// Ascending by date and seat, at least one.
    pub tickets: Vec<Ticket>,
    /// What the place held besides, and no longer does.
    pub released: Vec<SeatKey>,
}

/// Money that came into a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    pub user: UserId,
    pub balance: u64,
    /// The number of the ledger entry.
    pub entry: u64,
    pub charged_at: WallTime,
}

/// Money that was paid out of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub user: UserId,
    pub amount: u64,
    pub balance: u64,
    /// The number of the ledger entry.
    pub entry: u64,
    pub withdrawn_at: WallTime,
}

/// Seats that were given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    pub payment: PaymentId,
    /// What this refund gave back.
    pub amount: u64,
    /// What all refunds of the payment gave back.
    pub refunded: u64,
    /// The payment's.
    pub status: PaymentStatus,
    /// Where the money went.
    pub to: Means,
    pub refunded_at: WallTime,
    /// Of the seats, void.
    pub tickets: Vec<Ticket>,
}

/// Seats that were sold over the counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    pub payment: PaymentId,
    pub concert: ConcertNo,
    /// `None`: a guest.
    pub user: Option<UserId>,
    pub guest: Option<String>,
    pub amount: u64,
    pub paid_by: Means,
    /// Of the user's wallet, behind it.
    pub balance: Option<u64>,
    pub sold_at: WallTime,
    /// Ascending by seat, at least one.
    pub tickets: Vec<Ticket>,
}

/// How many rows a sweep dropped, and whether it stopped at its bound with more to drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    pub dropped: u32,
    pub more_due: bool,
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

/// Seats that are kept back now, or free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockChanged {
    pub date: CalendarDate,
    /// Ascending.
    pub seats: Vec<u32>,
    pub changed_at: WallTime,
}

/// Somebody was let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedIn {
    pub ticket: TicketId,
    /// As it is since.
    pub row: Box<TicketRow>,
    /// The later scan that was taken for the entry before.
    pub conflict: Option<Admittance>,
}

/// A ticket can be used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketReturned {
    pub ticket: TicketId,
    /// As it is since.
    pub row: Box<TicketRow>,
}

/// A ticket is offered to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketOffered {
    pub ticket: TicketId,
    pub to: Option<UserId>,
    pub secret: u128,
    pub expires_at: WallTime,
}

/// A ticket has another holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketAccepted {
    pub ticket: TicketId,
    /// As it is since.
    pub row: Box<TicketRow>,
}
