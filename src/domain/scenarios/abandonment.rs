//! Contract section 5: places of users who are not seen any more, waiting or admitted.

use super::check;

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
