//! Contract sections 4 and 6: cancel gives held seats back, all or nothing.

use super::check;

#[test]
fn a_canceled_seat_is_free_at_once_and_the_place_stays() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves 1,2
        at 2   kim cancels 1  -> canceled 1
        then   held=2 reservations.kim=2:held,1:canceled events=seat.released
        at 2   lee reserves 1 -> held 1 for 5000 until 302
        at 3   kim cancels 2  -> canceled 2
        at 3   kim polls      -> ACTIVE until 600
        ",
    );
}

#[test]
fn several_seats_are_all_canceled_or_none() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves 1,2
        at 1   lee reserves 3
        at 2   kim cancels 1,2,3 -> refused ReservationNotFound { seat: 3 }
        then   held=1,2,3
        at 2   kim cancels 1,2   -> canceled 1,2
        then   held=3
        ",
    );
}

#[test]
fn what_is_not_held_by_oneself_cannot_be_canceled() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 1
        at 2   kim cancels 1 -> refused ReservationNotFound { seat: 1 }
        at 2   kim cancels 2 -> refused ReservationNotFound { seat: 2 }
        at 3   kim reserves 2
        at 4   kim cancels 2
        at 4   kim cancels 2 -> refused ReservationNotFound { seat: 2 }
        ",
    );
}

#[test]
fn a_hold_can_be_canceled_until_the_millisecond_before_it_lapses() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim
        at 0         kim joins
        at 1         kim reserves 1,2
        late 300.999 kim cancels 1 -> canceled 1
        late 301     kim cancels 2 -> refused ReservationNotFound { seat: 2 }
        then         reservations.kim=2:expired,1:canceled
        ",
    );
}

#[test]
fn past_the_active_time_a_hold_can_still_be_canceled() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 500 kim reserves 1,2
        at 700 kim cancels 1 -> canceled 1
        at 700 kim polls     -> ACTIVE until 800, reserving over
        ",
    );
}
