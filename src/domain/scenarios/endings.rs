//! Contract section 5: how long an ACTIVE place lasts, what its holds do to that, and why places end.

use super::check;

#[test]
fn a_place_without_holds_lasts_active_seconds_to_the_millisecond() {
    check(
        "
        given concert spring
        given kim
        at 0         kim joins      -> ACTIVE until 600
        late 599.999 kim polls      -> ACTIVE until 600
        late 599.999 kim reserves 9 -> refused SeatNotFound { seat: 9 }
        late 600     kim polls      -> ended TimedOut
        late 600     kim reserves 1 -> refused PlaceEnded(TimedOut)
        at 600       kim polls      -> ended TimedOut
        ",
    );
}

#[test]
fn a_place_ends_when_its_last_hold_lapses() {
    check(
        "
        given concert spring
        given kim=10000
        at 0         kim joins
        at 10        kim reserves 1 -> held 1 for 5000 until 310
        at 20        kim reserves 2 -> held 2 for 5000 until 320
        at 20        kim polls      -> ACTIVE until 320
        at 310       kim polls      -> ACTIVE until 320
        then         free=1,3 reservations.kim=2:held,1:expired
        late 319.999 kim polls      -> ACTIVE until 320
        late 320     kim polls      -> ended HoldLapsed
        late 320     kim pays 2     -> refused PlaceEnded(HoldLapsed)
        then         free=1,2,3 reservations.kim=2:expired,1:expired wallet.kim=10000
        ",
    );
}

#[test]
fn a_place_outlives_its_holds_where_the_setting_says_so() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim=10000
        at 0     kim joins
        at 10    kim reserves 1 -> held 1 for 5000 until 310
        at 10    kim polls      -> ACTIVE until 600     # the later of the two
        late 310 kim polls      -> ACTIVE until 600
        late 310 kim reserves 1 -> held 1 for 5000 until 610
        at 311   kim polls      -> ACTIVE until 610
        late 610 kim polls      -> ended TimedOut
        late 610 kim pays 1     -> refused PlaceEnded(TimedOut)
        ",
    );
}

#[test]
fn the_setting_can_change_while_seats_are_held() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring
        given kim lee
        at 0     kim joins
        at 0     lee joins
        at 10    kim reserves 1
        at 10    lee reserves 2
        at 20    kim polls -> ACTIVE until 600
        at 20    operator configures end_on_hold_lapse=true
        at 20    kim polls -> ACTIVE until 310
        at 310   kim polls -> ended HoldLapsed
        ",
    );
}

#[test]
fn holds_are_honoured_past_the_active_time_but_nothing_new_is_reserved() {
    check(
        "
        given concert spring max_active=1
        given kim=10000 lee
        at 0       kim joins
        at 1       lee joins
        at 500     kim reserves 1 -> held 1 for 5000 until 800
        at 599.999 kim polls      -> ACTIVE until 800
        at 600     kim polls      -> ACTIVE until 800, reserving over
        at 600     lee polls      -> WAITING 1
        at 600     kim reserves 2 -> refused PlaceEnded(TimedOut)
        at 600     kim reserves 1 -> refused PlaceEnded(TimedOut)
        at 799     kim pays 1     -> paid 1 for 5000 as 1, 5000 left
        at 799     lee polls      -> ACTIVE until 1399
        ",
    );
}

#[test]
fn past_the_active_time_the_place_ends_with_its_last_hold() {
    check(
        "
        given concert spring
        given kim
        at 0        kim joins
        at 500      kim reserves 1
        at 550      kim reserves 2
        at 800      kim polls -> ACTIVE until 850, reserving over
        late 849.999 kim polls -> ACTIVE until 850, reserving over
        late 850    kim polls -> ended HoldLapsed
        ",
    );
}

#[test]
fn canceling_the_last_hold_past_the_active_time_ends_the_place() {
    check(
        "
        given concert spring
        given kim lee
        at 0    kim joins
        at 400  kim reserves 1,2
        at 650  kim cancels 1 -> canceled 1
        at 650  kim polls     -> ACTIVE until 700, reserving over
        at 660  kim cancels 2 -> canceled 2
        at 660  kim polls     -> ended TimedOut
        then    free=1,2,3
        ",
    );
}

#[test]
fn canceling_the_last_hold_within_the_active_time_leaves_the_place_as_it_was() {
    check(
        "
        given concert spring
        given kim
        at 0       kim joins
        at 10      kim reserves 1 -> held 1 for 5000 until 310
        at 10      kim polls      -> ACTIVE until 310
        at 309.999 kim cancels 1  -> canceled 1
        at 310     kim polls      -> ACTIVE until 600
        at 310     kim reserves 1 -> held 1 for 5000 until 610
        ",
    );
}

#[test]
fn a_hold_that_lapses_before_the_last_one_was_canceled_does_not_end_the_place() {
    check(
        "
        given concert spring
        given kim
        at 0    kim joins
        at 10   kim reserves 1
        at 20   kim reserves 2
        at 310  kim cancels 2 -> canceled 2      # 1 lapsed in this moment, 2 was still held
        at 311  kim polls     -> ACTIVE until 600
        then    free=1,2,3 reservations.kim=2:canceled,1:expired
        ",
    );
}

#[test]
fn a_place_that_ends_releases_all_its_holds_in_the_same_moment() {
    check(
        "
        given concert spring seats=10 dates=24,25
        given kim=100000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim reserves 2 on 25
        at 3   kim reserves 3
        at 4   kim pays 3 -> paid 3 for 5000 as 1, 95000 left
        then   held=none held.25=none sold=3 reservations.kim=3:paid,2:canceled,1:canceled
        at 4   kim polls  -> ended Paid
        ",
    );
}

#[test]
fn why_a_place_ended_stays_known() {
    check(
        "
        given concert spring seats=10
        given kim=10000 lee max pia tom ann sue
        given concert autumn
        at 0   kim joins
        at 0   kim reserves 1
        at 0   kim pays 1
        at 0   lee joins
        at 0   lee leaves
        at 0   max joins
        at 0   pia joins
        at 0   pia reserves 2
        at 0   ann joins
        at 0   operator blocks ann
        at 0   sue joins
        at 0   operator deletes sue
        at 600 tom joins
        at 700 operator revises status=closed
        then   place.kim=ended_Paid place.lee=ended_Left place.max=ended_TimedOut place.pia=ended_HoldLapsed
        then   place.tom=ended_Closed place.ann=ended_Blocked place.sue=ended_Deleted
        at 701 kim reserves 3 -> refused PlaceEnded(Paid)
        at 701 ann reserves 3 -> refused PlaceEnded(Blocked)
        at 701 sue pays 3     -> refused PlaceEnded(Deleted)
        at 701 tom cancels 3  -> refused PlaceEnded(Closed)
        late 702 restart
        then   place.kim=ended_Paid place.lee=ended_Left place.max=ended_TimedOut place.pia=ended_HoldLapsed
        ",
    );
}

#[test]
fn a_place_ended_by_what_came_first_even_when_no_tick_came_in_between() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring closes_at=700
        given kim lee max
        at 0     kim joins                          # times out at 600, before the closing
        at 0     lee joins
        at 200   max joins                          # would time out at 800, after the closing
        at 340   lee reserves 1                     # carries the place to 640, before the closing
        late 900 kim polls -> ended TimedOut
        late 900 lee polls -> ended TimedOut
        late 900 max polls -> ended Closed
        at 900   kim polls -> ended TimedOut
        ",
    );
}

#[test]
fn at_the_very_moment_of_the_closing_a_place_ends_by_the_closing() {
    check(
        "
        given concert spring closes_at=600
        given kim lee
        at 0     kim joins
        at 300   lee joins
        at 300   lee reserves 1
        late 600 kim polls -> ended Closed
        late 600 lee polls -> ended HoldLapsed
        ",
    );
}

#[test]
fn who_is_active_passes_a_guard_of_everything_and_nobody_else() {
    check(
        "
        given concert spring max_active=1
        given kim lee max
        at 0     kim joins
        at 1     lee joins
        then     guarded.kim=passes guarded.lee=waits:1 guarded.max=waits
        late 600 nothing
        then     guarded.kim=waits guarded.lee=waits:1
        at 600   nothing
        then     guarded.lee=passes
        ",
    );
}

#[test]
fn of_several_waiting_places_a_guard_tells_the_best_position() {
    check(
        "
        given concert spring max_active=1
        given concert autumn max_active=1
        given kim lee max
        at 0     kim@spring joins
        at 0     kim@autumn joins
        at 1     max@spring joins -> WAITING 1
        at 2     lee@spring joins -> WAITING 2
        at 3     lee@autumn joins -> WAITING 1
        then     guarded.lee=waits:1
        ",
    );
}
