//! Contract section 3: refund by the operator: seats free, money back, tickets void.

use super::check;

#[test]
fn a_refund_frees_the_seats_and_gives_the_money_back() {
    check(
        "
        given concert spring
        given kim=10000 lee
        at 0    kim joins
        at 1    kim reserves 1,2
        at 2    kim pays 1,2
        at 1000 operator refunds 1 -> refunded 10000 of 1
        then    free=1,2,3 revenue=0 wallet.kim=10000 ledger.kim=Refund10000,Payment10000,Charge10000
        then    reservations.kim=2:refunded,1:refunded payments.kim=1 owned.kim=0
        then    events=seat.released,seat.released,payment.refunded
        at 1001 lee joins
        at 1002 lee reserves 1     -> held 1 for 5000 until 1302
        ",
    );
}

#[test]
fn a_payment_is_refunded_once() {
    check(
        "
        given concert spring
        given kim=10000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator refunds 1 -> refunded 5000 of 1
        at 4   operator refunds 1 -> refused AlreadyRefunded
        then   wallet.kim=10000
        ",
    );
}

#[test]
fn an_unknown_payment_is_not_found_and_a_refused_one_never_was() {
    check(
        "
        given concert spring
        given kim=1
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1         -> refused InsufficientBalance { balance: 1, amount: 5000 }
        at 3   operator refunds 1 -> refused PaymentNotFound
        at 3   operator refunds 9 -> refused PaymentNotFound
        ",
    );
}

#[test]
fn a_refunded_seat_can_be_bought_again_by_the_same_user() {
    check(
        "
        given concert spring
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator refunds 1
        at 4   kim joins
        at 5   kim pays 1         -> refused ReservationNotFound { seat: 1 }
        at 5   kim reserves 1     -> held 1 for 5000 until 305
        at 6   kim pays 1         -> paid 1 for 5000 as 3, 0 left
        then   reservations.kim=1:paid,1:refunded payments.kim=3,1
        at 7   operator refunds 3 -> refunded 5000 of 3
        then   wallet.kim=5000 ledger.kim=Refund5000,Payment5000,Refund5000,Payment5000,Charge5000
        ",
    );
}

#[test]
fn a_refund_needs_neither_an_open_sale_nor_a_bookable_date_nor_a_welcome_user() {
    check(
        "
        given concert spring begins=100 closes_at=50
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator blocks kim
        at 200 operator refunds 1 -> refunded 5000 of 1
        then   wallet.kim=5000
        ",
    );
}

#[test]
fn a_refund_gives_back_what_was_paid_and_not_what_it_costs_now() {
    check(
        "
        given concert spring
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator revises price=7000
        at 4   operator refunds 1 -> refunded 5000 of 1
        then   revenue=0 wallet.kim=5000
        ",
    );
}

#[test]
fn a_refund_beyond_what_a_wallet_can_hold_is_refused() {
    check(
        "
        given charge_max=9007199254740991
        given concert spring
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   kim charges 9007199254740991
        at 4   operator refunds 1 -> refused BalanceLimit { most: 0 }
        then   sold=1 wallet.kim=9007199254740991
        ",
    );
}

#[test]
fn what_is_due_at_the_concert_ends_before_a_refund() {
    check(
        "
        given concert spring
        given kim=5000 lee
        at 0     kim joins
        at 1     kim reserves 1
        at 2     kim pays 1
        at 3     lee joins
        at 4     lee reserves 2
        late 304 operator refunds 1 -> refunded 5000 of 1
        then     events=seat.released,token.ended,seat.released,payment.refunded
        ",
    );
}
