//! What happened, for the feed that others follow: every committed change appends events in commit order.

use serde::{Deserialize, Serialize};

use super::concert::CallingOff;
use super::ids::{ConcertNo, PaymentId, SeatKey, Sequence, TicketId, UserId};
use super::money::Means;
use super::operators::{ActingOperator, KeyId, MemberChange, Role};
use super::payments::{Admittance, SoldSeat};
use super::rows::EndReason;
use super::slots::NodeId;
use super::time::{CalendarDate, Timestamp, WallTime};

/// An event of the feed; its sequence number is the key of its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub at: WallTime,
    /// The log's time, by which it is kept for so many days.
    pub logged_at: Timestamp,
    pub concert: Option<ConcertNo>,
    /// The operator whose act it is.
    pub by: Option<ActingOperator>,
    pub data: EventData,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventData {
    TokenIssued {
        user: UserId,
        sequence: Sequence,
    },
    TokenActivated {
        user: UserId,
        sequence: Sequence,
        expires_at: WallTime,
    },
    TokenEnded {
        user: UserId,
        sequence: Sequence,
        reason: EndReason,
    },
    SeatHeld {
        user: UserId,
        date: CalendarDate,
        seat: u32,
        amount: u32,
        expires_at: WallTime,
    },
    SeatReleased {
        user: Option<UserId>,
        date: CalendarDate,
        seat: u32,
        reason: ReleaseReason,
    },
    SeatSold {
        user: Option<UserId>,
        date: CalendarDate,
        seat: u32,
        payment: PaymentId,
        ticket: TicketId,
    },
    PaymentPaid {
        user: Option<UserId>,
        payment: PaymentId,
        paid_by: Means,
        items: Vec<SoldSeat>,
        amount: u64,
    },
    PaymentRefunded {
        user: Option<UserId>,
        payment: PaymentId,
        refund: SeatsRefunded,
    },
    WalletCharged {
        user: UserId,
        amount: u64,
        balance: u64,
        entry: u64,
    },
    WalletWithdrawn {
        user: UserId,
        amount: u64,
        balance: u64,
        entry: u64,
        reason: String,
    },
    ConcertChanged {
        revision: u32,
    },
    ConcertDeleted,
    /// `date` is the first one that it was announced for.
    DateMoved {
        date: CalendarDate,
        from: CalendarDate,
        to: CalendarDate,
        begins_at: WallTime,
    },
    DateCalledOff {
        date: CalendarDate,
        reason: String,
    },
    DateRefunding {
        date: CalendarDate,
        progress: CallingOff,
        seats_left: u32,
    },
    SeatBlocked {
        date: CalendarDate,
        seat: u32,
        reason: String,
    },
    SeatUnblocked {
        date: CalendarDate,
        seat: u32,
    },
    TicketUsed {
        ticket: TicketId,
        seat: SeatKey,
        admittance: Admittance,
        /// The later scan that was taken for the entry before.
        conflict: Option<Admittance>,
    },
    TicketReturned {
        ticket: TicketId,
        seat: SeatKey,
        admittance: Admittance,
        reason: Option<String>,
    },
    TicketTransferred {
        ticket: TicketId,
        seat: SeatKey,
        from: Option<UserId>,
        to: UserId,
    },
    UserChanged {
        user: UserId,
        change: UserChange,
    },
    KeyChanged {
        key: KeyId,
        name: String,
        role: Role,
        change: KeyChange,
    },
    MemberChanged {
        node: NodeId,
        change: MemberChange,
    },
}

impl EventData {
    /// The seats that it shows, in their order.
    pub fn seats(&self) -> Vec<SeatKey> {
        match self {
            Self::SeatHeld { date, seat, .. }
            | Self::SeatReleased { date, seat, .. }
            | Self::SeatSold { date, seat, .. }
            | Self::SeatBlocked { date, seat, .. }
            | Self::SeatUnblocked { date, seat } => vec![SeatKey { date: *date, seat: *seat }],
            Self::PaymentPaid { items, .. } => items.iter().map(SoldSeat::key).collect(),
            Self::PaymentRefunded { refund, .. } => refund.items.iter().map(SoldSeat::key).collect(),
            Self::TicketUsed { seat, .. }
            | Self::TicketReturned { seat, .. }
            | Self::TicketTransferred { seat, .. } => vec![*seat],
            Self::TokenIssued { .. }
            | Self::TokenActivated { .. }
            | Self::TokenEnded { .. }
            | Self::WalletCharged { .. }
            | Self::WalletWithdrawn { .. }
            | Self::ConcertChanged { .. }
            | Self::ConcertDeleted
            | Self::DateMoved { .. }
            | Self::DateCalledOff { .. }
            | Self::DateRefunding { .. }
            | Self::UserChanged { .. }
            | Self::KeyChanged { .. }
            | Self::MemberChanged { .. } => Vec::new(),
        }
    }

    /// The same with its dates as `held_on` gives them, ascending. A move keeps its own: it tells how the date came to be another.
    #[must_use]
    pub fn told_on(mut self, held_on: impl Fn(CalendarDate) -> CalendarDate) -> Self {
        let tell = |date: &mut CalendarDate| *date = held_on(*date);
        let tell_all = |items: &mut [SoldSeat]| {
            items.iter_mut().for_each(|item| tell(&mut item.date));
            items.sort_by_key(|item| (item.date, item.seat));
        };
        match &mut self {
            Self::SeatHeld { date, .. }
            | Self::SeatReleased { date, .. }
            | Self::SeatSold { date, .. }
            | Self::SeatBlocked { date, .. }
            | Self::SeatUnblocked { date, .. }
            | Self::DateCalledOff { date, .. }
            | Self::DateRefunding { date, .. } => tell(date),
            Self::PaymentPaid { items, .. } => tell_all(items),
            Self::PaymentRefunded { refund, .. } => tell_all(&mut refund.items),
            Self::TicketUsed { seat, .. }
            | Self::TicketReturned { seat, .. }
            | Self::TicketTransferred { seat, .. } => tell(&mut seat.date),
            Self::TokenIssued { .. }
            | Self::TokenActivated { .. }
            | Self::TokenEnded { .. }
            | Self::WalletCharged { .. }
            | Self::WalletWithdrawn { .. }
            | Self::ConcertChanged { .. }
            | Self::ConcertDeleted
            | Self::DateMoved { .. }
            | Self::UserChanged { .. }
            | Self::KeyChanged { .. }
            | Self::MemberChanged { .. } => {}
        }
        self
    }
}

/// What one refund gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsRefunded {
    pub items: Vec<SoldSeat>,
    pub amount: u64,
    pub reason: String,
    /// Where the money went.
    pub to: Means,
}

/// What an operator made of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserChange {
    Blocked,
    Unblocked,
    Deleted,
}

/// What became of an operator's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyChange {
    Created {
        expires_at: Option<WallTime>,
    },
    Removed,
    /// It was shown after its expiry.
    Refused,
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
    /// Its date was called off while it was held.
    CalledOff,
}
