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

#[test]
fn who_waits_and_is_not_seen_is_abandoned_and_who_was_admitted_meanwhile_stays() {
    check(
        "
        given concert spring max_active=1
        given kim lee max pia
        at 0   kim joins
        at 1   lee joins
        at 2   max joins
        at 3   pia joins
        at 310 operator abandons max lee
        at 310 lee polls -> ended Abandoned
        at 310 max polls -> ended Abandoned
        at 310 pia polls -> WAITING 1
        at 311 kim leaves
        at 311 pia polls -> ACTIVE until 911
        at 312 operator abandons pia max kim
        at 312 pia polls -> ACTIVE until 911
        at 312 max joins -> WAITING 1
        ",
    );
}

#[test]
fn who_is_abandoned_goes_before_anybody_is_admitted() {
    check(
        "
        given concert spring max_active=1
        given kim lee max
        at 0     kim joins
        at 310   lee joins
        at 320   max joins
        late 600 operator abandons lee       # in the moment in which kim's place ends
        late 600 lee polls -> ended Abandoned
        late 600 max polls -> ACTIVE until 1200
        ",
    );
}

#[test]
fn who_waited_until_the_closing_was_closed_out_and_not_abandoned() {
    check(
        "
        given concert spring max_active=1 closes_at=400
        given kim lee
        at 0     kim joins
        at 1     lee joins
        late 400 lee polls -> ended Closed
        late 400 operator abandons lee
        late 400 lee polls -> ended Closed
        ",
    );
}

#[test]
fn an_admitted_place_that_nobody_asked_after_ends_and_the_next_is_admitted() {
    check(
        "
        given concert spring max_active=1 active_seconds=60 price=1
        given kim=9 lee max
        at 0     kim joins  -> ACTIVE until 60
        at 0     lee joins  -> WAITING 1
        at 0     max joins  -> WAITING 2
        at 5     operator misses kim lee        # lee waits and is not meant
        then     events=token.ended,token.activated
        at 5     kim polls  -> ended Abandoned
        at 5     lee polls  -> ACTIVE until 65
        at 5     kim joins  -> WAITING 2
        at 6     lee reserves 1
        at 6     operator misses lee            # a hold is a use of the place
        at 6     lee polls  -> ACTIVE until 306
        late 400 operator misses lee            # it ended before
        late 400 lee polls  -> ended HoldLapsed
        late 400 operator misses max kim
        late 400 max polls  -> ended Abandoned
        late 400 kim polls  -> ACTIVE until 460
        at 401   operator revises status=closed
        at 401   operator misses kim
        at 401   kim polls  -> ended Closed
        ",
    );
}

#[test]
fn a_client_is_told_to_ask_more_seldom_the_farther_back_it_stands() {
    check(
        "
        given concert spring max_active=1
        given kim
        given crowd 1600
        at 0   kim joins
        at 0   kim estimates       -> no wait
        at 1   crowd joins
        at 1   crowd1 estimates    -> wait 599 poll 1
        at 1   crowd49 estimates   -> wait 29399 poll 1
        at 1   crowd50 estimates   -> wait 29999 poll 2
        at 1   crowd500 estimates  -> wait 299999 poll 11
        at 1   crowd1450 estimates -> wait 869999 poll 30
        at 1   crowd1600 estimates -> wait 959999 poll 30
        ",
    );
}

#[test]
fn the_estimate_comes_from_the_window_and_falls_as_the_place_does() {
    check(
        "
        given concert spring max_active=off admit_count=2 admit_interval=10
        given crowd 20
        at 0   crowd joins
        at 0   crowd20 polls     -> WAITING 18
        at 0   crowd20 estimates -> wait 90 poll 1
        at 60  crowd20 polls     -> WAITING 6
        at 60  crowd20 estimates -> wait 30 poll 1
        at 75  crowd20 estimates -> wait 15 poll 1
        at 80  crowd20 estimates -> wait 10 poll 1
        at 90  crowd20 estimates -> no wait
        ",
    );
}

#[test]
fn one_admission_every_five_seconds_lets_the_fifth_wait_for_twenty_five() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=5
        given crowd 6
        at 0    crowd joins
        at 0    crowd2 estimates -> wait 5 poll 1
        at 0    crowd6 estimates -> wait 25 poll 1
        at 2.5  crowd6 estimates -> wait 23 poll 1
        at 25   crowd6 estimates -> no wait
        ",
    );
}

#[test]
fn the_first_in_line_waits_for_the_end_of_who_is_active() {
    check(
        "
        given hold_seconds=30
        given concert spring max_active=1 active_seconds=8 price=1
        given kim lee max
        at 0    kim joins
        at 0    lee joins
        at 0    max joins
        at 0    lee estimates -> wait 8 poll 1
        at 0    max estimates -> wait 16 poll 1
        at 3    lee estimates -> wait 5 poll 1
        at 5    kim reserves 1                      # the hold carries the place on until 35
        at 5    lee estimates -> wait 30 poll 1
        at 5    max estimates -> wait 38 poll 1
        at 6    kim cancels 1
        at 6    lee estimates -> wait 2 poll 1
        at 8    lee estimates -> no wait
        at 8    max estimates -> wait 8 poll 1
        ",
    );
}

#[test]
fn twenty_who_were_let_in_together_make_room_together() {
    check(
        "
        given concert spring max_active=20 active_seconds=75
        given crowd 60
        at 0    crowd joins
        at 0    crowd30 estimates -> wait 75 poll 1
        at 0    crowd40 estimates -> wait 75 poll 1
        at 0    crowd41 estimates -> wait 150 poll 1
        at 70   crowd30 estimates -> wait 5 poll 1
        at 76   crowd50 estimates -> wait 74 poll 1
        ",
    );
}

#[test]
fn who_makes_room_before_the_time_is_measured() {
    let mut steps = String::from(
        "
        given concert spring max_active=4 active_seconds=600
        given crowd 40
        at 0    crowd joins
        at 0    crowd5 estimates -> wait 600 poll 1
        ",
    );
    for leaver in 1..=20 {
        steps += &format!("at {} crowd{leaver} leaves\n", leaver * 10);
    }
    // One leaves every ten seconds: the tenth waits for 100 s.
    check(&(steps + "at 200 crowd34 polls -> WAITING 10\n at 200 crowd34 estimates -> wait 100 poll 1"));
}

#[test]
fn the_rate_of_a_quiet_time_before_is_not_told() {
    let mut steps = String::from(
        "
        given concert spring max_active=2 active_seconds=600
        given crowd 60
        ",
    );
    for visitor in 1..=6 {
        // One comes every five minutes, stays for a minute, and nobody waits.
        steps += &format!("at {} crowd{visitor} joins\n", visitor * 300);
        steps += &format!("at {} crowd{visitor} leaves\n", visitor * 300 + 60);
    }
    steps += "at 3000 crowd7 joins\n at 3000 crowd8 joins\n";
    for arrival in 9..=40 {
        steps += &format!("at 3001 crowd{arrival} joins\n");
    }
    for leaver in 7..=16 {
        steps += &format!("at {} crowd{leaver} leaves\n", 3_000 + (leaver - 6) * 10);
    }
    check(&(steps + "at 3100 crowd26 polls -> WAITING 8\n at 3100 crowd26 estimates -> wait 80 poll 1"));
}

#[test]
fn a_lowered_number_of_active_places_is_waited_for() {
    check(
        "
        given concert spring max_active=3 active_seconds=60
        given crowd 8
        at 0    crowd joins
        at 10   operator sets max_active=1 active_seconds=60
        at 10   crowd4 estimates -> wait 50 poll 1
        at 10   crowd5 estimates -> wait 110 poll 1
        ",
    );
}
