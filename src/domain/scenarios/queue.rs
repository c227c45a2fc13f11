//! Contract section 5: one place a user and concert, first come first served, exact positions.

use super::check;

#[test]
fn a_user_has_one_place_in_a_concert_and_asking_again_makes_it_neither_better_nor_worse() {
    check(
        "
        given concert spring max_active=1
        given kim lee max
        at 0   kim joins -> ACTIVE until 600
        at 1   lee joins -> WAITING 1
        at 2   max joins -> WAITING 2
        at 3   lee joins -> same WAITING 1
        at 4   max joins -> same WAITING 2
        at 5   kim joins -> same ACTIVE until 600
        then   waiting=2 active=1 admitted=1
        ",
    );
}

#[test]
fn places_of_two_concerts_have_nothing_to_do_with_each_other() {
    check(
        "
        given concert spring max_active=1
        given concert autumn max_active=1
        given kim lee
        at 0   kim@spring joins  -> ACTIVE until 600
        at 1   lee@spring joins  -> WAITING 1
        at 2   lee@autumn joins  -> ACTIVE until 602
        at 3   kim@autumn joins  -> WAITING 1
        at 4   kim@spring leaves -> left
        at 5   lee@spring polls  -> ACTIVE until 604
        at 5   kim@autumn polls  -> WAITING 1
        ",
    );
}

#[test]
fn admission_is_strictly_by_arrival() {
    check(
        "
        given concert spring max_active=1
        given kim lee max pia
        at 0   kim joins
        at 1   lee joins  -> WAITING 1
        at 2   max joins  -> WAITING 2
        at 2   pia joins  -> WAITING 3
        at 3   kim leaves
        at 3   lee polls  -> ACTIVE until 603
        at 3   max polls  -> WAITING 1
        at 4   lee leaves
        at 4   max polls  -> ACTIVE until 604
        at 4   pia polls  -> WAITING 1
        ",
    );
}

#[test]
fn positions_close_up_when_somebody_in_front_goes() {
    check(
        "
        given concert spring max_active=1
        given kim lee max pia
        at 0   kim joins
        at 1   lee joins
        at 2   max joins
        at 3   pia joins  -> WAITING 3
        at 4   max leaves
        at 4   pia polls  -> WAITING 2
        at 4   lee polls  -> WAITING 1
        at 5   max joins  -> WAITING 3      # a new place, behind everybody
        at 5   max#3 polls -> ended Left
        ",
    );
}

#[test]
fn an_arrival_is_admitted_at_once_where_the_policy_allows_it_and_nobody_waits() {
    check(
        "
        given concert spring max_active=2
        given kim lee max
        at 0   kim joins -> ACTIVE until 600
        at 0   lee joins -> ACTIVE until 600
        at 0   max joins -> WAITING 1
        ",
    );
}

#[test]
fn a_freed_place_admits_the_next_in_the_same_step() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0   kim joins
        at 1   lee joins
        at 2   kim leaves -> left
        then   events=token.ended,token.activated
        at 2   lee polls  -> ACTIVE until 602
        ",
    );
}

#[test]
fn leaving_gives_up_the_place_and_its_holds() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 1   kim reserves 1,2
        at 2   kim leaves -> left
        then   free=1,2,3 reservations.kim=2:canceled,1:canceled events=seat.released,seat.released,token.ended
        at 3   kim polls  -> ended Left
        at 3   kim leaves -> refused PlaceEnded(Left)
        at 3   kim joins  -> ACTIVE until 603
        ",
    );
}

#[test]
fn a_waiting_place_can_be_left_too() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0   kim joins
        at 1   lee joins
        at 2   lee leaves -> left
        at 2   lee polls  -> ended Left
        then   waiting=0 active=1
        ",
    );
}
