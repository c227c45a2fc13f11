//! From the sale to the evening, section 3: a ticket is handed over to another user, and the code before is void.

use super::check;

#[test]
fn an_accepted_ticket_is_the_others_and_its_first_code_is_void() {
    check(
        "
        given concert spring transfers=true
        given kim=10000 lee
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        then  has.kim=1,2 has.lee=none
        at 3  kim offers 1 to=lee          -> offered 1 until 86403
        then  has.kim=1,2
        at 4  operator admits 2 version=1  -> enter 2
        at 5  lee accepts 1                -> accepted 1 version 2
        then  has.kim=2 has.lee=1 received.lee=1 events=ticket.transferred
        at 6  operator admits 1 version=1  -> refused TicketVoid { reason: \"handed over\" }
        at 7  operator admits 1 version=2  -> enter 1
        ",
    );
}

#[test]
fn only_whoever_has_a_ticket_offers_it_and_only_the_other_accepts_it() {
    check(
        "
        given concert spring transfers=true
        given kim=10000 lee ann
        at 0  kim joins
        at 1  kim reserves 1
        at 2  kim pays 1
        at 3  lee offers 1         -> refused TicketNotFound
        at 3  kim offers 9         -> refused TicketNotFound
        at 3  kim offers 1 to=who  -> refused UserNotFound
        at 3  lee accepts 1        -> refused TransferNotFound
        at 4  kim offers 1 to=lee
        at 5  ann accepts 1        -> refused TransferForAnother
        at 5  lee accepts 1 by=77  -> refused TransferNotFound
        at 6  lee accepts 1        -> accepted 1 version 2
        at 7  lee accepts 1        -> refused TransferNotFound
        at 8  kim offers 1         -> refused TicketNotFound
        at 9  lee offers 1
        at 10 kim accepts 1        -> accepted 1 version 3
        then  has.kim=1 received.kim=none received.lee=none
        ",
    );
}

#[test]
fn an_offer_lapses_after_a_day_is_replaced_and_withdrawn() {
    check(
        "
        given concert spring transfers=true
        given kim=10000 lee
        at 0     kim joins
        at 1     kim reserves 1
        at 2     kim pays 1
        at 3     kim withdraws 1       -> refused TransferNotFound
        at 4     kim offers 1          -> offered 1 until 86404
        at 86404 lee accepts 1         -> refused TransferExpired
        at 86405 kim offers 1
        at 86406 kim withdraws 1       -> done
        at 86407 lee accepts 1         -> refused TransferNotFound
        at 86408 kim offers 1
        at 86409 kim offers 1 to=lee
        at 86410 lee accepts 1 by=3    -> refused TransferNotFound
        at 86411 lee withdraws 1       -> refused TicketNotFound
        at 86412 lee accepts 1         -> accepted 1 version 2
        ",
    );
}

#[test]
fn a_concert_forbids_it_unless_it_says_otherwise() {
    check(
        "
        given concert spring
        given kim=10000 lee
        at 0 kim joins
        at 1 kim reserves 1
        at 2 kim pays 1
        at 3 kim offers 1 -> refused TransfersForbidden
        at 4 operator revises transfers=true
        at 5 kim offers 1
        at 6 operator revises transfers=false
        at 7 lee accepts 1 -> refused TransfersForbidden
        then has.kim=1
        ",
    );
}

#[test]
fn used_and_void_tickets_and_blocked_users_have_no_part_in_it() {
    check(
        "
        given concert spring transfers=true
        given kim=15000 lee
        at 0  kim joins
        at 1  kim reserves 1,2
        at 2  kim pays 1,2
        at 3  kim offers 1
        at 4  operator admits 1
        at 5  lee accepts 1  -> refused AlreadyUsed at 4 -
        at 5  kim offers 1   -> refused AlreadyUsed at 4 -
        at 6  kim offers 2
        at 7  operator blocks lee
        at 8  lee accepts 2  -> refused UserBlocked
        at 9  operator unblocks lee
        at 10 operator refunds 1
        at 11 lee accepts 2  -> refused TicketVoid { reason: \"asked for\" }
        at 12 kim offers 2   -> refused TicketVoid { reason: \"asked for\" }
        ",
    );
}

#[test]
fn the_money_of_a_ticket_that_was_handed_over_goes_back_to_whoever_paid() {
    check(
        "
        given concert spring transfers=true
        given kim=5000 lee
        at 0 kim joins
        at 1 kim reserves 1
        at 2 kim pays 1
        at 3 kim offers 1
        at 4 lee accepts 1
        at 5 operator refunds 1
        then wallet.kim=5000 wallet.lee=0 ticket.1=void has.lee=1 free=1,2,3
        ",
    );
}

#[test]
fn an_offer_outlasts_an_entry_that_is_taken_back() {
    check(
        "
        given concert spring transfers=true
        given kim=5000 lee
        at 0 kim joins
        at 1 kim reserves 1
        at 2 kim pays 1
        at 3 kim offers 1
        at 4 operator admits 1
        at 5 operator returns 1 why=mistake
        at 6 lee accepts 1 -> accepted 1 version 2
        ",
    );
}

#[test]
fn the_bearer_of_a_blocked_users_ticket_neither_offers_it_nor_takes_an_offer_back() {
    check(
        "
        given concert spring transfers=true
        given kim=5000 lee
        at 0 kim joins
        at 1 kim reserves 1
        at 2 kim pays 1
        at 3 kim offers 1
        at 3 operator blocks kim
        at 4 bearer offers 1 to=lee -> refused UserBlocked
        at 4 bearer withdraws 1     -> refused UserBlocked
        at 4 kim withdraws 1        -> refused UserBlocked
        at 5 operator unblocks kim
        at 6 bearer withdraws 1     -> done
        at 6 bearer offers 1 to=lee
        at 7 lee accepts 1          -> accepted 1 version 2
        ",
    );
}
