//! What is broken of wallets, of the ledger, of payments and of the till.

use jari::domain::{
    CalendarDate, ConcertNo, LedgerEntry, Means, Minute, Payment, PaymentId, PaymentStatus, Rows, SeriesRow, Table,
    TillKey, TillRow, TillSum, UserId, WallTime, Wallet, tables,
};

use super::{CONCERT, check, rows};
use crate::office::date;

#[test]
fn money_that_does_not_add_up_is_found() {
    let wallet =
        rows(|opened| opened.replica.store().get::<tables::Wallets>(&UserId(4)).expect("read").expect("there"));
    check(
        vec![tables::Wallets::change(UserId(4), Some(Wallet { balance: wallet.balance + 1, ..wallet }))],
        &[
            "totals sum of all accounts: wallets 115001 + revenue 5000 + funding -120000 + cash 0 + card 0 is not 0",
            "wallets 00000000-0000-0000-0000-000000000004: its entries add up to 20000, but it holds 20001",
        ],
    );
    let entry = rows(|opened| opened.replica.store().get::<tables::Ledger>(&5).expect("read").expect("there"));
    check(
        vec![tables::Ledger::change(5, Some(LedgerEntry { previous: Some(1), ..entry }))],
        &["ledger 5: the wallet's entry before it is None, not Some(1)"],
    );
    check(
        vec![tables::Wallets::change(UserId(5), Some(Wallet::default()))],
        &[
            "totals sum of all accounts: wallets 95000 + revenue 5000 + funding -120000 + cash 0 + card 0 is not 0",
            "wallets 00000000-0000-0000-0000-000000000005: its entries add up to 20000, but it holds 0",
            "wallets 00000000-0000-0000-0000-000000000005: its newest entry is Some(5), but it says None",
        ],
    );
}

#[test]
fn a_payment_without_its_booking_or_its_seat_is_found() {
    let payment =
        rows(|opened| opened.replica.store().get::<tables::Payments>(&PaymentId(1)).expect("read").expect("there"));
    let paid = "payments 00000000-0000-0000-0000-000000000001";
    let mut dearer = payment.clone();
    dearer.amount = 1;
    check(
        vec![tables::Payments::change(PaymentId(1), Some(dearer))],
        &[
            &format!("{paid}: 5000 was booked for it, but it says 1, or another user"),
            &format!("{paid}: its seats cost 5000, but it took 1"),
        ],
    );
    let mut refunded = payment.clone();
    refunded.status = PaymentStatus::Refunded { at: WallTime(0), reason: String::new() };
    check(
        vec![tables::Payments::change(PaymentId(1), Some(refunded))],
        &[
            "seats concert 1 date 2040-12-24 seat 1: it is sold by payment 00000000-0000-0000-0000-000000000001, which \
             is refunded or does not list it",
            &format!("{paid}: 0 of its 1 tickets are void, but it is Refunded {{ at: WallTime(0), reason: \"\" }}"),
        ],
    );
    check(
        vec![tables::Payments::change(PaymentId(9), Some(payment))],
        &[
            "payments 00000000-0000-0000-0000-000000000009: it was never booked",
            "wallets 00000000-0000-0000-0000-000000000001: the user has 2 payments, but 1 follow from its newest",
            "payments 00000000-0000-0000-0000-000000000009: the ticket of seat 1 is that of another payment or seat",
            "payments 00000000-0000-0000-0000-000000000009: the index of its concert does not lead to it",
            "payments 00000000-0000-0000-0000-000000000009: the index of date 2040-12-24 does not lead to it",
        ],
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
fn index_rows_that_lead_astray_and_payments_without_them_are_found() {
    let (first, third) = (PaymentId(1), PaymentId(3));
    let [first_id, third_id] = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000003"];
    check(
        vec![tables::ConcertPayments::change((CONCERT, first), None)],
        &[&format!("payments {first_id}: the index of its concert does not lead to it")],
    );
    check(
        vec![tables::DatePayments::change((CONCERT, (date(), third)), None)],
        &[&format!("payments {third_id}: the index of date {} does not lead to it", date())],
    );
    check(
        vec![tables::Series::change((CONCERT, Minute(1)), Some(SeriesRow::default()))],
        &["series ConcertNo(1), Minute(1): its concert knows of no such minute"],
    );
    let other = CalendarDate::new(2000, 1, 1).expect("a date");
    check(
        vec![
            tables::ConcertPayments::change((ConcertNo(2), first), Some(())),
            tables::DatePayments::change((CONCERT, (other, first)), Some(())),
        ],
        &[
            &format!("concert_payments ConcertNo(2), {first_id}: it leads to a payment of another concert, or to none"),
            &format!(
                "date_payments ConcertNo(1), date 2000-01-01, {first_id}: it leads to a payment without a seat of the \
                 date, or to none"
            ),
        ],
    );
}

#[test]
fn a_till_that_counts_what_was_not_booked_is_found() {
    let line = TillKey { minute: Minute(7), means: Means::Cash, operator: "owner".to_owned() };
    let row = TillRow { sales: TillSum { count: 1, amount: 5 }, ..TillRow::default() };
    check(
        vec![tables::Till::change((CONCERT, line), Some(row))],
        &["till sales in cash: it counts 1 for 5, but 0 for 0 were booked"],
    );
}
