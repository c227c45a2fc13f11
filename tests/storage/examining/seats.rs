//! What is broken of seats, of reservations and buyers, and of dates and sales that are over.

use jari::domain::{
    Archive, ArchivedDate, Blocked, Buyer, CallingOff, PaymentId, Reservation, ReservationStatus, Rows, SeatRow,
    Sequence, Table, Timestamp, UserId, WallTime, tables,
};

use super::{CONCERT, PAYER, check, key, rows};
use crate::office::date;

#[test]
fn a_seat_that_nobody_paid_or_holds_is_found() {
    let seat = |seat: u32| format!("concert 1 date 2040-12-24 seat {seat}");
    check(
        vec![tables::Seats::change((CONCERT, key(1)), None)],
        &[
            "payments 00000000-0000-0000-0000-000000000001: the ticket of seat 1 is not void, but the seat is not sold by \
             it",
            "reservations concert 1 number 1: it is paid, but its seat is not sold",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the user owns 0 seats, but it says 1",
        ],
    );
    let sold = SeatRow::Sold { user: Some(UserId(4)), payment: PaymentId(1), reservation: Some(1), amount: 5_000 };
    check(
        vec![tables::Seats::change((CONCERT, key(5)), Some(sold))],
        &[
            &format!(
                "seats {}: it is sold by payment 00000000-0000-0000-0000-000000000001, which is refunded or does not \
                 list it",
                seat(5)
            ),
            "buyers concert 1 user 00000000-0000-0000-0000-000000000004: the user has seats or reservations, but no \
             row",
        ],
    );
    let held = SeatRow::Held {
        user: UserId(6),
        sequence: Sequence(6),
        reservation: 3,
        previous: None,
        reserved_at: WallTime(0),
        expires_at: Timestamp(0),
        amount: 5_000,
    };
    check(
        vec![tables::Seats::change((CONCERT, key(5)), Some(held))],
        &[&format!("seats {}: it is held by place 6, which is no ACTIVE place of the user", seat(5))],
    );
    check(
        vec![tables::Seats::change((CONCERT, key(2)), Some(held))],
        &[
            &format!("seats {}: it is held by place 6, which is no ACTIVE place of the user", seat(2)),
            "reservations concert 1 number 3: its seat is held otherwise",
        ],
    );
}

#[test]
fn reservations_and_buyers_that_disagree_are_found() {
    let row =
        rows(|opened| opened.replica.store().get::<tables::Reservations>(&(CONCERT, 3)).expect("read").expect("there"));
    check(
        vec![tables::Reservations::change(
            (CONCERT, 3),
            Some(Reservation { status: ReservationStatus::Canceled, ..row }),
        )],
        &[
            "seats concert 1 date 2040-12-24 seat 2: it is held by reservation 3, which holds nothing",
            "reservations concert 1 number 3: it is over, but holds its seat",
        ],
    );
    check(
        vec![tables::Reservations::change(
            (CONCERT, 5),
            Some(Reservation { status: ReservationStatus::Expired, ..row }),
        )],
        &[
            "reservations concert 1 number 5: it follows number 3, so some are missing",
            "reservations concert 1 number 5: the user's one before it is Some(3), but it says None",
            "counters concert 1: the newest reservation is 5, but they say 3",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000002: the newest reservation is Some(5), but it \
             says Some(3)",
        ],
    );
    check(
        vec![tables::Buyers::change((CONCERT, PAYER), Some(Buyer { owned: 2, last_reservation: None }))],
        &[
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the user owns 1 seats, but it says 2",
            "buyers concert 1 user 00000000-0000-0000-0000-000000000001: the newest reservation is Some(1), but it \
             says None",
        ],
    );
}

#[test]
fn a_blocked_seat_is_nobodys_and_one_of_the_date() {
    let blocked = |seat: u32| {
        let row = Blocked { reason: "camera".to_owned(), since: WallTime(0) };
        vec![tables::Blocked::change((CONCERT, key(seat)), Some(row))]
    };
    let seat = |seat: u32| format!("blocked concert 1 date 2040-12-24 seat {seat}");
    check(blocked(1), &[&format!("{}: it is sold", seat(1))]);
    check(blocked(2), &[&format!("{}: it is held", seat(2))]);
    check(blocked(50_000), &[&format!("{}: the concert has no such seat", seat(50_000))]);
}

#[test]
fn an_archived_sale_is_over_and_counts_its_seats() {
    let wrong = ArchivedDate { date: date(), sold: 2, blocked: 0, revenue: 5_000 };
    check(
        vec![tables::Archives::change(CONCERT, Some(Archive { dates: vec![wrong] }))],
        &[
            "archives concert 1: the concert is not closed",
            "archives concert 1: place 3 lives",
            "archives concert 1: place 4 lives",
            "archives concert 1: place 5 lives",
            "archives concert 1: place 6 lives",
            "archives concert 1: seat 2 of 2040-12-24 is held",
            "archives concert 1: its seats count 1 sold of 2040-12-24 for 5000, but it says 2 sold of 2040-12-24 for 5000",
        ],
    );
}

#[test]
fn a_date_that_is_called_off_in_one_row_alone_is_found() {
    let progress = CallingOff { finished_at: Some(WallTime(0)), ..CallingOff::default() };
    let of_date = "callings_off concert 1 date 2040-12-24";
    check(
        vec![tables::CallingsOff::change((CONCERT, date()), Some(progress))],
        &[
            &format!("{of_date}: the concert has no such date that is called off"),
            &format!("{of_date}: seat 1 is not free"),
            &format!("{of_date}: seat 2 is not free"),
        ],
    );
}
