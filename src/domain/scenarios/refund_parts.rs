//! Refunds of a part of a payment, and where the money goes.

use super::check;

#[test]
fn some_seats_are_given_back_and_the_others_stay() {
    check(
        "
        given concert spring seats=4
        given kim=15000 lee
        at 0    kim joins
        at 1    kim reserves 1,2,3
        at 2    kim pays 1,2,3
        at 9    operator refunds 1 seats 2    -> refunded 5000 of 1, partly
        then    free=2,4 sold=1,3 revenue=10000 wallet.kim=5000 tickets.1=1:valid,2:void,3:valid
        then    reservations.kim=3:paid,2:refunded,1:paid owned.kim=2 events=seat.released,payment.refunded
        at 10   operator refunds 1 seats 1,3  -> refunded 10000 of 1
        then    free=1,2,3,4 revenue=0 wallet.kim=15000 tickets.1=1:void,2:void,3:void
        then    ledger.kim=Refund10000,Refund5000,Payment15000,Charge15000
        at 11   operator refunds 1            -> refused AlreadyRefunded
        at 11   operator refunds 1 seats 1    -> refused AlreadyRefunded
        ",
    );
}

#[test]
fn the_rest_of_a_payment_is_what_a_whole_refund_gives_back() {
    check(
        "
        given concert spring
        given kim=15000
        at 0    kim joins
        at 1    kim reserves 1,2,3
        at 2    kim pays 1,2,3
        at 9    operator refunds 1 seats 2
        at 10   operator refunds 1 -> refunded 10000 of 1
        then    wallet.kim=15000
        ",
    );
}

#[test]
fn a_seat_that_is_not_or_not_any_more_in_the_payment_is_refused() {
    check(
        "
        given concert spring
        given kim=15000
        at 0    kim joins
        at 1    kim reserves 1,2
        at 2    kim pays 1,2
        at 3    operator refunds 1 seats 1
        at 4    operator refunds 1 seats 1,2
        -> refused SeatRefunded { key: SeatKey { date: CalendarDate(20301224), seat: 1 } }
        at 4    operator refunds 1 seats 2,3
        -> refused SeatNotPaid { key: SeatKey { date: CalendarDate(20301224), seat: 3 } }
        at 4    operator refunds 1 seats 2 of 25
        -> refused SeatNotPaid { key: SeatKey { date: CalendarDate(20301225), seat: 2 } }
        then    wallet.kim=10000 tickets.1=1:void,2:valid
        at 5    operator refunds 1 seats 2 of 24 -> refunded 5000 of 1
        ",
    );
}

#[test]
fn money_goes_out_in_cash_where_that_is_asked_for_or_its_user_is_gone() {
    check(
        "
        given concert spring
        given kim=10000
        at 0    kim joins
        at 1    kim reserves 1,2
        at 2    kim pays 1,2
        at 3    operator refunds 1 seats 1 in cash -> refunded 5000 of 1, partly, in cash
        then    wallet.kim=0 cash=5000 revenue=5000
        at 4    operator deletes kim
        at 5    operator refunds 1                 -> refunded 5000 of 1, in cash
        then    wallet.kim=0 cash=10000 revenue=0 free=1,2,3
        ",
    );
}

#[test]
fn of_several_dates_a_part_says_which_it_means() {
    check(
        "
        given concert spring dates=24,25
        given kim=10000
        at 0    kim joins
        at 1    kim reserves 1
        at 1    kim reserves 2 on 25
        at 2    kim pays everything
        at 3    operator refunds 1 seats 1        -> refused SeveralDates
        at 3    operator refunds 1 seats 2 of 25  -> refunded 5000 of 1, partly
        then    wallet.kim=5000 tickets.1=1:valid,2:void
        ",
    );
}
