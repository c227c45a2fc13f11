//! Contract section 6: best available: adjacent seats of one row, nearest the front, leaving no orphan.

use super::check;

#[test]
fn the_frontmost_row_that_fits_wins() {
    check(
        "
        given concert spring sections=A:3x3@5000
        given kim lee max
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   kim reserves best 2 -> held 1,2 for 10000 until 301
        at 1   lee reserves best 2 -> held 4,5 for 10000 until 301     # seat 3 alone does not fit
        at 1   max reserves best 3 -> held 7,8,9 for 15000 until 301
        at 1   lee reserves best 1 -> held 3 for 5000 until 301
        ",
    );
}

#[test]
fn of_rows_with_the_same_number_that_of_the_first_section_wins() {
    check(
        "
        given concert spring sections=B:2x2@7000,A:2x4@5000
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves best 2 -> held 1,2 for 14000 until 301     # row 1 of B
        at 1   lee reserves best 2 -> held 5,6 for 10000 until 301     # row 1 of A, before row 2 of B
        at 1   kim reserves best 1 -> held 7 for 5000 until 301
        ",
    );
}

#[test]
fn a_section_can_be_asked_for() {
    check(
        "
        given concert spring sections=A:1x2@7000,B:1x4@5000
        given kim
        at 0   kim joins
        at 1   kim reserves best 2 in B -> held 3,4 for 10000 until 301
        at 1   kim reserves best 2 in A -> held 1,2 for 14000 until 301
        at 1   kim reserves best 1 in C -> refused SectionNotFound
        ",
    );
}

#[test]
fn no_single_seat_is_left_where_that_can_be_avoided() {
    check(
        "
        given concert spring seats=10 seat_limit=10
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 4,5
        at 2   kim reserves best 2 -> held 6,7 for 10000 until 302     # 1,2 would leave 3 alone
        at 3   kim reserves best 3 -> held 1,2,3 for 15000 until 303
        ",
    );
}

#[test]
fn one_seat_that_stands_alone_is_taken_before_one_of_a_longer_run() {
    check(
        "
        given concert spring sections=A:1x7@5000 seat_limit=10
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 1,5,7
        at 2   kim reserves best 1 -> held 6 for 5000 until 302     # 2,3,4 stay together
        ",
    );
}

#[test]
fn without_a_run_that_is_long_enough_there_is_nothing_to_reserve() {
    check(
        "
        given concert spring sections=A:1x5@5000 seat_limit=10
        given kim lee
        at 0     kim joins
        at 0     lee joins
        at 1     lee reserves 3
        at 2     kim reserves best 3 -> refused NoAdjacentSeats
        at 2     kim reserves best 6 -> refused NoAdjacentSeats
        late 301 kim reserves best 5 -> held 1,2,3,4,5 for 25000 until 601    # lee's hold has lapsed
        ",
    );
}

#[test]
fn adjacent_seats_never_cross_a_row_or_a_section() {
    check(
        "
        given concert spring sections=A:2x2@5000,B:1x1@5000 seat_limit=10
        given kim
        at 0   kim joins
        at 1   kim reserves best 3 -> refused NoAdjacentSeats
        ",
    );
}

#[test]
fn a_plain_date_has_rows_of_ten() {
    check(
        "
        given concert spring seats=15 seat_limit=20
        given kim
        at 0   kim joins
        at 1   kim reserves best 11 -> refused NoAdjacentSeats
        at 1   kim reserves best 6  -> held 1,2,3,4,5,6 for 30000 until 301
        at 1   kim reserves best 5  -> held 11,12,13,14,15 for 25000 until 301
        ",
    );
}

#[test]
fn seats_whose_lapse_is_not_noted_yet_count_in_their_own_section_and_row_alone() {
    // A command notes four lapses at most: those of seats 5 and 6, and of 13 and 14, are still to be noted.
    check(
        "
        given concert spring sections=A:1x8@7000,B:1x2@5000 seat_limit=8
        given kim lee
        at 0     kim joins
        at 0     lee joins
        at 1     lee reserves 1,2,3,4,5,6
        late 301 kim reserves best 2 in B -> held 9,10 for 10000 until 601
        ",
    );
    check(
        "
        given concert spring sections=A:2x8@7000 seat_limit=8
        given kim lee
        at 0     kim joins
        at 0     lee joins
        at 1     lee reserves 9,10,11,12,13,14
        late 301 kim reserves best 2      -> held 1,2 for 14000 until 601
        ",
    );
}
