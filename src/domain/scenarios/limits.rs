//! Contract section 4: how many seats of a concert one user may have.

use super::check;

#[test]
fn what_is_held_and_owned_over_all_dates_counts() {
    check(
        "
        given concert spring seats=10 dates=24,25 seat_limit=3
        given kim=100000
        at 0   kim joins
        at 1   kim reserves 1 on 24
        at 1   kim pays 1 on 24
        at 2   kim joins
        at 3   kim reserves 2 on 24     -> held 2 for 5000 until 303
        at 4   kim reserves 1,2 on 25   -> refused SeatLimit { limit: 3 }
        at 4   kim reserves 1 on 25     -> held 1 for 5000 until 304
        at 5   kim reserves 2 on 25     -> refused SeatLimit { limit: 3 }
        at 5   kim reserves 1 on 25     -> held 1 for 5000 until 304    # nothing new
        ",
    );
}

#[test]
fn the_limit_itself_is_allowed_and_one_more_is_not() {
    check(
        "
        given seat_limit=4
        given concert spring seats=10
        given kim
        at 0   kim joins
        at 1   kim reserves 1,2,3,4,5 -> refused SeatLimit { limit: 4 }
        at 1   kim reserves 1,2,3,4   -> held 1,2,3,4 for 20000 until 301
        at 2   kim reserves 4,5       -> refused SeatLimit { limit: 4 }
        ",
    );
}

#[test]
fn canceled_lapsed_and_refunded_seats_count_no_longer() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring seats=10 seat_limit=1
        given kim=100000
        at 0     kim joins
        at 1     kim reserves 1
        at 2     kim cancels 1
        at 3     kim reserves 2 -> held 2 for 5000 until 303
        late 303 kim reserves 3 -> held 3 for 5000 until 603
        at 304   kim pays 3
        at 305   kim joins
        at 306   kim reserves 4 -> refused SeatLimit { limit: 1 }
        at 307   operator refunds 1
        at 308   kim reserves 4 -> held 4 for 5000 until 608
        ",
    );
}

#[test]
fn a_lowered_limit_takes_nothing_away() {
    check(
        "
        given concert spring seats=10 seat_limit=4
        given kim=100000
        at 0   kim joins
        at 1   kim reserves 1,2,3
        at 2   operator revises seat_limit=1
        at 3   kim reserves 4     -> refused SeatLimit { limit: 1 }
        at 3   kim reserves 1,2   -> held 1,2 for 10000 until 301
        at 4   kim pays 1,2,3     -> paid 1,2,3 for 15000 as 1, 85000 left
        ",
    );
}

#[test]
fn each_user_and_each_concert_has_a_limit_of_its_own() {
    check(
        "
        given concert spring seats=10 seat_limit=1
        given concert autumn seats=10 seat_limit=2
        given kim lee
        at 0   kim joins
        at 0   kim@autumn joins
        at 0   lee joins
        at 1   kim reserves 1          -> held 1 for 5000 until 301
        at 1   lee reserves 2          -> held 2 for 5000 until 301
        at 1   kim@autumn reserves 1,2 -> held 1,2 for 10000 until 301
        at 1   kim@autumn reserves 3   -> refused SeatLimit { limit: 2 }
        ",
    );
}

#[test]
fn best_available_keeps_to_the_limit_too() {
    check(
        "
        given concert spring seats=10 seat_limit=3
        given kim
        at 0   kim joins
        at 1   kim reserves best 4 -> refused SeatLimit { limit: 3 }
        at 1   kim reserves best 2 -> held 1,2 for 10000 until 301
        at 1   kim reserves best 2 -> refused SeatLimit { limit: 3 }
        at 1   kim reserves best 1 -> held 3 for 5000 until 301
        ",
    );
}

#[test]
fn the_limit_is_told_before_that_no_adjacent_seats_are_left() {
    check(
        "
        given concert spring sections=A:1x3@5000 seat_limit=2
        given kim
        at 0   kim joins
        at 1   kim reserves best 5 -> refused SeatLimit { limit: 2 }
        ",
    );
}
