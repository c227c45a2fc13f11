//! From what happened to what the feed tells of it.

use super::data::{
    ConcertChanged, ConcertDeleted, DateCalledOff, DateMoved, DateRefunding, EventDataBody, PaymentPaid,
    PaymentRefunded, ReleaseWord, SeatBlocked, SeatHeld, SeatReleased, SeatSold, SeatUnblocked, SoldSeatBody,
    TicketReturned, TicketTransferred, TicketUsed, TokenActivated, TokenEnded, TokenIssued, WalletCharged,
    WalletWithdrawn,
};
use super::entry::EntryData;
use crate::domain::{
    self, Admittance, CalendarDate, CallingOff, EventData, Means, ReleaseReason, SeatKey, SeatsRefunded, SoldSeat,
};
use crate::http::values::{Date, EndWord, Instant, PaymentId, TicketId, UserId};

impl From<&EventData> for EventDataBody {
    fn from(data: &EventData) -> Self {
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
            EventData::SeatHeld { user, date, seat, amount, expires_at } => Self::SeatHeld(SeatHeld {
                user_id: UserId(user),
                date: Date(date),
                seat,
                amount,
                expires_at: Instant(expires_at),
            }),
            EventData::SeatReleased { user, date, seat, reason } => {
                let (user_id, reason) = (user.map(UserId), reason.into());
                Self::SeatReleased(SeatReleased { user_id, date: Date(date), seat, reason })
            }
            EventData::SeatSold { user, date, seat, payment, ticket } => {
                let (payment_id, ticket_id) = (PaymentId(payment), TicketId(ticket));
                Self::SeatSold(SeatSold { user_id: user.map(UserId), date: Date(date), seat, payment_id, ticket_id })
            }
            EventData::PaymentPaid { user, payment, paid_by, ref items, amount } => {
                Self::PaymentPaid(PaymentPaid::of(user, payment, paid_by, items, amount))
            }
            EventData::PaymentRefunded { user, payment, ref refund } => {
                Self::PaymentRefunded(PaymentRefunded::of(user, payment, refund))
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
            EventData::SeatBlocked { date, seat, ref reason } => {
                Self::SeatBlocked(SeatBlocked { date: Date(date), seat, reason: reason.clone() })
            }
            EventData::SeatUnblocked { date, seat } => Self::SeatUnblocked(SeatUnblocked { date: Date(date), seat }),
            EventData::DateMoved { date, from, to, begins_at } => Self::DateMoved(DateMoved {
                date: Date(date),
                from: Date(from),
                to: Date(to),
                begins_at: Instant(begins_at),
            }),
            EventData::DateCalledOff { date, ref reason } => {
                Self::DateCalledOff(DateCalledOff { date: Date(date), reason: reason.clone() })
            }
            EventData::DateRefunding { date, ref progress, seats_left } => {
                Self::DateRefunding(DateRefunding::of(date, progress, seats_left))
            }
            EventData::TicketUsed { ticket, seat, ref admittance, ref conflict } => {
                Self::TicketUsed(TicketUsed::of(ticket, seat, admittance, conflict.as_ref()))
            }
            EventData::TicketReturned { ticket, seat, ref admittance, ref reason } => {
                Self::TicketReturned(TicketReturned::of(ticket, seat, admittance, reason.clone()))
            }
            EventData::TicketTransferred { ticket, seat, from, to } => {
                Self::TicketTransferred(TicketTransferred::of(ticket, seat, from, to))
            }
        }
    }
}

impl PaymentPaid {
    fn of(
        user: Option<domain::UserId>,
        payment: domain::PaymentId,
        paid_by: Means,
        items: &[SoldSeat],
        amount: u64,
    ) -> Self {
        Self {
            user_id: user.map(UserId),
            payment_id: PaymentId(payment),
            paid_by: paid_by.into(),
            date: Date(items.first().expect("a payment is for a seat").date),
            seats: items.iter().map(|item| item.seat).collect(),
            items: items.iter().map(SoldSeatBody::of).collect(),
            amount,
        }
    }
}

impl PaymentRefunded {
    fn of(user: Option<domain::UserId>, payment: domain::PaymentId, refund: &SeatsRefunded) -> Self {
        Self {
            user_id: user.map(UserId),
            payment_id: PaymentId(payment),
            items: refund.items.iter().map(SoldSeatBody::of).collect(),
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
    fn of(ticket: domain::TicketId, seat: SeatKey, admittance: &Admittance, conflict: Option<&Admittance>) -> Self {
        Self {
            ticket_id: TicketId(ticket),
            date: Date(seat.date),
            seat: seat.seat,
            used_at: Instant(admittance.at),
            gate: admittance.gate.clone(),
            device: admittance.device.clone(),
            conflict: conflict.map(EntryData::of),
        }
    }
}

impl TicketReturned {
    fn of(ticket: domain::TicketId, seat: SeatKey, admittance: &Admittance, reason: Option<String>) -> Self {
        Self {
            ticket_id: TicketId(ticket),
            date: Date(seat.date),
            seat: seat.seat,
            used_at: Instant(admittance.at),
            gate: admittance.gate.clone(),
            reason,
        }
    }
}

impl TicketTransferred {
    fn of(ticket: domain::TicketId, seat: SeatKey, from: Option<domain::UserId>, to: domain::UserId) -> Self {
        let (from_user_id, to_user_id) = (from.map(UserId), UserId(to));
        Self { ticket_id: TicketId(ticket), date: Date(seat.date), seat: seat.seat, from_user_id, to_user_id }
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
