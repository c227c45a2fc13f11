//! Contract section 5: how long a place will still wait, and when its client is to ask again.

use super::check;

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

#[test]
fn a_client_is_told_to_ask_often_enough_to_be_seen() {
    check(
        "
        given abandon_seconds=20 claim_seconds=8
        given concert spring max_active=1
        given crowd 1600
        at 0   crowd joins
        at 0   crowd1600 estimates -> wait 959400 poll 4
        at 0   operator configures claim_seconds=off
        at 0   crowd1600 estimates -> wait 959400 poll 10
        ",
    );
}
