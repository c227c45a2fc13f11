use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::{FaultDetails, Problem, Reason};
use crate::domain::{CalendarDate, EndReason, Rejection, SeatKey};
use crate::node::{Fate, SubmitError};

fn body(problem: &Problem) -> Value {
    let envelope: Value = serde_json::from_slice(&problem.to_json()).expect("it is JSON");
    assert_eq!(envelope["result"], "error");
    assert_eq!(envelope["body"]["code"], problem.status().as_u16());
    assert_eq!(envelope["body"]["reason"], problem.reason());
    assert!(envelope["body"]["message"].as_str().is_some_and(|message| message.ends_with('.')));
    envelope["body"].clone()
}

fn seat(day: u32, seat: u32) -> SeatKey {
    SeatKey { date: CalendarDate::new(2030, 12, day).expect("a day of December"), seat }
}

#[test]
fn every_rejection_has_the_status_and_reason_of_the_contract() {
    for (rejection, status, reason) in [
        (Rejection::IdempotencyKeyReused, 422, "IDEMPOTENCY_KEY_REUSED"),
        (Rejection::PlaceEnded(EndReason::Left), 401, "TOKEN_EXPIRED"),
        (Rejection::UnknownPlace, 401, "TOKEN_INVALID"),
        (Rejection::QueueWaiting { position: 3, poll_after_seconds: 2 }, 403, "QUEUE_WAITING"),
        (Rejection::NotYours, 403, "NOT_YOURS"),
        (Rejection::UserBlocked, 403, "USER_BLOCKED"),
        (Rejection::UserNotFound, 404, "USER_NOT_FOUND"),
        (Rejection::ConcertNotFound, 404, "CONCERT_NOT_FOUND"),
        (Rejection::DateNotFound, 404, "DATE_NOT_FOUND"),
        (Rejection::SeatNotFound { seat: 51 }, 404, "SEAT_NOT_FOUND"),
        (Rejection::SectionNotFound, 404, "SEAT_NOT_FOUND"),
        (Rejection::PaymentNotFound, 404, "PAYMENT_NOT_FOUND"),
        (Rejection::CalledOff { reason: "ill".into() }, 409, "DATE_CALLED_OFF"),
        (Rejection::NotOnSale, 403, "NOT_ON_SALE"),
        (Rejection::SeatTaken { seat: 5 }, 409, "SEAT_TAKEN"),
        (Rejection::SeatNotBlocked { seat: 5 }, 409, "SEAT_NOT_BLOCKED"),
        (Rejection::AlreadyPaid { seat: 5 }, 409, "ALREADY_PAID"),
        (Rejection::SeatLimit { limit: 4 }, 409, "SEAT_LIMIT"),
        (Rejection::NoAdjacentSeats, 409, "NO_ADJACENT_SEATS"),
        (Rejection::HoldExpired { seat: 5 }, 409, "HOLD_EXPIRED"),
        (Rejection::ReservationNotFound { seat: 5 }, 404, "RESERVATION_NOT_FOUND"),
        (Rejection::InsufficientBalance { balance: 1, amount: 2 }, 400, "INSUFFICIENT_BALANCE"),
        (Rejection::InvalidAmount { most: 10 }, 400, "INVALID_AMOUNT"),
        (Rejection::BalanceLimit { most: 10 }, 400, "BALANCE_LIMIT"),
        (Rejection::UsernameTaken, 409, "USERNAME_TAKEN"),
        (Rejection::ConcertExists, 409, "CONCERT_EXISTS"),
        (Rejection::ConcertInUse { what: "seat 5 is sold".into() }, 409, "CONCERT_IN_USE"),
        (Rejection::SeatsInUse { seats: vec![seat(24, 5)] }, 409, "CONCERT_IN_USE"),
        (Rejection::Revised, 409, "CONCERT_IN_USE"),
        (Rejection::AlreadyRefunded, 409, "ALREADY_REFUNDED"),
        (Rejection::SeatRefunded { key: seat(24, 5) }, 409, "ALREADY_REFUNDED"),
        (Rejection::SeatNotPaid { key: seat(24, 5) }, 404, "SEAT_NOT_FOUND"),
        (Rejection::SeveralDates, 400, "INVALID_REQUEST"),
        (Rejection::WalletNotEmpty, 409, "WALLET_NOT_EMPTY"),
    ] {
        let problem = Problem::from(rejection);
        assert_eq!((problem.status().as_u16(), problem.reason()), (status, reason));
        body(&problem);
    }
}

#[test]
fn seats_in_use_are_told_by_date() {
    let body = body(&Rejection::SeatsInUse { seats: vec![seat(24, 4), seat(24, 11), seat(25, 4)] }.into());
    assert_eq!((&body["date"], &body["seats"]), (&json!("2030-12-24"), &json!([4, 11])));
    assert_eq!(body["dates"], json!([{"date": "2030-12-24", "seats": [4, 11]}, {"date": "2030-12-25", "seats": [4]}]));
}

#[test]
fn the_messages_of_the_reference_are_kept() {
    for (problem, message) in [
        (Rejection::UserNotFound.into(), "User not found."),
        (Reason::NoSeatsAvailable.into(), "No seats available for the selected date."),
        (Rejection::SeatTaken { seat: 5 }.into(), "Seat is already reserved."),
        (Rejection::InvalidAmount { most: 1 }.into(), "Invalid charge amount."),
        (Rejection::InsufficientBalance { balance: 0, amount: 1 }.into(), "Insufficient balance."),
        (Rejection::ReservationNotFound { seat: 5 }.into(), "Reservation not found."),
        (Reason::NoReservations.into(), "No reservations found for this concert."),
    ] {
        assert_eq!(body(&problem)["message"], message);
    }
}

#[test]
fn failures_carry_the_fields_that_the_contract_names() {
    assert_eq!(body(&Problem::invalid("seats[1]", "an integer"))["field"], "seats[1]");
    for (why, word) in [
        (EndReason::Paid, "paid"),
        (EndReason::Left, "left"),
        (EndReason::TimedOut, "timed_out"),
        (EndReason::HoldLapsed, "hold_lapsed"),
        (EndReason::Abandoned, "abandoned"),
        (EndReason::Closed, "closed"),
        (EndReason::Blocked, "blocked"),
        (EndReason::Deleted, "deleted"),
    ] {
        assert_eq!(body(&Problem::token_expired(why))["why"], word);
    }
    assert_eq!(body(&Problem::queue_waiting(7))["queuePosition"], json!(7));
}

#[test]
fn whoever_should_come_again_is_told_when() {
    for (problem, seconds) in [
        (SubmitError::Overloaded.into(), Some("1")),
        (SubmitError::Stopping.into(), Some("5")),
        (SubmitError::NoLeader { fate: Fate::Undone }.into(), Some("1")),
        (SubmitError::NoLeader { fate: Fate::Unknown }.into(), Some("1")),
        (Problem::queue_waiting(1), Some("1")),
        (Problem::queue_waiting(1_000), Some("21")),
        (Problem::queue_waiting(u64::MAX), Some("30")),
        (Reason::NotFound.into(), None),
    ] {
        let response = problem.into_response();
        let told = response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("digits"));
        assert_eq!(told, seconds);
    }
}

#[test]
fn the_details_of_a_fault_stay_out_of_the_answer() {
    let problem = Problem::from(SubmitError::Fault("row 7 of wallets is damaged".into()));
    assert!(!String::from_utf8(problem.to_json()).expect("JSON is UTF-8").contains("wallets"));
    let response = problem.into_response();
    let details = response.extensions().get::<FaultDetails>().map(|details| details.0.clone());
    assert_eq!(details.as_deref(), Some("row 7 of wallets is damaged"));
}

#[test]
fn every_reason_has_one_word_and_an_example_of_its_own() {
    for (at, reason) in Reason::ALL.iter().enumerate() {
        let example = reason.example();
        assert_eq!((example.reason(), example.status()), (reason.word(), reason.status()));
        body(&example);
        assert_eq!(Reason::of_word(reason.word()), Some(*reason));
        assert!(!Reason::ALL[..at].iter().any(|before| before.word() == reason.word()), "{reason:?} is there twice");
    }
}
