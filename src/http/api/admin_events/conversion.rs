//! From what happened to what the feed tells of it.

use super::data::{
    ConcertChanged, ConcertDeleted, DateCalledOff, DateMoved, DateRefunding, EventDataBody, KeyCreated, KeyRefused,
    KeyRemoved, MemberAdded, MemberRemoved, PaymentPaid, PaymentRefunded, ReleaseWord, SeatBlocked, SeatHeld,
    SeatReleased, SeatSold, SeatUnblocked, TicketReturned, TicketTransferred, TicketUsed, TokenActivated, TokenEnded,
    TokenIssued, UserBlocked, UserDeleted, UserUnblocked, WalletCharged, WalletWithdrawn,
};
use super::entry::EntryData;
use super::seat::{EventSeatBody, SoldSeatBody};
use crate::domain::{
    self, Admittance, CalendarDate, CallingOff, EventData, KeyChange, Means, MemberChange, ReleaseReason, Role,
    SeatWords, SeatsRefunded, UserChange,
};
use crate::http::values::{Date, EndWord, Instant, KeyId, PaymentId, RoleWord, TicketId, UserId};

impl EventDataBody {
    /// `words` are those of its seats.
    pub(super) fn of(data: &EventData, words: &[Option<SeatWords>]) -> Self {
        let mut seats = EventSeatBody::all(data.seats(), words);
        let mut seat = || seats.pop().expect("there are words for every seat");
        match *data {
            EventData::TokenIssued { user, sequence } => {
                Self::TokenIssued(TokenIssued { user_id: UserId(user), sequence: sequence.0 })
            }
            EventData::TokenActivated { user, sequence, expires_at } => {
                let (user_id, expires_at) = (UserId(user), Instant(expires_at));
                Self::TokenActivated(TokenActivated { user_id, sequence: sequence.0, expires_at })
            }
            EventData::TokenEnded { user, sequence, reason } => {
                Self::TokenEnded(TokenEnded { user_id: UserId(user), sequence: sequence.0, why: EndWord(reason) })
            }
            EventData::SeatHeld { user, amount, expires_at, .. } => {
                let expires_at = Instant(expires_at);
                Self::SeatHeld(SeatHeld { user_id: UserId(user), seat: seat(), amount, expires_at })
            }
            EventData::SeatReleased { user, reason, .. } => {
                let (user_id, reason) = (user.map(UserId), reason.into());
                Self::SeatReleased(SeatReleased { user_id, seat: seat(), reason })
            }
            EventData::SeatSold { user, payment, ticket, .. } => {
                let (payment_id, ticket_id) = (PaymentId(payment), TicketId(ticket));
                Self::SeatSold(SeatSold { user_id: user.map(UserId), seat: seat(), payment_id, ticket_id })
            }
            EventData::PaymentPaid { user, payment, paid_by, ref items, amount } => {
                Self::PaymentPaid(PaymentPaid::of(user, payment, paid_by, (SoldSeatBody::all(items, seats), amount)))
            }
            EventData::PaymentRefunded { user, payment, ref refund } => {
                Self::PaymentRefunded(PaymentRefunded::of(user, payment, refund, seats))
            }
            EventData::WalletCharged { user, amount, balance, entry } => {
                Self::WalletCharged(WalletCharged { user_id: UserId(user), amount, balance, entry_id: entry })
            }
            EventData::WalletWithdrawn { user, amount, balance, entry, ref reason } => {
                let (user_id, entry_id, reason) = (UserId(user), entry, reason.clone());
                Self::WalletWithdrawn(WalletWithdrawn { user_id, amount, balance, entry_id, reason })
            }
            EventData::ConcertChanged { revision } => Self::ConcertChanged(ConcertChanged { revision }),
            EventData::ConcertDeleted => Self::ConcertDeleted(ConcertDeleted {}),
            EventData::SeatBlocked { ref reason, .. } => {
                Self::SeatBlocked(SeatBlocked { seat: seat(), reason: reason.clone() })
            }
            EventData::SeatUnblocked { .. } => Self::SeatUnblocked(SeatUnblocked { seat: seat() }),
            EventData::DateMoved { date, from, to, begins_at } => {
                let ([date, from, to], begins_at) = ([date, from, to].map(Date), Instant(begins_at));
                Self::DateMoved(DateMoved { date, from, to, begins_at })
            }
            EventData::DateCalledOff { date, ref reason } => {
                Self::DateCalledOff(DateCalledOff { date: Date(date), reason: reason.clone() })
            }
            EventData::DateRefunding { date, ref progress, seats_left } => {
                Self::DateRefunding(DateRefunding::of(date, progress, seats_left))
            }
            EventData::TicketUsed { ticket, ref admittance, ref conflict, .. } => {
                Self::TicketUsed(TicketUsed::of(ticket, seat(), admittance, conflict.as_ref()))
            }
            EventData::TicketReturned { ticket, ref admittance, ref reason, .. } => {
                Self::TicketReturned(TicketReturned::of(ticket, seat(), admittance, reason.clone()))
            }
            EventData::TicketTransferred { ticket, from, to, .. } => {
                Self::TicketTransferred(TicketTransferred::of(ticket, seat(), from, to))
            }
            EventData::UserChanged { user, change } => Self::of_user(UserId(user), change),
            EventData::KeyChanged { key, ref name, role, change } => Self::of_key(KeyId(key), name, role, change),
            EventData::MemberChanged { node, change } => Self::of_member(node.0, change),
        }
    }

    fn of_user(user_id: UserId, change: UserChange) -> Self {
        match change {
            UserChange::Blocked => Self::UserBlocked(UserBlocked { user_id }),
            UserChange::Unblocked => Self::UserUnblocked(UserUnblocked { user_id }),
            UserChange::Deleted => Self::UserDeleted(UserDeleted { user_id }),
        }
    }

    fn of_key(key_id: KeyId, name: &str, role: Role, change: KeyChange) -> Self {
        let (name, role) = (name.to_owned(), RoleWord(role));
        match change {
            KeyChange::Created { expires_at } => {
                Self::KeyCreated(KeyCreated { key_id, name, role, expires_at: expires_at.map(Instant) })
            }
            KeyChange::Removed => Self::KeyRemoved(KeyRemoved { key_id, name, role }),
            KeyChange::Refused => Self::KeyRefused(KeyRefused { key_id, name, role }),
        }
    }

    fn of_member(node_id: u64, change: MemberChange) -> Self {
        match change {
            MemberChange::Added => Self::MemberAdded(MemberAdded { node_id }),
            MemberChange::Removed => Self::MemberRemoved(MemberRemoved { node_id }),
        }
    }
}

impl PaymentPaid {
    fn of(
        user: Option<domain::UserId>,
        payment: domain::PaymentId,
        paid_by: Means,
        (items, amount): (Vec<SoldSeatBody>, u64),
    ) -> Self {
        Self {
            user_id: user.map(UserId),
            payment_id: PaymentId(payment),
            paid_by: paid_by.into(),
            date: items.first().expect("a payment is for a seat").seat.date.clone(),
            seats: items.iter().map(|item| item.seat.seat).collect(),
            items,
            amount,
        }
    }
}

impl PaymentRefunded {
    /// `seats` tells the words of what was given back.
    fn of(
        user: Option<domain::UserId>,
        payment: domain::PaymentId,
        refund: &SeatsRefunded,
        seats: Vec<EventSeatBody>,
    ) -> Self {
        Self {
            user_id: user.map(UserId),
            payment_id: PaymentId(payment),
            items: SoldSeatBody::all(&refund.items, seats),
            amount: refund.amount,
            reason: refund.reason.clone(),
            to: refund.to.into(),
        }
    }
}

impl DateRefunding {
    fn of(date: CalendarDate, progress: &CallingOff, seats_left: u32) -> Self {
        let CallingOff { payments, seats, amount, .. } = *progress;
        Self { date: Date(date), payments, seats, amount, seats_left }
    }
}

impl TicketUsed {
    fn of(
        ticket: domain::TicketId,
        seat: EventSeatBody,
        admittance: &Admittance,
        conflict: Option<&Admittance>,
    ) -> Self {
        Self {
            ticket_id: TicketId(ticket),
            seat,
            used_at: Instant(admittance.at),
            gate: admittance.gate.clone(),
            device: admittance.device.clone(),
            conflict: conflict.map(EntryData::of),
        }
    }
}

impl TicketReturned {
    fn of(ticket: domain::TicketId, seat: EventSeatBody, admittance: &Admittance, reason: Option<String>) -> Self {
        Self {
            ticket_id: TicketId(ticket),
            seat,
            used_at: Instant(admittance.at),
            gate: admittance.gate.clone(),
            reason,
        }
    }
}

impl TicketTransferred {
    fn of(ticket: domain::TicketId, seat: EventSeatBody, from: Option<domain::UserId>, to: domain::UserId) -> Self {
        Self { ticket_id: TicketId(ticket), seat, from_user_id: from.map(UserId), to_user_id: UserId(to) }
    }
}

impl From<ReleaseReason> for ReleaseWord {
    fn from(reason: ReleaseReason) -> Self {
        match reason {
            ReleaseReason::Canceled => Self::Canceled,
            ReleaseReason::Expired => Self::Expired,
            ReleaseReason::Refunded => Self::Refunded,
            ReleaseReason::CalledOff => Self::CalledOff,
        }
    }
}
