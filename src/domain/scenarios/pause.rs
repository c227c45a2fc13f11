//! A pause of admission: nobody is admitted, and everything else goes on.

use super::check;

#[test]
fn a_pause_stops_admission_and_nothing_else() {
    check(
        "
        given concert spring max_active=1 seats=3
        given kim=20000 lee max
        at 0   kim joins                       -> ACTIVE until 600
        at 1   lee joins                       -> WAITING 1
        at 2   operator sets admission=paused  -> on_sale revision 2
        at 3   max joins                       -> WAITING 2
        at 4   kim reserves 1                  -> held 1 for 5000 until 304
        at 5   kim pays 1                      -> paid 1 for 5000 as 1, 15000 left
        at 5   lee polls                       -> WAITING 1
        at 999 lee polls                       -> WAITING 1
        at 999 lee leaves
        at 999 max polls                       -> WAITING 1
        then   waiting=1 active=0
        ",
    );
}

#[test]
fn the_end_of_a_pause_admits_whom_the_policy_allows_in_the_order_of_arrival() {
    check(
        "
        given concert spring max_active=2 admission=paused
        given kim lee max
        at 0   kim joins                                    -> WAITING 1
        at 1   lee joins                                    -> WAITING 2
        at 2   max joins                                    -> WAITING 3
        at 9   operator sets admission=running max_active=2
        at 9   kim polls                                    -> ACTIVE until 609
        at 9   lee polls                                    -> ACTIVE until 609
        at 9   max polls                                    -> WAITING 1
        ",
    );
}

#[test]
fn a_pause_is_a_field_of_the_concert_too_and_outlasts_a_restart() {
    check(
        "
        given concert spring max_active=2
        given kim lee
        at 0   operator revises admission=paused
        at 1   kim joins                          -> WAITING 1
        at 2   restart
        at 3   kim polls                          -> WAITING 1
        at 4   lee joins                          -> WAITING 2
        at 5   operator revises admission=running
        at 5   kim polls                          -> ACTIVE until 605
        at 5   lee polls                          -> ACTIVE until 605
        ",
    );
}
