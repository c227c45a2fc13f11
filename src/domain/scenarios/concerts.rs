//! Contract sections 3 and 3a: concerts, their dates and what of them can be booked.

use super::check;

#[test]
fn a_concert_id_is_used_once() {
    check(
        "
        given concert spring
        at 0   operator creates spring -> refused ConcertExists
        at 0   operator creates autumn -> on_sale revision 1
        then   concerts=spring,autumn
        ",
    );
}

#[test]
fn a_draft_is_not_listed_until_it_is_published() {
    check(
        "
        given concert spring status=draft
        given kim
        then   concerts=none status=draft
        at 0   operator revises status=on_sale
        then   concerts=spring status=on_sale
        at 1   kim joins -> ACTIVE until 601
        ",
    );
}

#[test]
fn a_date_is_bookable_until_it_begins_and_then_only_paid_and_canceled() {
    check(
        "
        given concert spring dates=24,25 begins.24=100
        given kim=10000
        at 0         kim joins
        late 99.999  kim reserves 1,2     -> held 1,2 for 10000 until 399.999
        then         bookable=24,25 available=24,25
        late 100     kim reserves 3       -> refused DateNotFound
        late 100     kim reserves 1       -> refused DateNotFound
        late 100     kim reserves best 1  -> refused DateNotFound
        then         bookable=25 available=25 held=1,2
        late 101     kim cancels 1        -> canceled 1
        late 101     kim reserves 1 on 25 -> held 1 for 5000 until 401
        late 102     kim pays 2           -> paid 2 for 5000 as 1, 5000 left
        ",
    );
}

#[test]
fn a_date_is_available_as_long_as_a_seat_of_it_is_free() {
    check(
        "
        given concert spring dates=24,25 seats=1
        given kim=5000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 1
        then     available=25 bookable=24,25
        at 1     lee reserves 1 on 25
        then     available=none
        late 301 nothing
        then     available=24,25
        at 302   kim joins
        at 302   kim reserves 1
        at 302   kim pays 1
        then     available=25 sold=1
        at 303   operator refunds 1
        then     available=24,25
        ",
    );
}

#[test]
fn a_lapsed_hold_makes_its_own_date_available_and_no_other() {
    check(
        "
        given concert spring dates=24,25 seats=1
        given kim lee=5000
        at 0     kim joins
        at 0     lee joins
        at 1     lee reserves 1 on 25
        at 1     lee pays 1 on 25
        at 2     kim reserves 1
        then     available=none
        late 302 nothing
        then     available=24
        ",
    );
}

#[test]
fn free_seats_are_those_of_bookable_dates_whether_a_lapse_is_noted_or_not() {
    check(
        "
        given concert spring dates=24,25 seats=2 begins.24=200
        given kim
        at 0     kim joins
        at 1     kim reserves 1
        at 2     kim reserves 1 on 25
        then     free_seats=2
        late 200 nothing
        then     free_seats=1
        late 301 nothing        # the seat of the 24th has lapsed
        then     free_seats=1
        late 302 nothing
        then     free_seats=2
        ",
    );
}

#[test]
fn the_numbers_of_a_sale_follow_from_what_is_held_and_sold() {
    check(
        "
        given concert spring seats=4 max_active=2 price=100
        given kim=1000 lee max
        at 0     kim joins
        at 0     lee joins
        at 0     max joins
        at 1     kim reserves 1,2
        at 1     lee reserves 3
        then     counts=1/3/0 waiting=1 active=2 admitted=2 revenue=0 a_minute=2
        at 2     kim pays 1,2
        then     counts=1/1/2 waiting=0 active=2 admitted=3 revenue=200 a_minute=3
        late 301 nothing
        then     counts=2/0/2
        at 301   operator refunds 1
        then     counts=4/0/0 revenue=0 a_minute=0
        ",
    );
}

#[test]
fn admissions_are_counted_for_a_minute() {
    check(
        "
        given concert spring max_active=off
        given kim lee
        at 0         kim joins
        at 30        lee joins
        late 59.999  nothing
        then         a_minute=2 admitted=2
        late 60      nothing
        then         a_minute=1 admitted=2
        late 90      nothing
        then         a_minute=0 admitted=2
        ",
    );
}

#[test]
fn a_concert_at_which_nobody_ever_was_is_deleted_and_its_id_is_free() {
    check(
        "
        given concert autumn dates=24,25
        given concert spring
        given kim=10000
        at 0   operator blocks seats 2,3
        at 1   operator calls off 25
        at 2   operator deletes the concert
        then   events=concert.deleted concerts=spring
        at 2   operator deletes the concert -> refused ConcertNotFound
        at 2   kim joins -> refused ConcertNotFound
        at 3   operator creates autumn -> on_sale revision 1
        then   concerts=spring,autumn
        at 3   kim@autumn joins -> ACTIVE until 603
        at 4   operator@autumn deletes the concert -> refused ConcertInUse { what: \"it has had queue places\" }
        ",
    );
}

#[test]
fn a_concert_at_which_somebody_was_is_not_deleted() {
    check(
        "
        given concert winter
        given concert spring
        given kim=10000
        at 0   kim@spring joins
        at 1   kim@spring leaves
        at 2   operator@spring deletes the concert -> refused ConcertInUse { what: \"it has had queue places\" }
        at 3   operator sells 1 to guest by cash
        at 4   operator refunds 1
        at 5   operator deletes the concert -> refused ConcertInUse { what: \"tickets of it were sold\" }
        ",
    );
}

#[test]
fn a_closed_concert_leaves_the_public_list_30_days_after_its_last_date() {
    check(
        "
        given concert spring dates=24,25 begins.24=50 begins.25=100
        given concert autumn dates=24 begins.24=50
        at 0            operator revises status=closed
        at 2592099.999  nothing
        then            listed=spring,autumn
        at 2592100      nothing
        then            listed=autumn concerts=spring,autumn
        ",
    );
}

#[test]
fn a_concert_need_not_be_named_while_it_is_the_only_one_on_sale() {
    check(
        "
        given concert spring closes_at=100
        given concert autumn status=draft
        then     only_open=spring
        at 0     operator revises @autumn status=on_sale
        then     only_open=none
        late 100 nothing
        then     only_open=autumn
        ",
    );
}
