//! Seats as a hall has them: rows with labels and lengths of their own, seats counted from either side, accessible ones.

use super::check;

#[test]
fn best_available_knows_rows_of_unequal_length() {
    check(
        "
        given concert spring sections=A:A.2/B.3.11/C.4@700,B:AA.4@500 seat_limit=20
        given kim
        at 0   kim joins
        at 1   kim reserves best 3 -> held 10,11,12 for 1500 until 301        # row 1 of B, before row 2 of A
        at 2   kim reserves best 4 -> held 6,7,8,9 for 2800 until 302         # row C
        at 3   kim reserves best 4 -> refused NoAdjacentSeats
        at 3   kim reserves best 3 -> held 3,4,5 for 2100 until 303           # row B
        at 4   kim reserves best 3 -> refused NoAdjacentSeats
        ",
    );
}

#[test]
fn the_first_request_of_a_date_knows_them_too() {
    check(
        "
        given concert spring sections=A:A.2/B.3@700,B:1x3@500
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves best 4 -> refused NoAdjacentSeats
        at 1   kim reserves best 3 in A -> held 3,4,5 for 2100 until 301
        at 1   lee reserves best 3 -> held 6,7,8 for 1500 until 301
        ",
    );
}

#[test]
fn accessible_seats_come_last_unless_they_are_asked_for() {
    check(
        "
        given concert spring sections=A:2x4@700!1.2.7 seat_limit=10
        given kim lee max pia
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 0   pia joins
        at 1   kim reserves best 2 -> held 3,4 for 1400 until 301               # not 1,2
        at 1   lee reserves accessible 2 -> held 1,2 for 1400 until 301
        at 1   lee reserves accessible 2 -> refused NoAdjacentSeats             # 7 stands alone
        at 1   max reserves best 2 -> held 5,6 for 1400 until 301
        at 1   max reserves best 2 -> held 7,8 for 1400 until 301               # no others are left
        at 1   max cancels 7,8
        at 1   kim reserves accessible 1 -> held 7 for 700 until 301
        late 301 pia reserves accessible 2 -> held 1,2 for 1400 until 601      # they lapsed, no tick has noted it
        ",
    );
}

#[test]
fn where_no_seat_is_accessible_none_is_found() {
    check(
        "
        given concert spring sections=A:2x4@700
        given kim
        at 0   kim joins
        at 1   kim reserves accessible 1 -> refused NoAdjacentSeats
        at 1   kim reserves best 1 -> held 1 for 700 until 301
        at 1   kim reserves accessible 1 -> refused NoAdjacentSeats
        ",
    );
}

#[test]
fn what_is_held_is_called_as_it_was_and_what_is_free_may_be_renamed() {
    check(
        "
        given concert spring sections=A:A.4/B.4@700
        given kim
        at 0   kim joins
        at 1   kim reserves 2 -> held 2 for 700 until 301
        at 2   operator revises sections=A:AA.4/B.4@700
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 2 }] }
        at 2   operator revises sections=A:A.4.11/B.4@700
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 2 }] }
        at 2   operator revises sections=A:A.4/B.4@700~right_to_left
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 2 }] }
        at 2   operator revises sections=A:A.2/B.6@700 -> on_sale revision 2           # seats 3 and 4 were free
        at 2   operator revises sections=A:A.2/BB.9.11@900!3 -> on_sale revision 3
        at 2   operator revises sections=A:A.1/BB.9.11@900
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 2 }] }
        ",
    );
}
