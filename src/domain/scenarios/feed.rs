//! Contract section 8: every committed change appends its events, counted from 1 without gaps, for so many days.

use super::check;

#[test]
fn every_change_tells_what_happened_in_order() {
    check(
        "
        given concert spring max_active=1
        then   events=concert.changed
        given  kim=10000
        then   events=wallet.charged
        given  lee
        at 0   kim joins
        then   events=token.issued,token.activated
        at 1   lee joins
        then   events=token.issued
        at 2   kim reserves 1,2
        then   events=seat.held,seat.held
        at 3   kim cancels 1
        then   events=seat.released
        at 4   kim pays 2
        then   events=seat.sold,payment.paid,token.ended,token.activated
        at 5   operator refunds 1
        then   events=seat.released,payment.refunded
        at 6   operator sets max_active=2
        then   events=concert.changed
        at 7   lee leaves
        then   events=token.ended feed=1..16
        ",
    );
}

#[test]
fn what_is_due_at_a_refused_command_is_told_all_the_same() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0     kim joins
        at 1     lee joins
        at 2     kim reserves 1
        late 302 kim pays 1     -> refused PlaceEnded(HoldLapsed)
        then     events=seat.released,token.ended,token.activated
        ",
    );
}

#[test]
fn a_refused_command_and_a_replayed_answer_tell_nothing() {
    check(
        "
        given concert spring
        given kim lee
        at 0   kim joins
        at 1   kim reserves 9          -> refused SeatNotFound { seat: 9 }
        then   events=none
        at 2   kim charges 5 once k
        at 3   kim charges 5 once k
        then   events=none
        at 4   kim joins
        then   events=none
        ",
    );
}

#[test]
fn events_are_kept_for_their_days() {
    check(
        "
        given events_keep_days=2
        given kim
        at 0          kim charges 1
        at 100        kim charges 2
        then          feed=1..2
        at 172799.999 operator sweeps -> dropped 0
        at 172800     operator sweeps -> dropped 1
        then          feed=2..2
        at 172900     operator sweeps -> dropped 1
        then          feed=3..2
        at 172901     kim charges 3
        then          feed=3..3
        ",
    );
}

#[test]
fn a_sweep_drops_a_thousand_of_a_kind_at_most_and_says_that_more_is_due() {
    check(
        "
        given events_keep_days=1
        given concert spring max_active=1
        given crowd 1500
        at 0          crowd joins
        then          feed=1..1502
        late 100000   operator sweeps -> dropped 1000, more due
        then          feed=1001..1502
        late 100000   operator sweeps -> dropped 502
        ",
    );
}
