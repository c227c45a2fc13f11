//! What happened at a concert from minute to minute.

use serde::{Deserialize, Serialize};

use super::event::{EventData, ReleaseReason};
use super::rows::EndReason;
use super::time::Minute;

/// A minute of a concert that is counted in memory.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct CountedMinute {
    pub minute: Minute,
    pub row: SeriesRow,
    /// Whether the row in the tables is the same.
    pub is_written: bool,
}

/// What happened at a concert within a minute. Counts only grow, so of two readings the greater one is the later one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesRow {
    pub joined: u32,
    pub admitted: u32,
    pub left: u32,
    pub abandoned: u32,
    /// Seats that were held, and seats of which the hold lapsed.
    pub holds: u32,
    pub lapses: u32,
    pub sold_seats: u32,
    /// What was paid for them.
    pub revenue: u64,
    pub refunded_seats: u32,
    pub refunded: u64,
    /// Requests about it that were refused.
    pub refusals: u32,
}

impl SeriesRow {
    /// What an event counts as.
    pub fn of(event: &EventData) -> Self {
        let nothing = Self::default();
        match event {
            EventData::TokenIssued { .. } => Self { joined: 1, ..nothing },
            EventData::TokenActivated { .. } => Self { admitted: 1, ..nothing },
            EventData::TokenEnded { reason, .. } => match reason {
                EndReason::Left => Self { left: 1, ..nothing },
                EndReason::Abandoned => Self { abandoned: 1, ..nothing },
                EndReason::Paid
                | EndReason::TimedOut
                | EndReason::HoldLapsed
                | EndReason::Closed
                | EndReason::Blocked
                | EndReason::Deleted => nothing,
            },
            EventData::SeatHeld { .. } => Self { holds: 1, ..nothing },
            EventData::SeatReleased { reason: ReleaseReason::Expired, .. } => Self { lapses: 1, ..nothing },
            EventData::SeatSold { .. } => Self { sold_seats: 1, ..nothing },
            EventData::PaymentPaid { amount, .. } => Self { revenue: *amount, ..nothing },
            EventData::PaymentRefunded { refund, .. } => {
                Self { refunded_seats: refund.items.len() as u32, refunded: refund.amount, ..nothing }
            }
            EventData::SeatReleased {
                reason: ReleaseReason::Canceled | ReleaseReason::Refunded | ReleaseReason::CalledOff,
                ..
            }
            | EventData::SeatBlocked { .. }
            | EventData::SeatUnblocked { .. }
            | EventData::TicketUsed { .. }
            | EventData::TicketReturned { .. }
            | EventData::TicketTransferred { .. }
            | EventData::WalletCharged { .. }
            | EventData::WalletWithdrawn { .. }
            | EventData::DateMoved { .. }
            | EventData::DateCalledOff { .. }
            | EventData::DateRefunding { .. }
            | EventData::UserChanged { .. }
            | EventData::KeyChanged { .. }
            | EventData::MemberChanged { .. }
            | EventData::ConcertChanged { .. }
            | EventData::ConcertDeleted => nothing,
        }
    }

    /// Requests that were refused.
    pub fn refused(refusals: u32) -> Self {
        Self { refusals, ..Self::default() }
    }

    /// Takes in what else happened.
    pub fn add(&mut self, other: &Self) {
        self.joined += other.joined;
        self.admitted += other.admitted;
        self.left += other.left;
        self.abandoned += other.abandoned;
        self.holds += other.holds;
        self.lapses += other.lapses;
        self.sold_seats += other.sold_seats;
        self.revenue += other.revenue;
        self.refunded_seats += other.refunded_seats;
        self.refunded += other.refunded;
        self.refusals = self.refusals.saturating_add(other.refusals);
    }
}
