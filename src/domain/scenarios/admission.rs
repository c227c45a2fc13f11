//! Contract section 5: the admission policy, all of whose parts must allow an admission.

use super::check;

#[test]
fn at_most_max_active_places_are_active_at_once() {
    check(
        "
        given concert spring max_active=2
        given kim lee max
        at 0      kim joins
        at 100    lee joins
        at 200    max joins -> WAITING 1
        at 599.999 max polls -> WAITING 1
        at 600    max polls -> ACTIVE until 1200
        then      active=2 admitted=3
        ",
    );
}

#[test]
fn lowering_max_active_ends_nobody_and_only_stops_admission() {
    check(
        "
        given concert spring max_active=3
        given kim lee max pia
        at 0   kim joins
        at 1   lee joins
        at 2   max joins
        at 3   operator sets max_active=1
        then   active=3
        at 4   pia joins  -> WAITING 1
        at 5   kim leaves
        at 6   lee leaves
        at 6   pia polls  -> WAITING 1
        at 7   max leaves
        at 7   pia polls  -> ACTIVE until 607
        ",
    );
}

#[test]
fn raising_max_active_admits_at_once_and_off_admits_all() {
    check(
        "
        given concert spring max_active=1
        given kim lee max pia
        at 0   kim joins
        at 1   lee joins
        at 2   max joins
        at 3   pia joins
        at 4   operator sets max_active=2
        at 4   lee polls -> ACTIVE until 604
        at 4   max polls -> WAITING 1
        at 5   operator sets max_active=off
        at 5   max polls -> ACTIVE until 605
        at 5   pia polls -> ACTIVE until 605
        ",
    );
}

#[test]
fn at_most_admit_count_admissions_happen_in_any_window() {
    check(
        "
        given concert spring max_active=off admit_count=2 admit_interval=10
        given kim lee max pia
        at 0      kim joins -> ACTIVE until 600
        at 4      lee joins -> ACTIVE until 604
        at 5      max joins -> WAITING 1
        at 5      pia joins -> WAITING 2
        then      due=10
        at 9.999  max polls -> WAITING 1
        at 10     max polls -> ACTIVE until 610
        at 10     pia polls -> WAITING 1
        then      due=14
        at 13.999 pia polls -> WAITING 1
        at 14     pia polls -> ACTIVE until 614
        ",
    );
}

#[test]
fn leaving_gives_no_admission_back_to_the_window() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=10
        given kim lee
        at 0   kim joins -> ACTIVE until 600
        at 1   kim leaves
        at 2   lee joins -> WAITING 1
        at 10  lee polls -> ACTIVE until 610
        ",
    );
}

#[test]
fn all_parts_of_the_policy_must_allow_an_admission() {
    check(
        "
        given concert spring max_active=1 admit_count=1 admit_interval=10
        given kim lee max
        at 0   kim joins
        at 1   lee joins
        at 1   max joins
        at 3   kim leaves                       # a free place, but the window is full
        at 3   lee polls -> WAITING 1
        at 10  lee polls -> ACTIVE until 610
        at 20  max polls -> WAITING 1           # the window has room, but no place is free
        at 25  lee leaves
        at 25  max polls -> ACTIVE until 625
        ",
    );
}

#[test]
fn an_arrival_does_not_overtake_who_waits_for_the_window() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=10
        given kim lee max
        at 0   kim joins
        at 1   lee joins -> WAITING 1
        late 10 max joins -> WAITING 1          # lee was admitted in the same step
        at 10  lee polls -> ACTIVE until 610
        at 20  max polls -> ACTIVE until 620
        ",
    );
}

#[test]
fn the_window_slides_on_across_a_restart() {
    check(
        "
        given concert spring max_active=off admit_count=2 admit_interval=10
        given kim lee max pia
        at 0      kim joins
        at 4      lee joins
        at 5      max joins -> WAITING 1
        at 6      pia joins -> WAITING 2
        late 7    restart
        at 9.999  max polls -> WAITING 1
        at 10     max polls -> ACTIVE until 610
        late 11   restart
        at 13.999 pia polls -> WAITING 1
        at 14     pia polls -> ACTIVE until 614
        ",
    );
}

#[test]
fn a_window_set_while_on_sale_counts_the_admissions_before_it() {
    check(
        "
        given concert spring max_active=off
        given kim lee max
        at 0      kim joins
        at 4      lee joins
        at 5      operator sets admit_count=2 admit_interval=10
        at 6      max joins -> WAITING 1
        at 9.999  max polls -> WAITING 1
        at 10     max polls -> ACTIVE until 610
        ",
    );
}

#[test]
fn a_window_made_longer_counts_what_was_outside_of_the_shorter_one() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=10
        given kim lee
        at 0      kim joins -> ACTIVE until 600
        at 30     operator sets admit_interval=50
        at 31     lee joins -> WAITING 1
        at 49.999 lee polls -> WAITING 1
        at 50     lee polls -> ACTIVE until 650
        ",
    );
}

#[test]
fn a_window_of_an_hour_counts_old_admissions_exactly_or_a_second_longer() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=10
        given kim lee max
        at 0.250  kim joins
        at 100    lee joins                     # kim's admission left the windows that are kept exact
        at 110    operator sets admit_count=2 admit_interval=3600
        at 111    max joins -> WAITING 1
        at 3600   max polls -> WAITING 1
        late 3600 restart
        at 3600.249 max polls -> WAITING 1
        at 3601   max polls -> ACTIVE until 4200.999
        ",
    );
}

#[test]
fn a_window_made_shorter_or_switched_off_admits_at_once() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=100
        given kim lee max
        at 0   kim joins
        at 1   lee joins -> WAITING 1
        at 2   max joins -> WAITING 2
        at 20  operator sets admit_interval=15
        at 20  lee polls -> ACTIVE until 620
        at 20  max polls -> WAITING 1
        at 21  operator sets admit_count=off
        at 21  max polls -> ACTIVE until 621
        ",
    );
}

#[test]
fn without_an_interval_there_is_no_window() {
    check(
        "
        given concert spring max_active=off admit_count=1 admit_interval=off
        given kim lee
        at 0   kim joins -> ACTIVE until 600
        at 0   lee joins -> ACTIVE until 600
        ",
    );
}

#[test]
fn a_concert_that_does_not_say_follows_the_settings_of_the_server() {
    check(
        "
        given max_active=1 active_seconds=60 admit_count=off
        given concert spring
        given concert autumn max_active=2
        given kim lee max
        at 0   kim@spring joins -> ACTIVE until 60
        at 0   lee@spring joins -> WAITING 1
        at 0   kim@autumn joins -> ACTIVE until 60
        at 0   lee@autumn joins -> ACTIVE until 60
        at 1   operator configures max_active=2 active_seconds=90
        at 1   lee@spring polls -> ACTIVE until 91
        at 1   kim@spring polls -> ACTIVE until 60
        at 2   operator configures admit_count=1 admit_interval=10 max_active=off
        at 2   max@spring joins -> WAITING 1
        at 11  max@spring polls -> ACTIVE until 101
        ",
    );
}

#[test]
fn active_seconds_count_for_those_who_are_admitted_after_the_change() {
    check(
        "
        given concert spring active_seconds=100
        given kim lee
        at 0   kim joins -> ACTIVE until 100
        at 1   operator sets active_seconds=10
        at 1   kim polls -> ACTIVE until 100
        at 2   lee joins -> ACTIVE until 12
        ",
    );
}

#[test]
fn a_thousand_admissions_are_a_step_and_the_rest_follows_at_once_in_order() {
    check(
        "
        given concert spring max_active=off on_sale_at=10
        given crowd 2500
        given kim
        at 1     crowd joins
        late 10  kim joins -> WAITING 2493      # a command of a user does little of what is due
        at 10    kim polls -> ACTIVE until 610
        then     waiting=0 active=2501 admitted=2501
        ",
    );
}

#[test]
fn nobody_is_admitted_while_the_server_is_down_and_admission_goes_on_at_the_start() {
    check(
        "
        given concert spring max_active=1
        given kim lee max
        at 0      kim joins
        at 1      lee joins
        at 2      max joins
        late 1500 restart
        at 1500   kim polls -> ended TimedOut
        at 1500   lee polls -> ACTIVE until 2100     # not since 600, nor ended at 1200
        at 1500   max polls -> WAITING 1
        ",
    );
}
