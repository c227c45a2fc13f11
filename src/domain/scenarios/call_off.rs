//! Dates that are called off: sales stop, holds are free, every payment goes back.

use super::check;

#[test]
fn a_date_that_is_called_off_gives_everything_back() {
    check(
        "
        given concert spring dates=24,25 seats=4 max_active=off
        given kim=20000 lee=5000 ann
        at 0    kim joins
        at 0    lee joins
        at 0    ann joins
        at 1    kim reserves 1,2
        at 1    lee reserves 3
        at 1    ann reserves 4
        at 2    kim pays 1,2
        at 2    lee pays 3
        at 3    operator sells 1 to guest by card of 25
        late 4  operator calls off 24
        then    events=concert.changed,date.called_off,date.refunding called_off=going_on,0,0,0 bookable=25
        late 4  ann pays 4                    -> refused CalledOff { reason: \"rain\" }
        late 4  ann reserves 1                -> refused CalledOff { reason: \"rain\" }
        late 4  operator sells 1 to guest by cash -> refused CalledOff { reason: \"rain\" }
        late 4  operator calls off 24         -> refused CalledOff { reason: \"rain\" }
        at 5    nothing
        then    called_off=done,2,3,15000 free=1,2,3,4 wallet.kim=20000 wallet.lee=5000 revenue=5000 card=-5000
        then    tickets.1=1:void,2:void reservations.kim=2:refunded,1:refunded reservations.ann=4:canceled
        then    owned.kim=0 counts.25=3/0/1 available=25
        at 6    ann reserves 2 on 25
        ",
    );
}

#[test]
fn a_step_does_a_few_and_a_restart_goes_on_where_it_was() {
    check(
        "
        given concert spring seats=9
        given kim=10000
        at 0    kim joins
        at 1    kim reserves 1,2
        at 2    kim pays 1,2
        at 3    operator sells 3 to guest by cash
        at 3    operator sells 4 to guest by card
        at 3    operator sells 5 to guest by free
        late 4  operator calls off 24
        late 4  operator ticks a few
        then    called_off=going_on,1,2,10000 cash=-5000
        late 4  restart
        then    called_off=going_on,1,2,10000 free=1,2,6,7,8,9
        late 4  operator ticks a few
        then    called_off=going_on,2,3,15000 cash=0 card=-5000
        late 4  restart
        late 4  operator ticks a few
        late 4  operator ticks a few
        then    called_off=done,4,5,20000 card=0 revenue=0 free=1,2,3,4,5,6,7,8,9
        late 4  operator ticks a few
        then    called_off=done,4,5,20000 due=never
        ",
    );
}

#[test]
fn what_a_wallet_cannot_take_goes_out_in_cash_and_a_refunded_payment_stays_as_it_is() {
    check(
        "
        given charge_max=9007199254740991
        given concert spring seats=4
        given kim=10000 lee=5000
        at 0    kim joins
        at 0    lee joins
        at 1    kim reserves 1,2
        at 1    lee reserves 3
        at 2    kim pays 1,2
        at 2    lee pays 3
        at 3    operator refunds 1 seats 1
        at 4    kim charges 9007199254735991
        at 5    operator calls off 24
        at 6    nothing
        then    called_off=done,2,2,10000 cash=5000 wallet.kim=9007199254740991 wallet.lee=5000 revenue=0
        ",
    );
}

#[test]
fn an_archived_sale_is_called_off_as_any_other() {
    check(
        "
        given concert spring
        at 0    operator sells 1 to guest by cash
        at 1    operator revises status=closed
        at 2    nothing
        then    archived=true
        late 3  operator calls off 24
        then    archived=false
        late 3  restart
        then    archived=false called_off=going_on,0,0,0
        at 4    nothing
        then    called_off=done,1,1,5000 cash=0 archived=true
        at 5    operator calls off 26 -> refused DateNotFound
        ",
    );
}

#[test]
fn several_payments_of_one_user_go_back_in_one_step() {
    check(
        "
        given concert spring seats=4
        given kim=10000
        at 0    kim joins
        at 1    kim reserves 1
        at 2    kim pays 1
        at 3    kim joins
        at 4    kim reserves 2
        at 5    kim pays 2
        at 6    operator sells 3 to kim by cash
        at 6    operator sells 4 to guest by cash
        late 7  operator calls off 24
        late 7  operator ticks
        then    called_off=done,4,4,20000 wallet.kim=10000 owned.kim=0 cash=0
        then    till.refunds.wallet=10000 till.refunds.cash=10000
        ",
    );
}

#[test]
fn of_a_payment_over_several_dates_the_seats_of_the_others_stay_sold() {
    check(
        "
        given concert spring dates=24,25
        given kim=10000
        at 0    kim joins
        at 1    kim reserves 1
        at 1    kim reserves 2 on 25
        at 2    kim pays everything
        at 3    operator calls off 24
        at 4    nothing
        then    called_off=done,1,1,5000 wallet.kim=5000 tickets.1=1:void,2:valid free.24=1,2,3 sold.25=2
        at 5    operator calls off 25
        at 6    nothing
        then    called_off.25=done,1,1,5000 wallet.kim=10000 tickets.1=1:void,2:void
        ",
    );
}

#[test]
fn a_place_that_only_holds_of_the_date_carried_ends_with_them() {
    check(
        "
        given concert spring dates=24,25
        given kim lee
        at 0    kim joins
        at 0    lee joins
        at 590  kim reserves 1
        at 591  lee reserves 2
        at 592  lee reserves 1 on 25
        at 700  operator calls off 24
        at 701  kim polls -> ended TimedOut
        at 701  lee polls -> ACTIVE until 892, reserving over
        then    active=1
        ",
    );
}
