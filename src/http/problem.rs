//! What a refused or failed request answers: a reason of the one table, and what is known beyond it. It knows no route
//! and decides nothing; whoever refuses says why.

mod envelope;
mod example;
mod grounds;
mod in_use;
mod in_words;
mod reason;
mod rejected;

use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::Value;

use crate::config::Host;
use crate::domain::{EndReason, poll_after_seconds};
use crate::http::rights::Right;
use crate::node::{Fate, SubmitError};

pub(super) use envelope::FaultDetails;
pub use envelope::Problem;
pub(super) use grounds::Grounds;
pub use reason::Reason;

/// After how many seconds a client that came while the server was overloaded should come again.
const RETRY_OVERLOADED_SECONDS: u32 = 1;
/// After how many seconds a client that came while no instance led should come again: another one leads within some.
const RETRY_NO_LEADER_SECONDS: u32 = 1;
/// After how many seconds a client that came while the server was stopping should come again.
const RETRY_STOPPING_SECONDS: u32 = 5;
/// After how many seconds a disk that was full is worth asking about again.
const RETRY_DISK_FULL_SECONDS: u32 = 10;

impl Problem {
    /// 400: `field` is missing, of the wrong type or outside its range; `expected` says what would be right, as in
    /// "an integer from 1 to 4".
    pub fn invalid(field: &str, expected: impl Display) -> Self {
        let message = format!("Field `{field}` must be {expected}.");
        Self::from(Reason::InvalidRequest).saying(message).with("field", field)
    }

    /// 400: there is no such `field` here; `nearest` is the one that was probably meant.
    pub fn unknown_field(field: &str, nearest: Option<&str>) -> Self {
        let message = match nearest {
            Some(nearest) => format!("Field `{field}` is unknown here; the nearest known one is `{nearest}`."),
            None => format!("Field `{field}` is unknown here: no fields are taken."),
        };
        Self::from(Reason::InvalidRequest).saying(message).with("field", field)
    }

    /// 404: the date has no seat of this number, which is told as it was sent.
    pub fn seat_not_found(seat: impl Into<Value>) -> Self {
        Self::from(Reason::SeatNotFound).with("seat", seat)
    }

    /// 400: more than one concert, or none, is on sale and the request names none.
    pub fn concert_required() -> Self {
        Self::from(Reason::ConcertRequired).with("field", "concertId")
    }

    /// 403: the key is an operator's whose role is for something else.
    pub(super) fn not_allowed(needed: Right) -> Self {
        let role = needed.role().word();
        let message = format!("The role of the key does not allow this; the role `{role}` does.");
        Self::from(Reason::NotAllowed).saying(message).with("role", role)
    }

    /// 401: the token is genuine, but its queue place has ended.
    pub fn token_expired(why: EndReason) -> Self {
        Self::from(Reason::TokenExpired).with("why", end_word(why))
    }

    /// 401: the token is genuine and past its outer bound, and its queue place lives: POST `/token` signs it anew.
    pub fn token_stale() -> Self {
        let message = "The token is too old, but its queue place lives: ask for a fresh token with POST /api/v1/token.";
        Self::from(Reason::TokenExpired).saying(message).with("why", "token_stale")
    }

    /// 403: ACTIVE is needed, and the place (if there is one) waits at `position`; 0 when there is none.
    pub fn queue_waiting(position: u64) -> Self {
        Self::queue_waiting_for(position, poll_after_seconds(position))
    }

    /// As [`Problem::queue_waiting`], for a place whose client is to ask again after so many seconds.
    pub fn queue_waiting_for(position: u64, poll_after_seconds: u32) -> Self {
        Self::from(Reason::QueueWaiting).with("queuePosition", position).retry_after(poll_after_seconds)
    }

    /// 421: the request names another server than this one.
    pub(super) fn misdirected(host: &Host) -> Self {
        let message = format!(
            "This server is not `{host}`: it answers to `localhost`, to loopback addresses and to the host of the \
             setting `server.public_url`. Behind a proxy, set that to the URL which clients use."
        );
        Self::from(Reason::Misdirected).saying(message).with("setting", "server.public_url")
    }

    /// 408: the request did not arrive, or was not answered, within `seconds`.
    pub fn request_timeout(seconds: u64) -> Self {
        Self::from(Reason::RequestTimeout).saying(format!("The request took longer than {seconds} seconds."))
    }

    /// 410: the feed does not go on behind the cursor: it keeps the events from `oldest` to `newest`.
    pub fn cursor_gone(oldest: u64, newest: u64) -> Self {
        Self::from(Reason::CursorGone).with("oldest", oldest).with("newest", newest)
    }

    /// 413: the body is longer than `bytes_max`.
    pub fn body_too_large(bytes_max: usize) -> Self {
        Self::from(Reason::BodyTooLarge).saying(format!("A body has at most {bytes_max} bytes."))
    }

    /// 500: a fault of ours; `details` go into the log, with the request that met it, and nowhere else.
    pub fn internal(details: impl Into<String>) -> Self {
        Self::from(Reason::Internal).with_details(details.into())
    }

    /// The status of a reason, with more than its text.
    pub fn because(reason: Reason, message: String) -> Self {
        Self::from(reason).saying(message)
    }

    /// 503: too many requests are under way; nothing was done.
    pub fn overloaded() -> Self {
        Self::from(Reason::Overloaded).retry_after(RETRY_OVERLOADED_SECONDS)
    }

    /// 429: the client, or the user, asks more often than it may; it may again behind so many seconds.
    pub fn rate_limited(retry_seconds: u32) -> Self {
        Self::from(Reason::RateLimited).retry_after(retry_seconds)
    }

    /// 503: the client's address has as many connections open as one may have.
    pub(super) fn too_many_connections() -> Self {
        Self::overloaded().saying("Too many connections of one client address are open; use those, or close some.")
    }

    /// 503: this instance lacks so many entries that others have.
    pub fn catching_up(entries: u64) -> Self {
        Self::from(Reason::CatchingUp).with("entries", entries).retry_after(RETRY_NO_LEADER_SECONDS)
    }

    /// 503: no instance is known to lead, or the one that led is gone and took the answer with it.
    pub fn no_leader(fate: Fate) -> Self {
        let problem = Self::from(Reason::NoLeader).retry_after(RETRY_NO_LEADER_SECONDS).with_fate(fate);
        match fate {
            Fate::Undone => problem,
            Fate::Unknown => problem.saying(
                "The instance that leads was lost before it answered, so the request may have been done. With an \
                 `Idempotency-Key` it can be sent again as it is; without one, look whether it was done, and send a \
                 key the next time.",
            ),
        }
    }

    /// 503: the server is about to stop; nothing was done.
    pub fn stopping() -> Self {
        Self::from(Reason::Stopping).retry_after(RETRY_STOPPING_SECONDS)
    }

    /// 503: the disk of the data folder is almost full, so the server is not ready; what is asked of it is done as long as
    /// it fits.
    pub fn disk_full() -> Self {
        Self::from(Reason::DiskFull).retry_after(RETRY_DISK_FULL_SECONDS)
    }

    /// The head of the request is no HTTP/1.1 that this server reads: 400, or 414 or 431 when it is too long.
    pub(super) fn unreadable(status: StatusCode) -> Self {
        let reason = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Reason::HeadersTooLarge,
            StatusCode::URI_TOO_LONG => Reason::UriTooLong,
            _ => Reason::InvalidRequest,
        };
        Self::from(reason).with("field", "request")
    }
}

/// Every way in which a place ends.
pub(super) const END_REASONS: [EndReason; 8] = [
    EndReason::Paid,
    EndReason::Left,
    EndReason::TimedOut,
    EndReason::HoldLapsed,
    EndReason::Abandoned,
    EndReason::Closed,
    EndReason::Blocked,
    EndReason::Deleted,
];

/// The word for `why` in answers and events.
pub(super) fn end_word(why: EndReason) -> &'static str {
    match why {
        EndReason::Paid => "paid",
        EndReason::Left => "left",
        EndReason::TimedOut => "timed_out",
        EndReason::HoldLapsed => "hold_lapsed",
        EndReason::Abandoned => "abandoned",
        EndReason::Closed => "closed",
        EndReason::Blocked => "blocked",
        EndReason::Deleted => "deleted",
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Rejected(rejection) => rejection.into(),
            SubmitError::Overloaded => Self::overloaded(),
            SubmitError::Stopping => Self::stopping(),
            SubmitError::Fault(details) => Self::internal(details),
            SubmitError::NoLeader { fate } => Self::no_leader(fate),
        }
    }
}

#[cfg(test)]
mod tests;
