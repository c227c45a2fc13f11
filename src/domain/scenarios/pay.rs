//! Contract sections 4 and 6: payment is one step, all of it or none.

use super::check;

#[test]
fn everything_that_is_held_is_paid_in_one_step_over_all_dates() {
    check(
        "
        given concert spring dates=24,25 seats=5 price=1000
        given kim=10000
        at 0   kim joins
        at 1   kim pays everything        -> refused NothingHeld
        at 1   kim reserves 4
        at 2   kim reserves 1,2 on 25
        at 3   kim pays everything        -> paid 4,1,2 for 3000 as 2, 7000 left
        then   owned.kim=3 sold.24=4 sold.25=1,2
        then   events=seat.sold,seat.sold,seat.sold,payment.paid,token.ended
        at 3   kim polls                  -> ended Paid
        at 4   operator refunds 2         -> refunded 3000 of 2
        then   owned.kim=0 free.25=1,2,3,4,5 wallet.kim=10000
        ",
    );
}

#[test]
fn a_hold_that_has_lapsed_is_no_part_of_everything() {
    check(
        "
        given hold_seconds=60
        given concert spring seats=5 price=1000
        given kim=10000
        at 0       kim joins
        at 1       kim reserves 1
        at 31      kim reserves 2
        late 61    kim pays everything    -> paid 2 for 1000 as 1, 9000 left
        then       free=1,3,4,5
        ",
    );
}

#[test]
fn a_payment_sells_the_seats_debits_the_wallet_and_ends_the_place() {
    check(
        "
        given concert spring
        given kim=12000
        at 0   kim joins
        at 1   kim reserves 1,2
        at 2   kim pays 1,2   -> paid 1,2 for 10000 as 1, 2000 left
        then   sold=1,2 held=none free=3 counts=1/0/2 revenue=10000 owned.kim=2
        then   wallet.kim=2000 ledger.kim=Payment10000,Charge12000 payments.kim=1
        then   reservations.kim=2:paid,1:paid
        then   events=seat.sold,seat.sold,payment.paid,token.ended
        at 2   kim polls      -> ended Paid
        ",
    );
}

#[test]
fn the_other_holds_of_the_place_are_released_and_listed_as_canceled() {
    check(
        "
        given concert spring
        given kim=12000 lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves 1,2
        at 2   kim pays 2     -> paid 2 for 5000 as 1, 7000 left
        then   sold=2 free=1,3 reservations.kim=2:paid,1:canceled
        then   events=seat.sold,payment.paid,seat.released,token.ended
        at 2   lee reserves 1 -> held 1 for 5000 until 302
        ",
    );
}

#[test]
fn with_too_small_a_balance_hold_and_place_stay_and_the_payment_can_be_tried_again() {
    check(
        "
        given concert spring
        given kim=4999
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1     -> refused InsufficientBalance { balance: 4999, amount: 5000 }
        then   held=1 wallet.kim=4999 ledger.kim=Charge4999 payments.kim=none revenue=0
        at 2   kim polls      -> ACTIVE until 301
        at 3   kim charges 1  -> balance 5000 by entry 2
        at 4   kim pays 1     -> paid 1 for 5000 as 2, 0 left
        ",
    );
}

#[test]
fn several_seats_are_all_paid_or_none() {
    check(
        "
        given concert spring
        given kim=9999
        at 0   kim joins
        at 1   kim reserves 1,2
        at 2   kim pays 1,2   -> refused InsufficientBalance { balance: 9999, amount: 10000 }
        at 2   kim pays 1,3   -> refused ReservationNotFound { seat: 3 }
        then   held=1,2 sold=none wallet.kim=9999
        ",
    );
}

#[test]
fn a_hold_can_be_paid_until_the_millisecond_before_it_lapses() {
    check(
        "
        given concert spring
        given kim=5000 lee=5000
        at 0         kim joins
        at 0         lee joins
        at 1         kim reserves 1 -> held 1 for 5000 until 301
        at 1         lee reserves 2 -> held 2 for 5000 until 301
        late 300.999 kim pays 1     -> paid 1 for 5000 as 1, 0 left
        late 301     lee pays 2     -> refused PlaceEnded(HoldLapsed)
        then         free=2,3 wallet.lee=5000
        ",
    );
}

#[test]
fn what_one_owns_is_already_paid() {
    check(
        "
        given concert spring
        given kim=20000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   kim joins
        at 4   kim reserves 2
        at 5   kim pays 1     -> refused AlreadyPaid { seat: 1 }
        at 5   kim pays 1,2   -> refused AlreadyPaid { seat: 1 }
        at 5   kim pays 1,3   -> refused AlreadyPaid { seat: 1 }
        at 5   kim cancels 1  -> refused AlreadyPaid { seat: 1 }
        then   wallet.kim=15000
        ",
    );
}

#[test]
fn ones_own_lapsed_hold_has_expired_as_long_as_nobody_else_has_the_seat() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim=20000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 1
        at 2     kim reserves 2
        late 301 kim pays 1      -> refused HoldExpired { seat: 1 }
        at 301   kim pays 1      -> refused HoldExpired { seat: 1 }
        at 301   kim pays 1,2    -> refused HoldExpired { seat: 1 }
        at 301   kim pays 1,3    -> refused HoldExpired { seat: 1 }
        at 301   kim cancels 1   -> refused ReservationNotFound { seat: 1 }
        at 301   lee reserves 1  -> held 1 for 5000 until 601
        at 301   kim pays 1      -> refused ReservationNotFound { seat: 1 }
        at 301   lee cancels 1
        at 301   kim pays 1      -> refused HoldExpired { seat: 1 }
        late 302 kim pays 2      -> refused HoldExpired { seat: 2 }
        ",
    );
}

#[test]
fn of_several_lapsed_holds_the_first_seat_is_named() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim=20000
        at 0     kim joins
        at 1     kim reserves 2
        at 2     kim reserves 3
        at 3     kim reserves 1
        late 302 kim pays 1,2,3  -> refused HoldExpired { seat: 2 }     # 1 is held until 303
        at 302   kim pays 1,2,3  -> refused HoldExpired { seat: 2 }
        late 303 kim pays 1,2,3  -> refused HoldExpired { seat: 1 }
        ",
    );
}

#[test]
fn a_hold_of_an_earlier_place_of_the_same_user_has_expired_too() {
    check(
        "
        given concert spring
        given kim=20000
        at 0   kim joins
        at 1   kim reserves 1
        at 301 kim joins       -> ACTIVE until 901
        at 302 kim pays 1      -> refused HoldExpired { seat: 1 }
        at 303 kim reserves 1
        at 304 kim cancels 1
        at 305 kim pays 1      -> refused ReservationNotFound { seat: 1 }
        ",
    );
}

#[test]
fn what_one_does_not_hold_is_no_reservation() {
    check(
        "
        given concert spring
        given kim=20000 lee=20000 max=20000
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   lee reserves 1
        at 1   max reserves 2
        at 1   max pays 2
        at 2   kim pays 1      -> refused ReservationNotFound { seat: 1 }
        at 2   kim pays 2      -> refused ReservationNotFound { seat: 2 }
        at 2   kim pays 3      -> refused ReservationNotFound { seat: 3 }
        at 3   kim reserves 3
        at 3   kim cancels 3
        at 3   kim pays 3      -> refused ReservationNotFound { seat: 3 }
        then   wallet.kim=20000
        ",
    );
}

#[test]
fn what_costs_nothing_is_paid_with_an_empty_wallet() {
    check(
        "
        given concert spring price=0
        given kim
        at 0   kim joins
        at 1   kim reserves 1 -> held 1 for 0 until 301
        at 2   kim pays 1     -> paid 1 for 0 as 1, 0 left
        then   sold=1 revenue=0
        ",
    );
}

#[test]
fn a_user_can_come_again_after_paying_and_pays_from_the_same_wallet() {
    check(
        "
        given concert spring
        given concert autumn price=3000
        given kim=10000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1          -> paid 1 for 5000 as 1, 5000 left
        at 3   kim@autumn joins
        at 4   kim@autumn reserves 1
        at 5   kim@autumn pays 1   -> paid 1 for 3000 as 2, 2000 left
        at 6   kim joins           -> ACTIVE until 606
        then   payments.kim=2,1 ledger.kim=Payment3000,Payment5000,Charge10000 revenue=5000 revenue.autumn=3000
        ",
    );
}
