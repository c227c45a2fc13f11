//! What a refusal rests on. Where several instances change one box office, a refusal may be out of date that rests on what
//! another one may have changed, and is looked at again before it counts.

use super::reason::Reason;

/// What a refusal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Grounds {
    /// The request itself, how this instance fares, or the state of the concert that the request is about: the instance
    /// that leads the concert has all of that.
    Own,
    /// Also users, wallets, kept answers, and which concerts, payments and tickets there are: any instance may have
    /// changed them since. Of concerts there may be two in one request, as where a gate names its own beside the ticket,
    /// and a guard over all of them asks for a place at any.
    Shared,
}

/// Refusals that rest on what any instance may have changed.
const SHARED: &[Reason] = &[
    Reason::IdempotencyKeyReused,
    Reason::ConcertRequired,
    Reason::QueueWaiting,
    Reason::UserBlocked,
    Reason::UserNotFound,
    Reason::ConcertNotFound,
    Reason::PaymentNotFound,
    Reason::TicketNotFound,
    Reason::InsufficientBalance,
    Reason::BalanceLimit,
    Reason::UsernameTaken,
    Reason::WalletNotEmpty,
    Reason::KeyNotFound,
    Reason::KeysFull,
    Reason::CursorGone,
];

impl Reason {
    /// What a refusal with this reason rests on.
    pub(in crate::http) fn grounds(self) -> Grounds {
        if SHARED.contains(&self) { Grounds::Shared } else { Grounds::Own }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, SHARED};

    /// The others. Each reason is in one of the lists, so that a new one is thought of.
    const OWN: &[Reason] = &[
        Reason::Overloaded,
        Reason::NoLeader,
        Reason::CatchingUp,
        Reason::Stopping,
        Reason::DiskFull,
        Reason::NotFound,
        Reason::MethodNotAllowed,
        Reason::HeadersTooLarge,
        Reason::UriTooLong,
        Reason::BodyTooLarge,
        Reason::RequestTimeout,
        Reason::Misdirected,
        Reason::CrossSite,
        Reason::TokenInvalid,
        Reason::NotAllowed,
        Reason::RateLimited,
        Reason::UnsupportedMediaType,
        Reason::InvalidRequest,
        Reason::InvalidAmount,
        Reason::RunsAlone,
        Reason::TokenExpired,
        Reason::WrongConcert,
        Reason::NotYours,
        Reason::DateNotFound,
        Reason::SeatNotFound,
        Reason::DateCalledOff,
        Reason::NotOnSale,
        Reason::NoSeatsAvailable,
        Reason::NoReservations,
        Reason::SeatTaken,
        Reason::AlreadyPaid,
        Reason::SeatLimit,
        Reason::NoAdjacentSeats,
        Reason::HoldExpired,
        Reason::ReservationNotFound,
        Reason::ConcertExists,
        Reason::PreconditionFailed,
        Reason::ConcertInUse,
        Reason::AlreadyRefunded,
        Reason::SeatNotBlocked,
        Reason::CodeForged,
        Reason::TicketVoid,
        Reason::AlreadyUsed,
        Reason::WrongDate,
        Reason::ScanUndone,
        Reason::TicketNotUsed,
        Reason::TransfersForbidden,
        Reason::TransferNotFound,
        Reason::TransferExpired,
        Reason::MemberNotFound,
        Reason::MemberExists,
        Reason::MemberUnreachable,
        Reason::NoMajority,
        Reason::Internal,
    ];

    #[test]
    fn each_reason_has_its_grounds() {
        for reason in Reason::ALL {
            assert!(SHARED.contains(reason) != OWN.contains(reason), "{reason:?}");
        }
    }
}
