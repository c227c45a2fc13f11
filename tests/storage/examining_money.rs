//! `jari verify` finds what is broken of the till, of dates that are called off and of deleted users.

use jari::domain::{
    CallingOff, ConcertNo, Means, Payment, PaymentId, PaymentStatus, Rows, Table, TillKey, TillRow, TillSum, User,
    UserId, Username, WallTime, tables,
};

use crate::examining::{check, rows};
use crate::office::date;

const CONCERT: ConcertNo = ConcertNo(1);

#[test]
fn a_till_that_counts_what_was_not_booked_is_found() {
    let line = TillKey { minute: 7, means: Means::Cash, operator: "owner".to_owned() };
    let row = TillRow { sales: TillSum { count: 1, amount: 5 }, ..TillRow::default() };
    check(
        vec![tables::Till::change((CONCERT, line), Some(row))],
        &["till sales in cash: it counts 1 for 5, but 0 for 0 were booked"],
    );
}

#[test]
fn a_part_that_was_given_back_without_a_booking_is_found() {
    let payment =
        rows(|opened| opened.replica.store().get::<tables::Payments>(&PaymentId(1)).expect("read").expect("there"));
    let status = PaymentStatus::PartlyRefunded { at: WallTime(0), reason: String::new() };
    let partly = Payment { status, refunded: 5, ..*payment };
    let paid = "payments 00000000-0000-0000-0000-000000000001";
    check(
        vec![tables::Payments::change(PaymentId(1), Some(Box::new(partly)))],
        &[
            &format!("{paid}: 0 of it was given back, but it says 5"),
            &format!("{paid}: its void tickets cost 0, but it gave 5 back"),
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

#[test]
fn a_deleted_user_with_a_name_is_found() {
    let user = rows(|opened| opened.replica.store().get::<tables::Users>(&UserId(4)).expect("read").expect("there"));
    let deleted = User { deleted_at: Some(WallTime(0)), ..user.clone() };
    let wrong =
        "users 00000000-0000-0000-0000-000000000004: its name and its e-mail are not erased with it, or were before";
    check(vec![tables::Users::change(UserId(4), Some(deleted))], &[wrong]);
    let nameless = User { username: Username::erased(), ..user };
    check(
        vec![tables::Users::change(UserId(4), Some(nameless))],
        &[wrong, "usernames \"user-4\": it leads to a user of another name, or to none"],
    );
}
