//! Contract section 5: a wall clock that is set right moves what is absolute and nothing that lasts for so long. The
//! steps are told in the log's time; what is answered is told by the wall clock.

use super::check;

#[test]
fn a_sale_opens_when_the_wall_clock_that_was_set_ahead_says_so() {
    check(
        "
        given concert spring on_sale_at=1000
        given kim
        at 0   kim joins                             -> WAITING 1
        at 10  operator sets the clock ahead 600
        then   due=400
        at 399 kim polls                             -> WAITING 1
        at 400 kim polls                             -> ACTIVE until 1600
        ",
    );
}

#[test]
fn a_sale_whose_opening_is_leapt_over_opens_at_once() {
    check(
        "
        given concert spring on_sale_at=1000
        given kim
        at 0   kim joins                             -> WAITING 1
        at 10  operator sets the clock ahead 31536000
        at 10  kim polls                             -> ACTIVE until 31536610
        ",
    );
}

#[test]
fn a_sale_opens_later_when_the_wall_clock_is_set_back() {
    check(
        "
        given concert spring on_sale_at=100
        given kim lee
        at 0   kim joins                             -> WAITING 1
        at 99  operator sets the clock ahead -60
        at 159 kim polls                             -> WAITING 1
        at 160 kim polls                             -> ACTIVE until 700
        at 161 operator sets the clock ahead -3600
        at 162 lee joins                             -> WAITING 1
        at 3700 lee polls                            -> ACTIVE until 700
        ",
    );
}

#[test]
fn holds_and_places_keep_their_remaining_time_whatever_the_wall_clock_is_set_to() {
    for seconds in ["31536000", "600", "-600", "-31536000"] {
        let until = |at: i64| (at + seconds.parse::<i64>().expect("a number")).to_string();
        let (hold, place, next) = (until(310), until(600), until(910));
        check(&format!(
            "
            given concert spring max_active=2
            given kim=10000 lee max
            at 0       kim joins
            at 0       lee joins
            at 5       max joins                     -> WAITING 1
            at 10      kim reserves 1                -> held 1 for 5000 until 310
            at 20      operator sets the clock ahead {seconds}
            at 20      kim polls                     -> ACTIVE until {hold}
            at 20      lee polls                     -> ACTIVE until {place}
            at 30      kim reserves 1                -> held 1 for 5000 until {hold}
            late 31    restart
            at 309.999 kim polls                     -> ACTIVE until {hold}
            at 310     kim polls                     -> ended HoldLapsed
            at 599.999 lee polls                     -> ACTIVE until {place}
            at 600     lee polls                     -> ended TimedOut
            at 600     max polls                     -> ACTIVE until {next}
            "
        ));
    }
}

#[test]
fn a_window_of_admissions_and_a_kept_answer_last_as_long() {
    check(
        "
        given concert spring admit_count=1 admit_interval=60
        given kim=1 lee max
        at 0    kim joins
        at 1    lee joins                            -> WAITING 1
        at 2    kim charges 5 once a                 -> balance 6 by entry 2
        at 10   operator sets the clock ahead 31536000
        at 59   lee polls                            -> WAITING 1
        at 60   lee polls                            -> ACTIVE until 31536660
        at 61   kim charges 5 once a                 -> replayed balance 6 by entry 2
        at 70   operator sets the clock ahead 0
        at 71   max joins                            -> WAITING 1
        at 120  max polls                            -> ACTIVE until 720
        ",
    );
}

#[test]
fn a_sale_closes_and_a_date_begins_by_the_wall_clock() {
    check(
        "
        given concert spring closes_at=1000 begins=2000
        given kim lee
        at 0    kim joins
        at 10   operator sets the clock ahead 985
        at 10   kim polls                            -> ACTIVE until 1585
        at 11   kim reserves 1                       -> held 1 for 5000 until 1296
        at 12   operator sets the clock ahead 1990
        at 12   lee joins                            -> refused NotOnSale
        at 12   kim reserves 2                       -> refused DateNotFound
        at 12   kim polls                            -> ACTIVE until 2301
        at 311  kim polls                            -> ended HoldLapsed
        ",
    );
}

#[test]
fn what_ended_before_the_clock_was_set_ended_for_its_own_reason() {
    check(
        "
        given concert spring closes_at=1000
        given kim lee
        at 0     kim joins
        at 1     lee joins
        late 600.5 operator sets the clock ahead 1000
        late 601 kim polls                           -> ended TimedOut
        late 601 lee polls                           -> ended Closed
        ",
    );
}

#[test]
fn a_sale_that_closed_by_itself_is_on_again_when_the_clock_is_set_back_before_its_closing() {
    check(
        "
        given concert spring closes_at=1000
        given kim lee
        at 0    kim joins
        at 10   operator sets the clock ahead 2000
        at 10   kim polls                            -> ended Closed
        at 11   lee joins                            -> refused NotOnSale
        late 20 restart
        at 20   operator sets the clock ahead 0
        at 20   kim polls                            -> ended Closed
        at 21   lee joins                            -> ACTIVE until 621
        at 999  kim joins                            -> ACTIVE until 1599
        at 1000 kim polls                            -> ended Closed
        ",
    );
}

#[test]
fn a_sale_that_its_organiser_closed_stays_closed() {
    check(
        "
        given concert spring closes_at=1000
        given kim
        at 10   operator revises status=closed
        at 20   operator sets the clock ahead 2000
        at 30   operator sets the clock ahead 0
        at 31   kim joins                            -> refused NotOnSale
        ",
    );
}

#[test]
fn a_clock_that_is_read_again_and_was_right_moves_nothing() {
    check(
        "
        given concert spring closes_at=640
        given kim
        at 0     kim joins
        at 10    operator sets the clock ahead 600
        late 700 operator sets the clock ahead 600
        late 700 restart
        late 700 kim polls                           -> ended Closed
        ",
    );
}

#[test]
fn a_sale_that_its_organiser_changed_after_its_closing_stays_closed() {
    check(
        "
        given concert spring closes_at=1000
        given kim
        at 1001 operator revises title=Summer        -> closed revision 3
        at 1002 operator sets the clock ahead -500
        at 1003 kim joins                            -> refused NotOnSale
        ",
    );
}
