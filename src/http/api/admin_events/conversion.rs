//! From what happened to what the feed tells of it.

use super::data::{
    ConcertChanged, DateCalledOff, DateMoved, DateRefunding, EventDataBody, PaymentPaid, PaymentRefunded, ReleaseWord,
    SeatBlocked, SeatHeld, SeatReleased, SeatSold, SeatUnblocked, SoldSeatBody, TicketReturned, TicketTransferred,
    TicketUsed, TokenActivated, TokenEnded, TokenIssued, WalletCharged, WalletWithdrawn,
};
use super::entry::EntryData;
use crate::domain::{EventData, ReleaseReason};
use crate::http::values::{Date, EndWord, Instant, PaymentId, TicketId, UserId};

impl From<&EventData> for EventDataBody {
    fn from(data: &EventData) -> Self {
        match *data {
            EventData::TokenIssued { user, sequence } => {
                Self::TokenIssued(TokenIssued { user_id: UserId(user), sequence: sequence.0 })
            }
            EventData::TokenActivated { user, sequence, expires_at } => Self::TokenActivated(TokenActivated {
                user_id: UserId(user),
                sequence: sequence.0,
                expires_at: Instant(expires_at),
            }),
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
            EventData::SeatReleased { user, date, seat, reason } => Self::SeatReleased(SeatReleased {
                user_id: user.map(UserId),
                date: Date(date),
                seat,
                reason: reason.into(),
            }),
            EventData::SeatSold { user, date, seat, payment, ticket } => Self::SeatSold(SeatSold {
                user_id: user.map(UserId),
                date: Date(date),
                seat,
                payment_id: PaymentId(payment),
                ticket_id: TicketId(ticket),
            }),
            EventData::PaymentPaid { user, payment, paid_by, ref items, amount } => Self::PaymentPaid(PaymentPaid {
                user_id: user.map(UserId),
                payment_id: PaymentId(payment),
                paid_by: paid_by.into(),
                date: Date(items.first().expect("a payment is for a seat").date),
                seats: items.iter().map(|item| item.seat).collect(),
                items: items.iter().map(SoldSeatBody::of).collect(),
                amount,
            }),
            EventData::PaymentRefunded { user, payment, ref refund } => Self::PaymentRefunded(PaymentRefunded {
                user_id: user.map(UserId),
                payment_id: PaymentId(payment),
                items: refund.items.iter().map(SoldSeatBody::of).collect(),
                amount: refund.amount,
                reason: refund.reason.clone(),
                to: refund.to.into(),
            }),
            EventData::WalletCharged { user, amount, balance, entry } => {
                Self::WalletCharged(WalletCharged { user_id: UserId(user), amount, balance, entry_id: entry })
            }
            EventData::WalletWithdrawn { user, amount, balance, entry, ref reason } => {
                let (user_id, entry_id, reason) = (UserId(user), entry, reason.clone());
                Self::WalletWithdrawn(WalletWithdrawn { user_id, amount, balance, entry_id, reason })
            }
            EventData::ConcertChanged { revision } => Self::ConcertChanged(ConcertChanged { revision }),
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
            EventData::DateRefunding { date, progress, seats_left } => Self::DateRefunding(DateRefunding {
                date: Date(date),
                payments: progress.payments,
                seats: progress.seats,
                amount: progress.amount,
                seats_left,
            }),
            EventData::TicketUsed { ticket, seat, ref admittance, ref conflict } => Self::TicketUsed(TicketUsed {
                ticket_id: TicketId(ticket),
                date: Date(seat.date),
                seat: seat.seat,
                used_at: Instant(admittance.at),
                gate: admittance.gate.clone(),
                device: admittance.device.clone(),
                conflict: conflict.as_ref().map(EntryData::of),
            }),
            EventData::TicketReturned { ticket, seat, ref admittance, ref reason } => {
                Self::TicketReturned(TicketReturned {
                    ticket_id: TicketId(ticket),
                    date: Date(seat.date),
                    seat: seat.seat,
                    used_at: Instant(admittance.at),
                    gate: admittance.gate.clone(),
                    reason: reason.clone(),
                })
            }
            EventData::TicketTransferred { ticket, seat, from, to } => Self::TicketTransferred(TicketTransferred {
                ticket_id: TicketId(ticket),
                date: Date(seat.date),
                seat: seat.seat,
                from_user_id: from.map(UserId),
                to_user_id: UserId(to),
            }),
        }
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
