//! Contract section 3a: changing a concert: what is held or sold cannot be taken away.

use super::check;

#[test]
fn a_held_or_sold_seat_cannot_be_taken_away_and_a_free_one_can() {
    check(
        "
        given concert spring seats=5
        given kim=5000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 3
        at 1     kim pays 3
        at 2     lee reserves 4   -> held 4 for 5000 until 302
        at 3     operator revises seats=3
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 3     operator revises seats=4 -> on_sale revision 2
        late 302 operator revises seats=3 -> on_sale revision 3
        late 302 operator revises seats=2
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 3 }] }
        then     seats=3 free=1,2 sold=3
        at 303   operator refunds 1
        at 304   operator revises seats=2 -> on_sale revision 4
        then     free=1,2
        ",
    );
}

#[test]
fn a_date_with_taken_seats_stays_and_an_empty_one_can_go() {
    check(
        "
        given concert spring dates=24,25,26
        given kim
        at 0   kim joins
        at 1   kim reserves 1 on 25
        at 2   operator revises dates=24,26
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301225), seat: 1 }] }
        at 2   operator revises dates=25,27 -> on_sale revision 2
        then   bookable=25,27 held.25=1
        at 3   kim reserves 2 on 24 -> refused DateNotFound
        at 3   kim reserves 2 on 27 -> held 2 for 5000 until 303
        ",
    );
}

#[test]
fn a_taken_seat_does_not_move_on_the_plan() {
    check(
        "
        given concert spring sections=A:2x3@700,B:1x4@500
        given kim=5000 lee
        at 0     kim joins
        at 0     lee joins
        at 1     kim reserves 7
        at 1     kim pays 7       -> paid 7 for 500 as 1, 4500 left
        at 2     lee reserves 4   -> held 4 for 700 until 302
        at 3     operator revises sections=B:1x4@500,A:2x3@700
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }, SeatKey { date: CalendarDate(20301224), seat: 7 }] }
        at 3     operator revises sections=A:3x3@700,B:1x4@500
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 7 }] }
        at 3     operator revises sections=A:1x6@700,B:1x4@500
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 4 }] }
        at 4     operator revises sections=A:2x3@900,B:1x5@100,C:2x2@1  -> on_sale revision 2
        late 302 operator revises sections=D:2x3@900,B:1x5@100          -> on_sale revision 3
        at 303   operator refunds 1
        at 304   operator revises sections=E:1x1@900                    -> on_sale revision 4
        ",
    );
}

#[test]
fn dates_and_seats_can_be_added_while_on_sale() {
    check(
        "
        given concert spring seats=2
        given kim
        at 0   kim joins
        at 1   kim reserves 3 -> refused SeatNotFound { seat: 3 }
        at 2   operator revises dates=24,25 seats=70
        at 3   kim reserves 3,65 -> held 3,65 for 10000 until 303
        at 3   kim reserves 70 on 25 -> held 70 for 5000 until 303
        then   seats=70 seats.25=70
        ",
    );
}

#[test]
fn a_hold_keeps_its_price() {
    check(
        "
        given concert spring
        given kim=12000
        at 0   kim joins
        at 1   kim reserves 1     -> held 1 for 5000 until 301
        at 2   operator revises price=7000
        at 3   kim reserves 1,2   -> held 1,2 for 12000 until 301
        at 4   kim pays 1,2       -> paid 1,2 for 12000 as 1, 0 left
        then   revenue=12000
        ",
    );
}

#[test]
fn a_concert_goes_back_to_draft_only_without_live_places() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   operator revises status=draft -> refused ConcertInUse { what: \"2 live queue places\" }
        at 2   kim leaves
        at 2   lee leaves
        at 3   operator revises status=draft -> draft revision 2
        at 4   kim joins                     -> refused ConcertNotFound
        then   concerts=none
        at 5   operator revises status=on_sale
        at 6   kim joins                     -> ACTIVE until 606
        then   concerts=spring
        ",
    );
}

#[test]
fn a_concert_goes_back_to_draft_only_without_taken_seats() {
    check(
        "
        given concert spring
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator revises status=draft
            -> refused SeatsInUse { seats: [SeatKey { date: CalendarDate(20301224), seat: 1 }] }
        at 4   operator refunds 1
        at 5   operator revises status=draft -> draft revision 2
        ",
    );
}

#[test]
fn what_ended_without_a_tick_does_not_stand_in_the_way_of_a_draft() {
    check(
        "
        given concert spring
        given kim
        at 0     kim joins
        at 1     kim reserves 1
        late 301 operator revises status=draft -> draft revision 2
        ",
    );
}

#[test]
fn a_change_of_what_was_changed_meanwhile_is_told_to_read_again() {
    check(
        "
        given concert spring
        at 0   operator revises title=Summer     -> on_sale revision 2
        at 1   operator revises stale seats=9    -> refused Revised
        at 2   operator sets max_active=5        -> on_sale revision 3
        at 3   operator revises stale seats=9    -> refused Revised
        at 3   operator revises seats=9          -> on_sale revision 4
        then   seats=9 revision=4
        at 4   operator sets stale max_active=6  -> refused Revised
        at 4   operator sets fresh max_active=7  -> on_sale revision 5
        then   seats=9 revision=5
        ",
    );
}

#[test]
fn a_closing_that_is_due_counts_as_a_change() {
    check(
        "
        given concert spring closes_at=100
        late 100 operator revises title=Summer -> refused Revised
        at 101   operator revises title=Summer -> closed revision 3
        ",
    );
}

#[test]
fn an_unknown_concert_is_not_changed() {
    check(
        "
        given concert spring
        at 0   operator revises @winter seats=9    -> refused ConcertNotFound
        at 0   operator sets @winter max_active=1  -> refused ConcertNotFound
        ",
    );
}

#[test]
fn a_date_that_was_called_off_goes_when_all_is_given_back_and_can_be_given_anew() {
    check(
        "
        given concert spring dates=24,25
        late 0 operator calls off 25
        late 0 operator revises dates=24
            -> refused ConcertInUse { what: \"a date that goes is being called off\" }
        at 1   operator revises dates=24     -> on_sale revision 3
        at 2   operator revises dates=24,25  -> on_sale revision 4
        then   called_off.25=no bookable=24,25
        ",
    );
}
