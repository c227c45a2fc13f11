//! Seats that the organiser keeps back: neither free nor anybody's.

use super::check;

#[test]
fn a_blocked_seat_is_not_free_until_it_is_unblocked() {
    check(
        "
        given concert spring seats=4 seat_limit=4
        given kim=20000
        at 0   kim joins
        at 1   operator blocks seats 2,3 -> blocked 2,3
        then   blocked=2,3 free=1,4 counts=2/0/0 available=24
        at 1   kim reserves 2 -> refused SeatTaken { seat: 2 }
        at 1   kim reserves best 2 -> refused NoAdjacentSeats
        at 1   kim pays 2 -> refused ReservationNotFound { seat: 2 }
        at 1   kim cancels 2 -> refused ReservationNotFound { seat: 2 }
        at 2   operator unblocks seats 3 -> unblocked 3
        at 2   operator unblocks seats 2,3 -> refused SeatNotBlocked { seat: 3 }
        then   blocked=2 free=1,3,4
        at 3   kim reserves best 2 -> held 3,4 for 10000 until 303
        at 4   kim reserves best 1 -> held 1 for 5000 until 304
        then   blocked=2 free=none available=none counts=0/3/0
        ",
    );
}

#[test]
fn what_is_held_or_sold_is_not_blocked_and_what_lapsed_is() {
    check(
        "
        given concert spring seats=4
        given kim=20000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 1
        at 1     kim pays 1
        at 1     lee reserves 2 -> held 2 for 5000 until 301
        at 2     operator blocks seats 1 -> refused SeatTaken { seat: 1 }
        at 2     operator blocks seats 2,3 -> refused SeatTaken { seat: 2 }
        at 2     operator blocks seats 3,5 -> refused SeatNotFound { seat: 5 }
        at 2     operator blocks seats 3 on 25 -> refused DateNotFound
        then     blocked=none held=2 sold=1
        late 301 operator blocks seats 2,3 -> blocked 2,3
        then     blocked=2,3 held=none sold=1 free=4
        at 302   operator refunds 1
        then     blocked=2,3 free=1,4
        ",
    );
}

#[test]
fn a_blocked_seat_is_not_taken_away_but_may_be_called_otherwise() {
    check(
        "
        given concert spring sections=A:A.2/B.2@700
        given kim
        at 0   kim joins
        at 1   operator blocks seats 4
        at 2   operator revises sections=A:A.2/B.1@700
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 2   operator revises dates=25
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 2   operator revises sections=A:A.2/C.3@700 -> on_sale revision 2
        then   blocked=4 free=1,2,3,5
        ",
    );
}

#[test]
fn an_archived_sale_keeps_their_count_and_they_can_still_be_unblocked() {
    check(
        "
        given concert spring seats=4
        given kim=20000
        at 0   kim joins
        at 1   kim reserves 1
        at 1   kim pays 1
        at 1   operator blocks seats 2,3
        at 2   operator revises status=closed -> closed revision 2
        at 3   nothing
        then   archived=true counts=1/0/1 blocked=2,3
        at 4   operator blocks seats 1 -> refused SeatTaken { seat: 1 }
        at 4   operator blocks seats 4 -> blocked 4
        at 5   restart
        then   archived=true counts=0/0/1 blocked=2,3,4
        at 6   operator unblocks seats 2,3,4 -> unblocked 2,3,4
        at 7   nothing
        then   archived=true counts=3/0/1 blocked=none
        ",
    );
}

#[test]
fn a_seat_that_is_blocked_again_stays_so_since_the_first_time() {
    check(
        "
        given concert spring
        at 1   operator blocks seats 1
        at 2   operator blocks seats 1,2
        then   blocked=1,2 blocked_since.1=1 blocked_since.2=2
        at 3   operator unblocks seats 1
        at 4   operator blocks seats 1
        then   blocked_since.1=4
        ",
    );
}
