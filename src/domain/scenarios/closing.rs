//! Contract section 5: closing: places without holds end, who holds seats may still pay or cancel.

use super::check;

#[test]
fn at_closing_places_without_holds_end() {
    check(
        "
        given concert spring max_active=1 closes_at=100
        given kim lee max
        at 0          kim joins
        at 1          lee joins
        late 99.999   kim polls -> ACTIVE until 600
        late 99.999   lee polls -> WAITING 1
        late 99.999   max joins -> WAITING 2
        late 100      kim polls -> ended Closed
        late 100      lee polls -> ended Closed
        at 100        max polls -> ended Closed
        then          status=closed waiting=0 active=0
        ",
    );
}

#[test]
fn nobody_joins_a_closed_sale() {
    check(
        "
        given concert spring closes_at=100
        given concert autumn status=closed
        given kim lee
        at 0         kim@autumn joins   -> refused NotOnSale
        late 99.999  kim joins          -> ACTIVE until 699.999
        late 100     lee joins          -> refused NotOnSale
        late 100     kim joins          -> refused NotOnSale
        at 101       lee joins          -> refused NotOnSale
        ",
    );
}

#[test]
fn who_holds_seats_at_closing_may_still_pay_but_not_reserve() {
    check(
        "
        given concert spring closes_at=100
        given kim=10000
        at 0         kim joins
        at 50        kim reserves 1,2    -> held 1,2 for 10000 until 350
        late 99.999  kim reserves 3      -> held 3 for 5000 until 399.999
        late 100     kim reserves 1      -> refused NotOnSale
        at 100       kim reserves best 1 -> refused NotOnSale
        at 100       kim polls           -> ACTIVE until 399.999
        at 100       kim joins           -> same ACTIVE until 399.999
        at 349.999   kim pays 1,2        -> paid 1,2 for 10000 as 1, 0 left
        then         reservations.kim=3:canceled,2:paid,1:paid
        ",
    );
}

#[test]
fn who_holds_seats_at_closing_may_cancel_and_with_the_last_hold_the_place_ends() {
    check(
        "
        given concert spring closes_at=100
        given kim
        at 0     kim joins
        at 50    kim reserves 1,2
        at 110   kim cancels 1 -> canceled 1
        at 110   kim polls     -> ACTIVE until 350
        at 120   kim cancels 2 -> canceled 2
        at 120   kim polls     -> ended Closed
        ",
    );
}

#[test]
fn a_hold_that_lapses_after_the_closing_ends_the_place() {
    check(
        "
        given concert spring closes_at=100
        given kim
        at 0        kim joins
        at 50       kim reserves 1
        late 349.999 kim polls -> ACTIVE until 350
        late 350    kim polls  -> ended HoldLapsed
        ",
    );
}

#[test]
fn places_that_outlive_their_holds_end_with_the_last_hold_after_a_closing() {
    check(
        "
        given end_on_hold_lapse=false
        given concert spring closes_at=100
        given kim
        at 0        kim joins
        at 50       kim reserves 1
        late 350    kim polls -> ended Closed
        at 350      kim polls -> ended Closed
        ",
    );
}

#[test]
fn past_the_closing_an_unknown_date_or_seat_is_still_told_first() {
    check(
        "
        given concert spring closes_at=100
        given kim lee
        at 0     kim joins
        at 0     lee joins
        at 50    kim reserves 1
        at 50    lee reserves 2
        at 150   kim reserves 1 on 25 -> refused DateNotFound
        at 150   kim reserves 9       -> refused SeatNotFound { seat: 9 }
        at 150   kim reserves best 1 in Z -> refused SectionNotFound
        at 150   kim reserves 2       -> refused NotOnSale
        ",
    );
}

#[test]
fn the_operator_closes_at_once_and_can_open_again() {
    check(
        "
        given concert spring max_active=2
        given kim lee max
        at 0   kim joins
        at 0   lee joins
        at 0   max joins
        at 1   kim reserves 1
        at 2   operator revises status=closed -> closed revision 2
        then   place.kim=ACTIVE_until_301 place.lee=ended_Closed place.max=ended_Closed status=closed
        then   events=concert.changed,token.ended,token.ended
        at 3   max joins    -> refused NotOnSale
        at 4   operator revises status=on_sale
        at 5   max joins    -> ACTIVE until 605
        at 6   kim reserves 2 -> held 2 for 5000 until 306
        ",
    );
}

#[test]
fn a_closing_time_can_be_moved_while_on_sale() {
    check(
        "
        given concert spring closes_at=100
        given kim lee
        at 0    kim joins
        at 50   operator revises closes_at=200
        at 100  kim polls     -> ACTIVE until 600
        at 150  lee joins     -> ACTIVE until 750
        at 160  operator revises closes_at=off
        at 200  kim polls     -> ACTIVE until 600
        at 300  operator revises closes_at=250     # has passed: it closes now
        at 300  kim polls     -> ended Closed
        then    status=closed
        ",
    );
}

#[test]
fn a_sale_that_closed_by_itself_opens_again_only_with_another_closing_time() {
    check(
        "
        given concert spring closes_at=100
        given kim
        at 100  kim joins -> refused NotOnSale
        at 101  operator revises status=on_sale
        at 101  kim joins -> refused NotOnSale
        then    status=closed
        at 102  operator revises status=on_sale closes_at=200
        at 102  kim joins -> ACTIVE until 702
        ",
    );
}

#[test]
fn what_ends_while_the_server_is_down_ends_by_what_came_first() {
    check(
        "
        given concert spring max_active=3 closes_at=1000
        given kim=5000 lee max tom pia ann
        at 0      kim joins                         # times out at 600
        at 0      lee joins
        at 400    lee reserves 1                    # lapses at 700
        at 500    max joins                         # is closed out at 1000
        at 550    tom joins -> WAITING 1            # is admitted at 600
        at 900    tom reserves 2                    # lapses at 1200
        at 960    pia joins
        at 960    ann joins -> WAITING 1
        late 5000 restart
        at 5000   kim polls -> ended TimedOut
        then      place.lee=ended_HoldLapsed place.max=ended_Closed place.tom=ended_HoldLapsed
        then      place.pia=ended_Closed place.ann=ended_Closed
        then      free=1,2,3 waiting=0 active=0
        ",
    );
}

#[test]
fn a_closing_ends_more_than_a_thousand_places_in_steps_and_all_are_told_at_once() {
    check(
        "
        given concert spring max_active=1 closes_at=100
        given crowd 2500
        given kim
        at 1       crowd joins
        late 100   crowd1 polls    -> ended Closed
        late 100   crowd2500 polls -> ended Closed
        late 100   crowd7 leaves   -> refused PlaceEnded(Closed)
        late 100   kim joins       -> refused NotOnSale
        late 100   restart
        late 100   crowd2500 polls -> ended Closed
        at 101     crowd2500 polls -> ended Closed
        then       waiting=0 active=0
        ",
    );
}

#[test]
fn a_sale_opens_again_only_when_all_whom_its_closing_ends_are_ended() {
    check(
        "
        given concert spring max_active=1
        given crowd 3500
        given kim
        at 1         crowd joins
        late 100     operator revises status=closed
        late 100     operator revises status=on_sale
            -> refused ConcertInUse { what: \"the places that the closing ends are not all ended yet\" }
        late 100     crowd3500 polls -> ended Closed
        at 100.001   operator revises status=on_sale
        at 101       crowd3500 polls -> ended Closed
        at 101       kim joins       -> ACTIVE until 701
        at 102       kim polls       -> ACTIVE until 701
        ",
    );
}

#[test]
fn ticks_end_the_places_of_a_closing_a_thousand_at_a_time_and_other_commands_do_little_of_it() {
    check(
        "
        given concert spring max_active=1 closes_at=100
        given concert autumn
        given crowd 3000
        given kim
        at 1       crowd joins
        late 100   kim@autumn joins -> ACTIVE until 700
        then       waiting=2999
        late 100   crowd7 leaves    -> refused PlaceEnded(Closed)
        then       waiting=2995
        late 100   operator ticks
        then       waiting=1995
        late 100   operator ticks
        late 100   operator ticks
        then       waiting=0 active=0
        ",
    );
}

#[test]
fn nobody_is_admitted_while_a_closing_goes_on() {
    check(
        "
        given concert spring max_active=1 active_seconds=60 closes_at=100
        given crowd 10
        at 1       crowd joins
        late 100   crowd7 leaves    -> refused PlaceEnded(Closed)
        then       waiting=6 active=0 admitted=1
        ",
    );
}

#[test]
fn where_more_has_ended_than_one_command_does_everybody_is_judged_as_if_all_were_done() {
    check(
        "
        given hold_seconds=7
        given concert spring max_active=off active_seconds=10 price=1
        given crowd 2500
        at 0       crowd joins
        at 5       crowd1200 reserves 1
        late 20    crowd2400 reserves 1   -> refused PlaceEnded(TimedOut)
        late 20    crowd2300 joins        -> ACTIVE until 30
        then       active=2487
        late 20    crowd2300 reserves 1   -> held 1 for 1 until 27
        late 20    crowd1200 pays 1       -> refused PlaceEnded(HoldLapsed)
        late 20    crowd2200 leaves       -> refused PlaceEnded(TimedOut)
        late 20    operator blocks crowd2100
        late 20    crowd2100 polls        -> ended TimedOut
        late 20    operator revises title=Summer -> refused Revised
        late 20    operator ticks
        late 20    operator ticks
        then       active=1
        ",
    );
}
