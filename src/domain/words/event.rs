//! What happened, for the feed that others follow: every committed change appends events in commit order.

use serde::{Deserialize, Serialize};

use super::ids::{ConcertNo, PaymentId, Sequence, UserId};
use super::rows::EndReason;
use super::time::{CalendarDate, Timestamp, WallTime};

/// An event of the feed; its sequence number is the key of its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub at: WallTime,
    /// The log's time, by which it is kept for so many days.
    pub logged_at: Timestamp,
    pub concert: Option<ConcertNo>,
    pub data: EventData,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventData {
    TokenIssued { user: UserId, sequence: Sequence },
    TokenActivated { user: UserId, sequence: Sequence, expires_at: WallTime },
    TokenEnded { user: UserId, sequence: Sequence, reason: EndReason },
    SeatHeld { user: UserId, date: CalendarDate, seat: u32, amount: u32, expires_at: WallTime },
    SeatReleased { user: UserId, date: CalendarDate, seat: u32, reason: ReleaseReason },
    SeatSold { user: UserId, date: CalendarDate, seat: u32, payment: PaymentId },
    PaymentPaid { user: UserId, payment: PaymentId, date: CalendarDate, seats: Vec<u32>, amount: u64 },
    PaymentRefunded { user: UserId, payment: PaymentId, amount: u64, reason: String },
    WalletCharged { user: UserId, amount: u64, balance: u64, entry: u64 },
    ConcertChanged { revision: u32 },
}

/// Why a seat became free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseReason {
    /// Its user canceled it, or the place that held it ended.
    Canceled,
    /// Its hold lapsed.
    Expired,
    /// Its payment was refunded.
    Refunded,
}
