//! From the sale to the evening, section 3: whoever shows a ticket goes in once; offline gates report; an entry is taken
//! back.

use super::check;

#[test]
fn a_ticket_lets_somebody_in_once() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 10 operator admits 1 gate=north -> enter 1
        then  ticket.1=used:10:north ticket.2=valid events=ticket.used
        at 11 operator admits 1 gate=south -> refused AlreadyUsed at 10 north
        at 12 operator admits 1 gate=north -> refused AlreadyUsed at 10 north
        at 12 operator admits 9            -> refused TicketNotFound
        then  ticket.1=used:10:north
        at 13 operator admits 2            -> enter 2
        then  ticket.2=used:13:- door=1,2
        ",
    );
}

#[test]
fn a_gate_lets_in_for_its_own_concert_and_date_only() {
    check(
        "
        given concert spring dates=24,25
        given concert autumn
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1 on 25
        at 2  kim pays 1 on 25
        at 3  operator admits 1 for=autumn   -> refused TicketOfAnotherConcert
        at 3  operator admits 1 for_date=24  -> refused WrongDate { date: CalendarDate(20301225) }
        at 3  operator admits 1 for=spring for_date=25 -> enter 1
        at 4  operator admits 1 for_date=24  -> refused WrongDate { date: CalendarDate(20301225) }
        ",
    );
}

#[test]
fn a_refunded_ticket_is_void_whether_it_was_used_or_not() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 3  operator admits 1
        at 4  operator refunds 1
        then  ticket.1=void ticket.2=void free=1,2,3
        at 5  operator admits 1  -> refused TicketVoid { reason: \"asked for\" }
        at 5  operator admits 2  -> refused TicketVoid { reason: \"asked for\" }
        at 5  operator returns 1 -> refused TicketVoid { reason: \"asked for\" }
        then  door=1,2
        ",
    );
}

#[test]
fn the_earliest_of_reported_scans_is_the_entry_in_whatever_order_they_come() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 50 operator reports 1 scanned=30 gate=b -> enter 1
        at 51 operator reports 1 scanned=40 gate=c -> refused AlreadyUsed at 30 b
        at 52 operator reports 1 scanned=20 gate=a -> enter 1 before 30 b
        at 53 operator reports 1 scanned=30 gate=b -> refused AlreadyUsed at 20 a
        at 54 operator reports 1 scanned=20 gate=a -> enter 1
        then  ticket.1=used:20:a events=none
        at 60 operator reports 2 scanned=20 gate=a -> enter 2
        at 61 operator reports 2 scanned=30 gate=b -> refused AlreadyUsed at 20 a
        at 62 operator reports 2 scanned=40 gate=c -> refused AlreadyUsed at 20 a
        then  ticket.2=used:20:a
        ",
    );
}

#[test]
fn of_scans_of_one_instant_the_same_is_always_the_entry() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 50 operator reports 1 scanned=30 gate=b -> enter 1
        at 51 operator reports 1 scanned=30 gate=a -> enter 1 before 30 b
        at 52 operator reports 2 scanned=30 gate=a -> enter 2
        at 53 operator reports 2 scanned=30 gate=b -> refused AlreadyUsed at 30 a
        then  ticket.1=used:30:a ticket.2=used:30:a
        ",
    );
}

#[test]
fn a_reported_scan_may_be_before_one_at_a_gate_and_a_gate_never_goes_before_another() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 50 operator admits 1 gate=north           -> enter 1
        at 51 operator admits 1 scanned=40 gate=east -> refused AlreadyUsed at 50 north
        at 52 operator reports 1 scanned=40 gate=b   -> enter 1 before 50 north
        at 53 operator admits 2 scanned=52 gate=east -> enter 2
        at 54 operator admits 2 scanned=52 gate=east -> enter 2
        at 55 operator admits 2 scanned=54 gate=east -> refused AlreadyUsed at 52 east
        ",
    );
}

#[test]
fn a_scan_is_neither_ahead_of_the_clock_nor_before_the_sale() {
    check(
        "
        given concert spring
        given kim=10000
        at 200 kim joins
        at 201 kim reserves 1
        at 202 kim pays 1
        at 210 operator reports 1 scanned=270.001 -> refused ScanAhead
        at 210 operator reports 1 scanned=141.999 -> refused ScanBeforeSale
        at 210 operator admits 1 scanned=270.001  -> refused ScanAhead
        at 210 operator reports 1 scanned=270     -> enter 1
        at 211 operator reports 1 scanned=142     -> enter 1 before 270 -
        ",
    );
}

#[test]
fn an_entry_is_taken_back_by_its_device_within_a_minute_or_with_a_reason() {
    check(
        "
        given concert spring
        given kim=10000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator returns 1            -> refused TicketNotUsed
        at 3   operator returns 9            -> refused TicketNotFound
        at 10  operator admits 1 device=x
        at 20  operator returns 1            -> refused ReturnNeedsReason
        at 20  operator returns 1 device=y   -> refused ReturnNeedsReason
        at 70  operator returns 1 device=x   -> returned 1
        then   ticket.1=valid events=ticket.returned door=1
        at 80  operator admits 1 device=x    -> enter 1
        at 141 operator returns 1 device=x   -> refused ReturnNeedsReason
        at 142 operator returns 1 why=mistake -> returned 1
        at 143 operator admits 1             -> enter 1
        at 144 operator returns 1            -> refused ReturnNeedsReason
        ",
    );
}

#[test]
fn a_scan_that_was_taken_back_and_is_reported_again_is_no_entry() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1
        at 2  kim pays 1
        at 20 operator reports 1 scanned=10 gate=a -> enter 1
        at 21 operator returns 1 why=mistake       -> returned 1
        at 22 operator reports 1 scanned=10 gate=a -> refused EntryUndone
        at 23 operator reports 1 scanned=11 gate=a -> enter 1
        ",
    );
}

#[test]
fn what_a_door_is_told_goes_by_the_last_change() {
    check(
        "
        given concert spring seats=4
        given kim=20000
        at 0  kim joins
        at 1  kim reserves 1,2,3
        at 2  kim pays 1,2,3
        then  door=1,2,3
        at 3  operator admits 1
        then  door=2,3,1
        at 4  operator admits 3
        then  door=2,1,3
        at 5  restart
        then  door=2,1,3
        ",
    );
}

#[test]
fn a_check_in_asked_for_twice_with_one_key_is_answered_alike() {
    check(
        "
        given concert spring
        given kim=10000
        at 0  kim joins
        at 1  kim reserves 1
        at 2  kim pays 1
        at 3  operator admits 1 once k -> enter 1
        at 4  operator admits 1 once k -> replayed enter 1
        at 5  operator admits 1        -> refused AlreadyUsed at 3 -
        ",
    );
}
