//! What a refused or failed request answers: the one table of status codes, reasons and messages. It knows no route and
//! decides nothing; whoever refuses says why.

mod envelope;
mod in_use;

use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::Value;

use crate::config::Host;
use crate::domain::{EndReason, Rejection, poll_after_seconds};
use crate::node::Trouble;

pub(super) use envelope::FaultDetails;
pub use envelope::Problem;

/// After how many seconds a client that came while the server was overloaded should come again.
const RETRY_OVERLOADED_SECONDS: u32 = 1;
/// After how many seconds a client that came while the server was stopping should come again.
const RETRY_STOPPING_SECONDS: u32 = 5;
/// After how many seconds a disk that was full is worth asking about again.
const RETRY_DISK_FULL_SECONDS: u32 = 10;

impl Problem {
    /// 400: `field` is missing, of the wrong type or outside its range; `expected` says what would be right, as in
    /// "an integer from 1 to 4".
    pub fn invalid(field: &str, expected: impl Display) -> Self {
        let message = format!("Field `{field}` must be {expected}.");
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message).with("field", field)
    }

    /// 400: there is no such `field` here; `nearest` is the one that was probably meant.
    pub fn unknown_field(field: &str, nearest: Option<&str>) -> Self {
        let message = match nearest {
            Some(nearest) => format!("Field `{field}` is unknown here; the nearest known one is `{nearest}`."),
            None => format!("Field `{field}` is unknown here: no fields are taken."),
        };
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message).with("field", field)
    }

    /// 404: the date has no seat of this number, which is told as it was sent.
    pub fn seat_not_found(seat: impl Into<Value>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "SEAT_NOT_FOUND", "Seat not found.").with("seat", seat)
    }

    /// 400: more than one concert, or none, is on sale and the request names none.
    pub fn concert_required() -> Self {
        let message = "Name the concert in `concertId`: it can be left out only while exactly one concert is on sale.";
        Self::new(StatusCode::BAD_REQUEST, "CONCERT_REQUIRED", message).with("field", "concertId")
    }

    /// 401: no token or key where one is needed, or one that is malformed, forged, or of another kind.
    pub fn token_invalid() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "TOKEN_INVALID", "The token is missing or not valid here.")
    }

    /// 401: the token is genuine, but its queue place has ended.
    pub fn token_expired(why: EndReason) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", "The queue place has ended.").with("why", end_word(why))
    }

    /// 401: the token is genuine and past its outer bound, and its queue place lives: POST `/token` signs it anew.
    pub fn token_stale() -> Self {
        let message = "The token is too old, but its queue place lives: ask for a fresh token with POST /api/v1/token.";
        Self::new(StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", message).with("why", "token_stale")
    }

    /// 403: ACTIVE is needed, and the place (if there is one) waits at `position`; 0 when there is none.
    pub fn queue_waiting(position: u64) -> Self {
        Self::new(StatusCode::FORBIDDEN, "QUEUE_WAITING", "The queue place is still waiting.")
            .with("queuePosition", position)
            .retry_after(poll_after_seconds(position))
    }

    /// As [`Problem::queue_waiting`], for a place whose client is to ask again after so many seconds.
    pub fn queue_waiting_for(position: u64, poll_after_seconds: u32) -> Self {
        Self::queue_waiting(position).retry_after(poll_after_seconds)
    }

    /// 403: the token is of another concert than the path names.
    pub fn wrong_concert() -> Self {
        Self::new(StatusCode::FORBIDDEN, "WRONG_CONCERT", "The token belongs to another concert.")
    }

    /// 403: `userId` names another user than the token.
    pub fn not_yours() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NOT_YOURS", "The token belongs to another user.")
    }

    /// 404: no such path.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this path.")
    }

    /// 404: the date is known, but every seat of it is held or sold.
    pub fn no_seats_available() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NO_SEATS_AVAILABLE", "No seats available for the selected date.")
    }

    /// 404: the user never reserved a seat of the concert.
    pub fn no_reservations() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NO_RESERVATIONS", "No reservations found for this concert.")
    }

    /// 405: the path exists, but not with this method; the router adds `Allow` with those that it has.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "The path does not have this method; `Allow` lists those that it has.",
        )
    }

    /// 421: the request names another server than this one.
    pub(super) fn misdirected(host: &Host) -> Self {
        let message = format!(
            "This server is not `{host}`: it answers to `localhost`, to loopback addresses and to the host of the \
             setting `server.public_url`. Behind a proxy, set that to the URL which clients use."
        );
        Self::new(StatusCode::MISDIRECTED_REQUEST, "MISDIRECTED", message).with("setting", "server.public_url")
    }

    /// 403: a page of another origin asks for a change.
    pub(super) fn cross_site() -> Self {
        let message = "A page of another origin may not change anything here: its origin is neither this server's, nor \
                       that of the setting `server.public_url`, nor one of `server.allowed_origins`.";
        Self::new(StatusCode::FORBIDDEN, "CROSS_SITE", message)
    }

    /// 408: the request did not arrive, or was not answered, within `seconds`.
    pub fn request_timeout(seconds: u64) -> Self {
        let message = format!("The request took longer than {seconds} seconds.");
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
    }

    /// 410: the feed does not go on behind the cursor: it keeps the events from `oldest` to `newest`.
    pub fn cursor_gone(oldest: u64, newest: u64) -> Self {
        let message = "The feed does not go on from this event: it lies before the oldest or beyond the newest one.";
        Self::new(StatusCode::GONE, "CURSOR_GONE", message).with("oldest", oldest).with("newest", newest)
    }

    /// 412: somebody else changed what was to be changed, or the tag is of something else.
    pub fn precondition_failed() -> Self {
        let message = "It was changed since it was read: read it again, and repeat the change with its new `ETag`.";
        Self::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", message)
    }

    /// 413: the body is longer than `bytes_max`.
    pub fn body_too_large(bytes_max: usize) -> Self {
        let message = format!("A body has at most {bytes_max} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
    }

    /// 415: the body is not declared as JSON in UTF-8.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body must be JSON with `Content-Type: application/json`.",
        )
    }

    /// 500: a fault of ours; `details` go into the log, with the request that met it, and nowhere else.
    pub fn internal(details: impl Into<String>) -> Self {
        let message = "The server failed to answer; its log says why.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message).with_details(details.into())
    }

    /// 503: too many requests are under way; nothing was done.
    pub fn overloaded() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", "The server is overloaded; try again.")
            .retry_after(RETRY_OVERLOADED_SECONDS)
    }

    /// 503: the client's address has as many connections open as one may have.
    pub(super) fn too_many_connections() -> Self {
        let message = "Too many connections of one client address are open; use those, or close some.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", message).retry_after(RETRY_OVERLOADED_SECONDS)
    }

    /// 503: the server is about to stop; nothing was done.
    pub fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "STOPPING", "The server is stopping; try again.")
            .retry_after(RETRY_STOPPING_SECONDS)
    }

    /// 503: the disk of the data folder is almost full, so the server is not ready; what is asked of it is done as long as
    /// it fits.
    pub fn disk_full() -> Self {
        let message = "The disk of the data folder is almost full; the operator has to free some space.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "DISK_FULL", message).retry_after(RETRY_DISK_FULL_SECONDS)
    }

    /// The head of the request is no HTTP/1.1 that this server reads: 400, or 431 when it is too long.
    pub(super) fn unreadable(status: StatusCode) -> Self {
        let (reason, message) = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                ("HEADERS_TOO_LARGE", "The header of the request is too long.")
            }
            StatusCode::URI_TOO_LONG => ("URI_TOO_LONG", "The path of the request is too long."),
            _ => ("INVALID_REQUEST", "The request is not valid HTTP/1.1."),
        };
        Self::new(status, reason, message).with("field", "request")
    }
}

/// The word for `why` in answers and events.
pub fn end_word(why: EndReason) -> &'static str {
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

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Rejected(rejection) => rejection.into(),
            Trouble::Overloaded => Self::overloaded(),
            Trouble::Stopping => Self::stopping(),
            Trouble::Fault(details) => Self::internal(details),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let bad_request = |reason, message| Self::new(StatusCode::BAD_REQUEST, reason, message);
        let forbidden = |reason, message| Self::new(StatusCode::FORBIDDEN, reason, message);
        let not_found = |reason, message| Self::new(StatusCode::NOT_FOUND, reason, message);
        let conflict = |reason, message| Self::new(StatusCode::CONFLICT, reason, message);
        match rejection {
            Rejection::IdempotencyKeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "IDEMPOTENCY_KEY_REUSED",
                "The idempotency key was used for another request.",
            ),
            Rejection::PlaceEnded(why) => Self::token_expired(why),
            Rejection::UnknownPlace => Self::token_invalid(),
            Rejection::QueueWaiting { position, poll_after_seconds } => {
                Self::queue_waiting_for(position, poll_after_seconds)
            }
            Rejection::NotYours => Self::not_yours(),
            Rejection::UserBlocked => forbidden("USER_BLOCKED", "User is blocked."),
            Rejection::UserNotFound => not_found("USER_NOT_FOUND", "User not found."),
            Rejection::ConcertNotFound => not_found("CONCERT_NOT_FOUND", "Concert not found."),
            Rejection::DateNotFound => not_found("DATE_NOT_FOUND", "Date not found."),
            Rejection::SeatNotFound { seat } => Self::seat_not_found(seat),
            Rejection::SectionNotFound => not_found("SEAT_NOT_FOUND", "Section not found."),
            Rejection::PaymentNotFound => not_found("PAYMENT_NOT_FOUND", "Payment not found."),
            Rejection::NotOnSale => forbidden("NOT_ON_SALE", "The concert is not on sale."),
            Rejection::SeatTaken { seat } => conflict("SEAT_TAKEN", "Seat is already reserved.").with("seat", seat),
            Rejection::AlreadyPaid { seat } => conflict("ALREADY_PAID", "Seat is already paid.").with("seat", seat),
            Rejection::SeatLimit { limit } => {
                conflict("SEAT_LIMIT", "Too many seats of this concert for one user.").with("seatLimit", limit)
            }
            Rejection::NoAdjacentSeats => conflict("NO_ADJACENT_SEATS", "Not enough adjacent seats are left."),
            Rejection::HoldExpired { seat } => conflict("HOLD_EXPIRED", "The hold has lapsed.").with("seat", seat),
            Rejection::ReservationNotFound { seat } => {
                not_found("RESERVATION_NOT_FOUND", "Reservation not found.").with("seat", seat)
            }
            Rejection::InsufficientBalance { balance, amount } => {
                bad_request("INSUFFICIENT_BALANCE", "Insufficient balance.")
                    .with("balance", balance)
                    .with("amount", amount)
            }
            Rejection::InvalidAmount { most } => {
                bad_request("INVALID_AMOUNT", "Invalid charge amount.").with("most", most)
            }
            Rejection::BalanceLimit { most } => {
                bad_request("BALANCE_LIMIT", "The wallet cannot hold so much.").with("most", most)
            }
            Rejection::UsernameTaken => conflict("USERNAME_TAKEN", "The username is taken."),
            Rejection::ConcertExists => conflict("CONCERT_EXISTS", "The concert id is in use."),
            Rejection::ConcertInUse { what } => {
                Self::new(StatusCode::CONFLICT, "CONCERT_IN_USE", format!("The concert is in use: {what}."))
            }
            Rejection::SeatsInUse { seats } => Self::seats_in_use(&seats),
            Rejection::Revised => conflict("CONCERT_IN_USE", "The concert is being changed by others; try again."),
            Rejection::AlreadyRefunded => conflict("ALREADY_REFUNDED", "The payment is already refunded."),
            Rejection::WalletNotEmpty => conflict("WALLET_NOT_EMPTY", "The wallet is not empty."),
        }
    }
}

#[cfg(test)]
mod tests;
