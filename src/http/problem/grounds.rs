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

impl Reason {
    /// What a refusal with this reason rests on.
    pub(in crate::http) const fn grounds(self) -> Grounds {
        match self {
            Self::IdempotencyKeyReused
            | Self::ConcertRequired
            | Self::QueueWaiting
            | Self::UserBlocked
            | Self::UserNotFound
            | Self::ConcertNotFound
            | Self::PaymentNotFound
            | Self::TicketNotFound
            | Self::InsufficientBalance
            | Self::BalanceLimit
            | Self::UsernameTaken
            | Self::WalletNotEmpty
            | Self::CursorGone => Grounds::Shared,
            Self::Overloaded
            | Self::NoLeader
            | Self::CatchingUp
            | Self::Stopping
            | Self::DiskFull
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::HeadersTooLarge
            | Self::UriTooLong
            | Self::BodyTooLarge
            | Self::RequestTimeout
            | Self::Misdirected
            | Self::CrossSite
            | Self::TokenInvalid
            | Self::RateLimited
            | Self::UnsupportedMediaType
            | Self::InvalidRequest
            | Self::InvalidAmount
            | Self::RunsAlone
            | Self::TokenExpired
            | Self::WrongConcert
            | Self::NotYours
            | Self::DateNotFound
            | Self::SeatNotFound
            | Self::DateCalledOff
            | Self::NotOnSale
            | Self::NoSeatsAvailable
            | Self::NoReservations
            | Self::SeatTaken
            | Self::AlreadyPaid
            | Self::SeatLimit
            | Self::NoAdjacentSeats
            | Self::HoldExpired
            | Self::ReservationNotFound
            | Self::ConcertExists
            | Self::PreconditionFailed
            | Self::ConcertInUse
            | Self::AlreadyRefunded
            | Self::SeatNotBlocked
            | Self::CodeForged
            | Self::TicketVoid
            | Self::AlreadyUsed
            | Self::WrongDate
            | Self::ScanUndone
            | Self::TicketNotUsed
            | Self::TransfersForbidden
            | Self::TransferNotFound
            | Self::TransferExpired
            | Self::MemberNotFound
            | Self::MemberExists
            | Self::MemberUnreachable
            | Self::NoMajority
            | Self::Internal => Grounds::Own,
        }
    }
}
