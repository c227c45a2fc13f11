//! Contract section 4: what is refused because of the place or the user, and in which order refusals come.

use super::check;

#[test]
fn a_token_that_names_no_place_is_no_token() {
    check(
        "
        given concert spring
        given kim lee
        at 0   lee joins
        at 1   kim reserves 1      -> refused UnknownPlace
        at 1   kim cancels 1       -> refused UnknownPlace
        at 1   kim pays 1          -> refused UnknownPlace
        at 1   kim leaves          -> refused UnknownPlace
        at 1   kim#1 leaves        -> refused UnknownPlace      # the place of another
        at 1   kim@winter leaves   -> refused UnknownPlace
        at 2   lee leaves
        at 2   kim#1 leaves        -> refused UnknownPlace      # an ended place of another
        ",
    );
}

#[test]
fn who_waits_may_not_reserve_pay_or_cancel_and_is_told_the_position() {
    check(
        "
        given concert spring max_active=1
        given kim lee max
        at 0   kim joins
        at 1   lee joins
        at 1   max joins
        at 2   lee reserves 1      -> refused QueueWaiting { position: 1 }
        at 2   max reserves best 2 -> refused QueueWaiting { position: 2 }
        at 2   max pays 1          -> refused QueueWaiting { position: 2 }
        at 2   max cancels 1       -> refused QueueWaiting { position: 2 }
        ",
    );
}

#[test]
fn an_ended_place_is_refused_before_anything_about_seats() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 1   kim leaves
        at 2   kim reserves 99 on 31 -> refused PlaceEnded(Left)
        at 2   kim pays 99 on 31     -> refused PlaceEnded(Left)
        at 2   kim cancels 99 on 31  -> refused PlaceEnded(Left)
        at 2   kim leaves            -> refused PlaceEnded(Left)
        ",
    );
}

#[test]
fn waiting_is_refused_before_an_unknown_date_or_seat() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0   kim joins
        at 1   lee joins
        at 2   lee reserves 99 on 31 -> refused QueueWaiting { position: 1 }
        at 2   lee pays 99 on 31     -> refused QueueWaiting { position: 1 }
        ",
    );
}

#[test]
fn the_end_of_the_active_time_is_refused_before_an_unknown_date() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 400 kim reserves 1
        at 650 kim reserves 99 on 31 -> refused PlaceEnded(TimedOut)
        ",
    );
}

#[test]
fn unknown_dates_and_seats_are_refused_before_who_has_them() {
    check(
        "
        given concert spring seats=2
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 1
        at 2   kim reserves 1 on 25     -> refused DateNotFound
        at 2   kim pays 1 on 25         -> refused DateNotFound
        at 2   kim cancels 1 on 25      -> refused DateNotFound
        at 2   kim reserves best 1 on 25 -> refused DateNotFound
        at 2   kim reserves 1,3         -> refused SeatNotFound { seat: 3 }
        at 2   kim pays 1,3             -> refused SeatNotFound { seat: 3 }
        at 2   kim cancels 1,3          -> refused SeatNotFound { seat: 3 }
        at 2   kim reserves 0           -> refused SeatNotFound { seat: 0 }
        at 2   kim reserves 2           -> held 2 for 5000 until 302
        ",
    );
}

#[test]
fn a_seat_of_another_is_refused_before_one_of_ones_own_and_that_before_the_limit() {
    check(
        "
        given concert spring seats=5 seat_limit=2
        given kim=10000 lee
        at 0   kim joins
        at 0   lee joins
        at 1   lee reserves 3
        at 1   kim reserves 1
        at 1   kim pays 1
        at 2   kim joins
        at 3   kim reserves 1,3     -> refused SeatTaken { seat: 3 }
        at 3   kim reserves 1,2     -> refused AlreadyPaid { seat: 1 }
        at 3   kim reserves 1,2,4,5 -> refused AlreadyPaid { seat: 1 }
        at 3   kim reserves 2,4     -> refused SeatLimit { limit: 2 }
        ",
    );
}

#[test]
fn a_blocked_or_deleted_user_is_refused_before_an_unknown_concert() {
    check(
        "
        given concert spring
        given kim lee
        at 0   operator blocks kim
        at 0   operator deletes lee
        at 1   kim@winter joins -> refused UserBlocked
        at 1   lee@winter joins -> refused UserNotFound
        at 1   kim joins        -> refused UserBlocked
        at 1   lee joins        -> refused UserNotFound
        at 1   max joins        -> refused UserNotFound
        ",
    );
}

#[test]
fn a_concert_that_is_unknown_or_a_draft_has_no_queue() {
    check(
        "
        given concert spring status=draft
        given kim
        at 0   kim joins        -> refused ConcertNotFound
        at 0   kim@winter joins -> refused ConcertNotFound
        ",
    );
}

#[test]
fn the_end_of_a_place_is_told_before_whose_it_is_and_that_before_what_is_there() {
    check(
        "
        given concert spring
        given kim=5000 lee
        at 0   kim joins
        at 1   kim reserves 9 on 26 for lee  -> refused NotYours
        at 1   kim pays 9 on 26 for lee      -> refused NotYours
        at 1   kim cancels 9 on 26 for lee   -> refused NotYours
        at 1   kim pays everything for lee   -> refused NotYours
        at 500 kim reserves 1                -> held 1 for 5000 until 800
        at 600 kim reserves 2 for lee        -> refused PlaceEnded(TimedOut)
        at 600 kim pays 1 for lee            -> refused NotYours
        at 800 kim pays 1 for lee            -> refused PlaceEnded(HoldLapsed)
        ",
    );
}
