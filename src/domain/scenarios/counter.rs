//! Sales over the counter: free seats become sold without a queue.

use super::check;

#[test]
fn a_guest_buys_in_cash_and_has_no_account() {
    check(
        "
        given concert spring seats=4
        at 0    operator sells 1,2 to guest by cash -> sold 1,2 for 10000 as 1
        then    free=3,4 sold=1,2 revenue=10000 cash=-10000 tickets.1=1:valid,2:valid
        then    events=seat.sold,seat.sold,payment.paid
        at 1    operator sells 2 to guest by card   -> refused SeatTaken { seat: 2 }
        at 2    operator refunds 1 seats 1          -> refunded 5000 of 1, partly, in cash
        then    free=1,3,4 cash=-5000 revenue=5000
        at 3    operator sells 1 to guest by card at 7000 -> sold 1 for 7000 as 3
        then    card=-7000 revenue=12000
        at 4    operator refunds 3                  -> refunded 7000 of 3, by card
        then    card=0
        ",
    );
}

#[test]
fn a_user_finds_seats_of_the_counter_among_the_own_ones() {
    check(
        "
        given concert spring seats=4
        given kim=12000
        at 0    kim joins
        at 1    kim reserves 1
        at 2    kim pays 1
        at 3    operator sells 2,3 to kim by cash       -> sold 2,3 for 10000 as 2, 7000 left
        then    reservations.kim=3:paid,2:paid,1:paid payments.kim=2,1 owned.kim=3 wallet.kim=7000
        at 4    operator sells 4 to kim by wallet       -> sold 4 for 5000 as 3, 2000 left
        then    ledger.kim=Payment5000,Payment5000,Charge12000 payments.kim=3,2,1 free=none
        at 5    operator refunds 3                      -> refunded 5000 of 3
        then    wallet.kim=7000 owned.kim=3
        ",
    );
}

#[test]
fn what_is_given_away_is_booked_nowhere() {
    check(
        "
        given concert spring
        at 0    operator sells 1 to guest by free -> sold 1 for 0 as 1
        then    sold=1 revenue=0 cash=0 card=0
        at 1    operator refunds 1                -> refunded 0 of 1, which was free
        then    free=1,2,3
        ",
    );
}

#[test]
fn held_seats_are_taken_and_lapsed_ones_are_not() {
    check(
        "
        given concert spring
        given hold_seconds=300
        given kim=1
        at 0     kim joins
        at 1     kim reserves 1
        at 2     operator sells 1 to guest by cash        -> refused SeatTaken { seat: 1 }
        late 301 operator sells 1 to guest by cash        -> sold 1 for 5000 as 2
        then     reservations.kim=1:expired place.kim=ended_HoldLapsed
        at 400   operator sells 9 to guest by cash        -> refused SeatNotFound { seat: 9 }
        at 400   operator sells 2 to guest by cash of 26  -> refused DateNotFound
        at 400   operator sells 2 to lee by cash          -> refused UserNotFound
        at 400   operator sells 2 to kim by wallet        -> refused InsufficientBalance { balance: 1, amount: 5000 }
        ",
    );
}

#[test]
fn the_counter_is_open_at_a_draft_before_the_opening_and_after_the_closing() {
    check(
        "
        given concert spring status=draft
        at 0    operator sells 1 to guest by cash   -> sold 1 for 5000 as 1
        at 1    operator revises status=on_sale on_sale_at=100
        at 2    operator sells 2 to guest by cash   -> sold 2 for 5000 as 2
        at 200  operator revises status=closed
        at 201  nothing
        then    archived=true
        at 202  operator sells 3 to guest by cash   -> sold 3 for 5000 as 3
        then    archived=true revenue=15000 free=none counts=0/0/3
        at 203  operator sells 3 to guest by cash   -> refused SeatTaken { seat: 3 }
        at 204  operator refunds 3                  -> refunded 5000 of 3, in cash
        then    counts=1/0/2 free=3
        at 205  restart
        then    counts=1/0/2
        ",
    );
}

#[test]
fn seats_that_are_kept_back_are_sold_over_the_counter() {
    check(
        "
        given concert spring
        at 0    operator blocks seats 1,2
        at 1    operator sells 1 to guest by free  -> sold 1 for 0 as 1
        then    sold=1 free=3 counts=1/0/1
        at 2    operator refunds 1
        then    free=1,3
        at 3    operator revises status=closed
        at 4    nothing
        then    archived=true
        at 5    operator sells 2 to guest by cash  -> sold 2 for 5000 as 2
        then    archived=true counts=2/0/1
        at 6    restart
        then    counts=2/0/1
        ",
    );
}

#[test]
fn what_was_given_away_goes_back_as_nothing_in_cash_too() {
    check(
        "
        given concert spring
        at 0    operator sells 1 to guest by free -> sold 1 for 0 as 1
        at 1    operator refunds 1 in cash        -> refunded 0 of 1, which was free
        then    free=1,2,3 cash=0
        ",
    );
}

#[test]
fn the_till_counts_what_operators_take_and_give_and_nothing_else() {
    check(
        "
        given concert spring seats=5
        given kim=10000
        then    till.charges.wallet=0
        at 0    operator charges kim 70
        at 1    operator withdraws 30 of kim
        then    till.charges.wallet=70 till.withdrawals.cash=30 till.withdrawals.wallet=0
        at 2    operator sells 1 to guest by cash
        at 2    operator sells 2 to guest by card at 7000
        at 2    operator sells 3 to kim by wallet
        at 2    operator sells 4 to guest by free
        then    till.sales.cash=5000 till.sales.card=7000 till.sales.wallet=5000 till.sales.free=0
        at 3    operator refunds 2
        at 3    operator refunds 3 in cash
        then    till.refunds.card=7000 till.refunds.cash=5000 till.refunds.wallet=0
        ",
    );
}
