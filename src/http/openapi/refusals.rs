//! The refusals of an operation, as the status table itself makes them: an operation names its reasons, everything
//! else about them comes from [`Problem`].

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::{BALANCE_MAX, CalendarDate, EndReason, Rejection, SeatKey};
use crate::http::server::pipeline::problem_details::{PROBLEM_TYPE, problem};
use crate::http::{BODY_BYTES_MAX, Problem};

/// The extension in which a handler lists the reasons of its refusals, in the order in which they are checked.
pub const REFUSALS: &str = "x-refusals";

/// The responses with `reasons`, by status, with an example each.
pub fn refusals(reasons: &[String]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Problem>> = BTreeMap::new();
    for reason in reasons {
        let refusal = example(reason);
        by_status.entry(refusal.status().as_u16()).or_default().push(refusal);
    }
    by_status.into_iter().map(|(status, refusals)| (status.to_string(), response(&refusals))).collect()
}

fn response(refusals: &[Problem]) -> Value {
    let (mut examples, mut problems) = (Map::new(), Map::new());
    for refusal in refusals {
        let envelope: Value = serde_json::from_slice(&refusal.to_json()).expect("the envelope is JSON");
        let message = envelope["body"]["message"].clone();
        let shown = problem(envelope.clone(), "/api/v1").expect("the envelope is of a refusal");
        problems.insert(refusal.reason().to_owned(), json!({"summary": message, "value": shown}));
        examples.insert(refusal.reason().to_owned(), json!({"summary": message, "value": envelope}));
    }
    let reasons: Vec<String> = refusals.iter().map(|refusal| format!("`{}`", refusal.reason())).collect();
    let mut response = json!({
        "description": reasons.join(", "),
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Failure"}, "examples": examples},
            (PROBLEM_TYPE): {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": problems}
        }
    });
    if refusals.iter().any(|refusal| refusal.status().as_u16() == 401) {
        response["headers"]["WWW-Authenticate"] =
            json!({"description": "Which credentials are wanted.", "schema": {"type": "string"}});
    }
    let tells_when = |refusal: &Problem| refusal.status().as_u16() == 503 || refusal.reason() == "QUEUE_WAITING";
    if refusals.iter().any(tells_when) {
        response["headers"]["Retry-After"] =
            json!({"description": "Seconds after which to come again.", "schema": {"type": "integer", "minimum": 1}});
    }
    response
}

/// The schema of every refusal.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["result", "body"],
        "properties": {
            "result": {"type": "string", "enum": ["error"]},
            "body": {
                "type": "object",
                "description": "Some reasons add fields: `field`, `why`, `queuePosition`, `seat`, `seats`, `oldest`.",
                "required": ["code", "reason", "message"],
                "properties": {
                    "code": {"type": "integer", "description": "The HTTP status."},
                    "reason": {"type": "string", "description": "Stable, for programs."},
                    "message": {"type": "string", "description": "For people."},
                    "field": {"type": "string", "description": "The field that is wrong."},
                    "why": {
                        "type": "string", "description": "Why the place has ended.",
                        "enum": [
                            "paid", "left", "timed_out", "hold_lapsed", "abandoned", "closed", "blocked", "deleted",
                            "token_stale"
                        ]
                    },
                    "queuePosition": {"type": "integer", "description": "1 for the next to be admitted."},
                    "seat": {"type": "integer", "description": "The seat that stood in the way."},
                    "date": {"type": "string", "format": "date", "description": "The first date that stood in the way."},
                    "seats": {
                        "type": "array", "items": {"type": "integer"},
                        "description": "The seats of `date` that stood in the way, ascending."
                    },
                    "dates": {
                        "type": "array", "description": "Every date with its seats, at most 20 seats together.",
                        "items": {
                            "type": "object", "required": ["date", "seats"],
                            "properties": {
                                "date": {"type": "string", "format": "date"},
                                "seats": {"type": "array", "items": {"type": "integer"}}
                            }
                        }
                    },
                    "oldest": {"type": "integer", "description": "The number of the oldest event that is kept."},
                    "newest": {"type": "integer", "description": "The number of the newest event."}
                },
                "additionalProperties": true
            }
        }
    })
}

/// The schema of every refusal for whoever prefers problems.
pub fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. Some reasons add the same fields as in the envelope.",
        "required": ["type", "title", "status", "detail", "instance", "reason"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "For people."},
            "instance": {"type": "string", "format": "uri-reference", "description": "What was asked for."},
            "reason": {"type": "string", "description": "Stable, for programs."}
        },
        "additionalProperties": true
    })
}

/// A refusal with `reason`.
fn example(reason: &str) -> Problem {
    let refusal = match reason {
        "INVALID_REQUEST" => Problem::invalid("userId", "a UUID of 36 characters"),
        "CONCERT_REQUIRED" => Problem::concert_required(),
        "TOKEN_INVALID" => Problem::token_invalid(),
        "TOKEN_EXPIRED" => Problem::token_expired(EndReason::TimedOut),
        "QUEUE_WAITING" => Problem::queue_waiting(12),
        "WRONG_CONCERT" => Problem::wrong_concert(),
        "NOT_YOURS" => Problem::not_yours(),
        "NO_SEATS_AVAILABLE" => Problem::no_seats_available(),
        "NO_RESERVATIONS" => Problem::no_reservations(),
        "CURSOR_GONE" => Problem::cursor_gone(101, 250),
        "PRECONDITION_FAILED" => Problem::precondition_failed(),
        "REQUEST_TIMEOUT" => Problem::request_timeout(10),
        "BODY_TOO_LARGE" => Problem::body_too_large(BODY_BYTES_MAX),
        "UNSUPPORTED_MEDIA_TYPE" => Problem::unsupported_media_type(),
        "INTERNAL" => Problem::internal("an example"),
        "OVERLOADED" => Problem::overloaded(),
        "DISK_FULL" => Problem::disk_full(),
        "STOPPING" => Problem::stopping(),
        other => rejection(other).into(),
    };
    assert_eq!(refusal.reason(), reason, "each reason has its own example");
    refusal
}

fn rejection(reason: &str) -> Rejection {
    match reason {
        "IDEMPOTENCY_KEY_REUSED" => Rejection::IdempotencyKeyReused,
        "USER_BLOCKED" => Rejection::UserBlocked,
        "USER_NOT_FOUND" => Rejection::UserNotFound,
        "CONCERT_NOT_FOUND" => Rejection::ConcertNotFound,
        "DATE_NOT_FOUND" => Rejection::DateNotFound,
        "SEAT_NOT_FOUND" => Rejection::SeatNotFound { seat: 51 },
        "PAYMENT_NOT_FOUND" => Rejection::PaymentNotFound,
        "NOT_ON_SALE" => Rejection::NotOnSale,
        "SEAT_TAKEN" => Rejection::SeatTaken { seat: 5 },
        "ALREADY_PAID" => Rejection::AlreadyPaid { seat: 5 },
        "SEAT_LIMIT" => Rejection::SeatLimit { limit: 4 },
        "NO_ADJACENT_SEATS" => Rejection::NoAdjacentSeats,
        "HOLD_EXPIRED" => Rejection::HoldExpired { seat: 5 },
        "RESERVATION_NOT_FOUND" => Rejection::ReservationNotFound { seat: 5 },
        "INSUFFICIENT_BALANCE" => Rejection::InsufficientBalance { balance: 4_000, amount: 5_000 },
        "INVALID_AMOUNT" => Rejection::InvalidAmount { most: 10_000_000 },
        "BALANCE_LIMIT" => Rejection::BalanceLimit { most: BALANCE_MAX },
        "USERNAME_TAKEN" => Rejection::UsernameTaken,
        "CONCERT_EXISTS" => Rejection::ConcertExists,
        "CONCERT_IN_USE" => Rejection::SeatsInUse { seats: vec![seat_in_use(5), seat_in_use(6)] },
        "ALREADY_REFUNDED" => Rejection::AlreadyRefunded,
        "WALLET_NOT_EMPTY" => Rejection::WalletNotEmpty,
        other => unreachable!("{other} is no reason that an operation may list"),
    }
}

fn seat_in_use(seat: u32) -> SeatKey {
    SeatKey { date: CalendarDate::new(2030, 12, 24).expect("a day of December"), seat }
}
