//! Contract section 6: holds: who has a seat, until when, and what becomes of it.

use super::check;

#[test]
fn a_hold_is_valid_while_now_is_before_its_expiry_and_needs_no_tick() {
    check(
        "
        given concert spring
        given kim lee
        at 0         kim joins
        at 0         lee joins
        at 2         kim reserves 1 -> held 1 for 5000 until 302
        late 301.999 lee reserves 1 -> refused SeatTaken { seat: 1 }
        then         held=1 free=2,3
        late 302     lee reserves 1 -> held 1 for 5000 until 602
        then         reservations.kim=1:expired reservations.lee=1:held
        ",
    );
}

#[test]
fn a_lapsed_hold_is_free_for_its_former_holder_too() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim
        at 0     kim joins
        at 2     kim reserves 1 -> held 1 for 5000 until 302
        late 302 kim reserves 1 -> held 1 for 5000 until 602
        then     reservations.kim=1:held,1:expired
        ",
    );
}

#[test]
fn a_seat_that_others_hold_or_own_is_taken() {
    check(
        "
        given concert spring
        given kim=5000 lee max
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   kim reserves 1
        at 1   kim pays 1
        at 2   lee reserves 2
        at 3   max reserves 1   -> refused SeatTaken { seat: 1 }
        at 3   max reserves 2   -> refused SeatTaken { seat: 2 }
        at 3   max reserves 3   -> held 3 for 5000 until 303
        ",
    );
}

#[test]
fn of_many_who_want_one_seat_exactly_one_gets_it() {
    check(
        "
        given concert spring seats=1
        given kim lee max
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   max reserves 1 -> held 1 for 5000 until 301
        at 1   kim reserves 1 -> refused SeatTaken { seat: 1 }
        at 1   lee reserves 1 -> refused SeatTaken { seat: 1 }
        then   held=1 free=none counts=0/1/0
        ",
    );
}

#[test]
fn reserving_what_one_holds_extends_nothing() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 1   kim reserves 1,2 -> held 1,2 for 10000 until 301
        at 100 kim reserves 1   -> held 1 for 5000 until 301
        at 200 kim reserves 1,2 -> held 1,2 for 10000 until 301
        then   reservations.kim=2:held,1:held events=none
        ",
    );
}

#[test]
fn with_new_seats_beside_them_the_new_ones_get_their_own_time_and_the_answer_the_earliest() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 1   kim reserves 1   -> held 1 for 5000 until 301
        at 100 kim reserves 1,2 -> held 1,2 for 10000 until 301
        at 100 kim reserves 2   -> held 2 for 5000 until 400
        at 301 kim polls        -> ACTIVE until 400
        then   held=2 reservations.kim=2:held,1:expired
        ",
    );
}

#[test]
fn several_seats_are_all_reserved_or_none() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 2
        at 2   kim reserves 1,2,3 -> refused SeatTaken { seat: 2 }
        then   held=2 free=1,3 reservations.kim=none
        at 3   kim reserves 1,4   -> refused SeatNotFound { seat: 4 }
        then   held=2 free=1,3 reservations.kim=none
        ",
    );
}

#[test]
fn a_request_is_not_refused_because_of_one_that_was_refused_itself() {
    check(
        "
        given concert spring
        given kim lee max
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   lee reserves 2
        at 2   kim reserves 1,2 -> refused SeatTaken { seat: 2 }
        at 2   max reserves 1   -> held 1 for 5000 until 302
        ",
    );
}

#[test]
fn hold_seconds_count_for_new_holds_only() {
    check(
        "
        given hold_seconds=300
        given concert spring
        given kim
        at 0   kim joins
        at 1   kim reserves 1      -> held 1 for 5000 until 301
        at 2   operator configures hold_seconds=60
        at 3   kim reserves 1      -> held 1 for 5000 until 301
        at 4   kim reserves 1,2    -> held 1,2 for 10000 until 64
        at 5   operator configures hold_seconds=86400
        at 6   kim reserves 1      -> held 1 for 5000 until 301
        ",
    );
}

#[test]
fn a_hold_of_a_millisecond_more_is_told_as_a_second_more() {
    check(
        "
        given concert spring
        given kim
        at 0        kim joins
        at 1.001    kim reserves 1 -> held 1 for 5000 until 301.001
        at 300.002  kim reserves 1 -> held 1 for 5000 until 301.001
        ",
    );
}

#[test]
fn the_price_is_that_of_the_section_and_the_seats_run_on_through_the_sections() {
    check(
        "
        given concert spring sections=A:2x2@7000,B:1x3@5000
        given kim
        at 0   kim joins
        at 1   kim reserves 4,5 -> held 4,5 for 12000 until 301
        at 1   kim reserves 8   -> refused SeatNotFound { seat: 8 }
        at 1   kim reserves 7   -> held 7 for 5000 until 301
        ",
    );
}

#[test]
fn the_same_seat_number_of_two_dates_or_concerts_are_different_seats() {
    check(
        "
        given concert spring dates=24,25
        given concert autumn
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 0   lee@autumn joins
        at 1   kim reserves 1 on 24        -> held 1 for 5000 until 301
        at 1   lee reserves 1 on 25        -> held 1 for 5000 until 301
        at 1   lee@autumn reserves 1 on 24 -> held 1 for 5000 until 301
        ",
    );
}

#[test]
fn what_one_holds_or_owns_is_ones_own_until_it_lapses() {
    check(
        "
        given concert spring seats=5
        given kim=5000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 3
        at 1     kim pays 3
        at 2     kim joins
        at 3     kim reserves 1,5
        at 3     lee reserves 2
        then     mine.kim=1,3,5 mine.lee=2
        late 303 nothing
        then     mine.kim=3 mine.lee=none
        ",
    );
}
