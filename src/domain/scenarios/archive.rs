//! A sale that is over keeps counts in memory and no seats; what can be asked of it is answered as before.

use super::check;

#[test]
fn a_sale_is_archived_once_it_is_closed_and_its_last_place_has_ended() {
    check(
        "
        given concert spring closes_at=100
        given kim=10000 lee=5000
        at 0     kim joins
        at 0     lee joins
        at 1     lee reserves 3
        at 1     lee pays 3
        at 50    kim reserves 1,2
        at 99    nothing
        then     archived=false
        at 200   nothing
        then     archived=false status=closed held=1,2 sold=3
        at 201   kim pays 1 -> paid 1 for 5000 as 2, 5000 left
        at 202   nothing
        then     archived=true counts=1/0/2 revenue=10000 sold=1,3 free=2 available=24
        late 203 restart
        then     archived=true counts=1/0/2 revenue=10000 sold=1,3 admitted=2
        at 204   kim joins -> refused NotOnSale
        at 204   kim polls -> ended Paid
        ",
    );
}

#[test]
fn a_refund_after_the_sale_frees_the_seat_and_takes_the_revenue_off() {
    check(
        "
        given concert spring closes_at=100
        given kim=10000
        at 0     kim joins
        at 1     kim reserves 1,2
        at 1     kim pays 1,2
        at 101   nothing
        then     archived=true counts=1/0/2 revenue=10000
        late 102 restart
        at 103   operator refunds 1 -> refunded 10000 of 1
        then     archived=true counts=3/0/0 revenue=0 sold=none wallet.kim=10000 owned.kim=0
        late 104 restart
        then     archived=true counts=3/0/0 revenue=0 sold=none reservations.kim=2:refunded,1:refunded
        ",
    );
}

#[test]
fn a_sale_that_is_opened_again_knows_its_seats_their_owners_and_the_window() {
    check(
        "
        given concert spring admit_count=1 admit_interval=600 seat_limit=2
        given kim=10000 lee
        at 0     kim joins
        at 1     kim reserves 1
        at 1     kim pays 1
        at 2     operator revises status=closed
        at 3     nothing
        then     archived=true sold=1
        late 4   restart
        at 5     operator revises status=on_sale -> on_sale revision 3
        then     archived=false sold=1 counts=2/0/1 mine.kim=1
        at 6     kim joins          -> WAITING 1
        at 599   kim polls          -> WAITING 1
        at 600   kim reserves 1     -> refused AlreadyPaid { seat: 1 }
        at 600   kim reserves 2,3   -> refused SeatLimit { limit: 2 }
        at 600   kim reserves 2     -> held 2 for 5000 until 900
        ",
    );
}

#[test]
fn the_plan_of_an_archived_sale_does_not_move_under_its_sold_seats() {
    check(
        "
        given concert spring seats=5
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 4
        at 1   kim pays 4
        at 2   operator revises status=closed
        at 3   nothing
        then   archived=true
        at 4   operator revises seats=3
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 4   operator revises status=draft
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 5   nothing
        then   archived=true sold=4
        at 6   operator revises seats=4 -> closed revision 3
        at 7   nothing
        then   archived=true counts=3/0/1
        at 8   operator refunds 1
        at 9   operator revises status=draft -> draft revision 4
        then   archived=false counts=4/0/0
        ",
    );
}

#[test]
fn a_clock_set_back_before_the_closing_opens_an_archived_sale_again() {
    check(
        "
        given concert spring closes_at=100
        given kim=10000 lee
        at 0     kim joins
        at 1     kim reserves 1
        at 1     kim pays 1
        at 150   nothing
        then     archived=true status=closed
        late 151 restart
        at 152   operator sets the clock ahead -100
        then     archived=false status=on_sale sold=1
        at 152   lee joins      -> ACTIVE until 652
        at 152   lee reserves 1 -> refused SeatTaken { seat: 1 }
        ",
    );
}

#[test]
fn the_admissions_of_an_archived_sale_are_forgotten_when_no_window_counts_them() {
    check(
        "
        given concert spring closes_at=100
        given kim lee
        at 10    kim joins
        at 20    lee joins
        at 101   nothing
        then     archived=true due=3620
        late 102 restart
        then     archived=true due=3620
        at 3620  nothing
        then     due=never admitted=2
        ",
    );
}
