//! Contract section 5: before the opening users gather in a lobby.

use super::check;

#[test]
fn before_the_opening_everybody_waits_and_at_the_opening_the_first_are_admitted() {
    check(
        "
        given concert spring max_active=1 on_sale_at=100
        given kim lee
        at 0         kim joins   -> WAITING 1
        at 1         lee joins   -> WAITING 2
        at 99.999    kim polls   -> WAITING 1
        at 99.999    kim reserves 1 -> refused QueueWaiting { position: 1 }
        then         status=on_sale due=100
        at 100       kim polls   -> ACTIVE until 700
        at 100       lee polls   -> WAITING 1
        ",
    );
}

#[test]
fn the_lobby_is_admitted_in_order_of_arrival_as_far_as_the_policy_allows() {
    check(
        "
        given concert spring max_active=3 admit_count=2 admit_interval=10 on_sale_at=100
        given kim lee max pia
        at 4    pia joins
        at 5    kim joins
        at 6    max joins
        at 7    lee joins
        at 100  pia polls -> ACTIVE until 700
        at 100  kim polls -> ACTIVE until 700
        at 100  max polls -> WAITING 1
        at 110  max polls -> ACTIVE until 710
        at 110  lee polls -> WAITING 1
        ",
    );
}

#[test]
fn the_time_until_the_opening_is_part_of_the_estimate() {
    check(
        "
        given concert spring max_active=1 active_seconds=60 on_sale_at=100
        given kim lee
        at 0    kim joins
        at 0    lee joins
        at 0    kim estimates -> wait 100 poll 30
        at 40.5 lee estimates -> wait 120 poll 30
        ",
    );
}

#[test]
fn places_of_the_lobby_can_be_left_and_the_others_move_up() {
    check(
        "
        given concert spring on_sale_at=100
        given kim lee
        at 0    kim joins
        at 1    lee joins  -> WAITING 2
        at 2    kim leaves -> left
        at 2    lee polls  -> WAITING 1
        ",
    );
}

#[test]
fn an_opening_can_be_moved() {
    check(
        "
        given concert spring on_sale_at=100
        given kim lee
        at 0    kim joins -> WAITING 1
        at 50   operator revises on_sale_at=200
        at 100  kim polls -> WAITING 1
        at 120  operator revises on_sale_at=off
        at 120  kim polls -> ACTIVE until 720
        at 130  operator revises on_sale_at=300
        at 130  kim polls -> ACTIVE until 720        # who was admitted stays
        at 130  lee joins -> WAITING 1
        at 300  lee polls -> ACTIVE until 900
        ",
    );
}

#[test]
fn an_opening_that_was_moved_later_lets_nobody_take_new_seats_and_lets_pay_and_cancel_go_on() {
    check(
        "
        given concert spring seats=9 price=10
        given kim=100 lee
        at 0    kim joins -> ACTIVE until 600
        at 0    lee joins -> ACTIVE until 600
        at 1    kim reserves 1,2
        at 2    operator revises on_sale_at=300
        at 3    kim reserves 3      -> refused NotOnSale
        at 3    kim reserves 1      -> refused NotOnSale
        at 3    lee reserves best 2 -> refused NotOnSale
        at 3    lee reserves 10     -> refused SeatNotFound { seat: 10 }
        at 4    kim cancels 2       -> canceled 2
        at 5    kim pays 1          -> paid 1 for 10 as 1, 90 left
        at 299.999 lee reserves 3   -> refused NotOnSale
        at 300  lee reserves 3      -> held 3 for 10 until 600
        ",
    );
}

#[test]
fn in_a_lobby_a_client_asks_again_the_sooner_the_nearer_the_opening_is() {
    check(
        "
        given concert spring on_sale_at=100
        given kim
        at 0    kim joins
        at 0    kim estimates -> wait 100 poll 30
        at 60   kim estimates -> wait 40 poll 20
        at 90   kim estimates -> wait 10 poll 5
        at 99   kim estimates -> wait 1 poll 1
        at 100  kim estimates -> no wait
        ",
    );
}

#[test]
fn nobody_is_told_to_ask_again_later_than_half_of_the_time_that_ends_the_place() {
    check(
        "
        given abandon_seconds=9
        given concert spring max_active=1
        given concert autumn on_sale_at=1000
        given crowd 499
        given kim
        at 0    crowd joins
        at 0    crowd499 estimates   -> wait 298800 poll 4
        at 0    kim@autumn joins
        at 0    kim@autumn estimates -> wait 1000 poll 4
        at 1    operator sets abandon_seconds=1
        at 1    crowd499 estimates   -> wait 298799 poll 1
        at 1    operator sets abandon_seconds=off
        at 1    crowd499 estimates   -> wait 298799 poll 10
        ",
    );
}

#[test]
fn the_lobby_survives_a_restart_and_a_downtime_over_the_opening() {
    check(
        "
        given concert spring max_active=1 on_sale_at=100
        given kim lee
        at 0     kim joins
        at 1     lee joins
        late 50  restart
        at 60    lee polls -> WAITING 2
        late 150 restart
        at 150   kim polls -> ACTIVE until 750
        at 150   lee polls -> WAITING 1
        ",
    );
}

#[test]
fn a_sale_that_closes_before_it_opens_admits_nobody() {
    check(
        "
        given concert spring on_sale_at=100 closes_at=50
        given kim
        at 0    kim joins -> WAITING 1
        at 50   kim polls -> ended Closed
        at 100  kim joins -> refused NotOnSale
        ",
    );
}
