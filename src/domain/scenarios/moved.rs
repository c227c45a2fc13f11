//! A date that takes place on another day: rows name it by its first day, people by the one on which it is held.

use super::check;

#[test]
fn a_moved_date_is_named_by_the_day_on_which_it_is_held() {
    check(
        "
        given concert spring
        given kim=15000
        at 0   kim joins
        at 1   kim reserves 1,2
        at 2   kim pays 1,2
        at 3   operator revises moved_to.24=27                -> on_sale revision 2
        then   events=concert.changed,date.moved moved=24:27 available=27
        at 4   operator admits 1 for_date=24
            -> refused WrongDate { date: CalendarDate(20301227) }
        at 4   operator admits 1 for_date=27                  -> enter 1
        at 5   operator refunds 1 seats 2 of 27               -> refunded 5000 of 1, partly
        at 6   kim joins
        at 7   kim reserves 3
        at 8   kim pays 3                                     -> paid 3 for 5000 as 2, 5000 left
        at 9   operator revises moved_to.24=28
        then   moved=27:28 sold=1,3
        ",
    );
}
