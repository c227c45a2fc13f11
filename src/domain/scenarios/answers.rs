//! Contract section 2: idempotency keys: kept for 24 hours, across restarts, given again.

use super::check;

#[test]
fn a_request_with_a_key_is_done_once_and_answered_again() {
    check(
        "
        given kim
        at 0   kim charges 100 once k -> balance 100 by entry 1
        at 9   kim charges 100 once k -> replayed balance 100 by entry 1
        then   wallet.kim=100 events=none answers=1
        ",
    );
}

#[test]
fn without_a_key_or_with_another_one_it_is_done_again() {
    check(
        "
        given kim
        at 0   kim charges 100 once k -> balance 100 by entry 1
        at 1   kim charges 100 once m -> balance 200 by entry 2
        at 2   kim charges 100        -> balance 300 by entry 3
        ",
    );
}

#[test]
fn a_key_is_for_one_request_only() {
    check(
        "
        given concert spring
        given kim=10000
        at 0   kim joins
        at 1   kim reserves 1 once k   -> held 1 for 5000 until 301
        at 2   kim reserves 2 once k   -> refused IdempotencyKeyReused
        at 2   kim cancels 1 once k    -> refused IdempotencyKeyReused
        at 2   kim pays 1 once k       -> refused IdempotencyKeyReused
        then   held=1 free=2,3
        at 3   kim reserves 1 once k   -> replayed held 1 for 5000 until 301
        ",
    );
}

#[test]
fn a_key_belongs_to_who_acts() {
    check(
        "
        given kim lee
        given concert spring
        at 0   kim charges 100 once k                 -> balance 100 by entry 1
        at 0   lee charges 100 once k                 -> balance 100 by entry 2
        at 0   operator revises title=Summer once k   -> on_sale revision 2
        at 0   operator revises title=Autumn once k   -> refused IdempotencyKeyReused
        at 0   operator revises title=Summer once k   -> replayed on_sale revision 2
        then   answers=3
        ",
    );
}

#[test]
fn a_kept_answer_comes_before_the_state_of_place_and_seats_is_judged() {
    check(
        "
        given concert spring
        given kim=5000
        at 0   kim joins once j        -> ACTIVE until 600
        at 1   kim reserves 1 once r   -> held 1 for 5000 until 301
        at 2   kim pays 1 once p       -> paid 1 for 5000 as 1, 0 left
        at 3   kim pays 1 once p       -> replayed paid 1 for 5000 as 1, 0 left
        at 3   kim pays 1              -> refused PlaceEnded(Paid)
        at 4   operator blocks kim
        at 5   kim pays 1 once p       -> replayed paid 1 for 5000 as 1, 0 left
        at 5   kim reserves 1 once r   -> replayed held 1 for 5000 until 301
        then   wallet.kim=0 payments.kim=1
        ",
    );
}

#[test]
fn a_refusal_is_not_kept() {
    check(
        "
        given concert spring
        given kim=1000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1 once k   -> refused InsufficientBalance { balance: 1000, amount: 5000 }
        at 3   kim charges 4000
        at 4   kim pays 1 once k   -> paid 1 for 5000 as 2, 0 left
        ",
    );
}

#[test]
fn a_refund_is_given_once_under_its_key() {
    check(
        "
        given concert spring
        given kim=5000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator refunds 1 once k -> refunded 5000 of 1
        at 4   operator refunds 1 once k -> replayed refunded 5000 of 1
        at 5   operator refunds 1        -> refused AlreadyRefunded
        then   wallet.kim=5000
        ",
    );
}

#[test]
fn an_answer_is_kept_across_a_restart() {
    check(
        "
        given concert spring
        given kim
        at 0   kim joins
        at 1   kim reserves 1 once k -> held 1 for 5000 until 301
        late 2 restart
        at 3   kim reserves 1 once k -> replayed held 1 for 5000 until 301
        at 3   kim reserves 2 once k -> refused IdempotencyKeyReused
        ",
    );
}

#[test]
fn an_answer_is_kept_for_24_hours_to_the_millisecond() {
    check(
        "
        given kim
        at 0          kim charges 100 once k -> balance 100 by entry 1
        at 86399.999  kim charges 100 once k -> replayed balance 100 by entry 1
        at 86399.999  kim charges 200 once k -> refused IdempotencyKeyReused
        at 86400      kim charges 200 once k -> balance 300 by entry 2
        at 172799.999 kim charges 200 once k -> replayed balance 300 by entry 2
        ",
    );
}

#[test]
fn a_sweep_drops_what_is_past_keeping_and_nothing_else() {
    check(
        "
        given kim
        at 0          kim charges 100 once k
        at 10         kim charges 100 once m
        at 86399.999  operator sweeps -> dropped 0
        then          answers=2
        at 86400      operator sweeps -> dropped 1
        then          answers=1
        at 86400      kim charges 100 once m -> replayed balance 200 by entry 2
        at 86400      kim charges 100 once k -> balance 300 by entry 3
        at 86410      operator sweeps -> dropped 1
        at 86410      operator sweeps -> dropped 0
        then          answers=1
        at 172800     operator sweeps -> dropped 1
        then          answers=0
        ",
    );
}

#[test]
fn a_key_used_again_after_its_day_keeps_its_newer_answer_through_a_sweep() {
    check(
        "
        given kim
        at 0      kim charges 100 once k -> balance 100 by entry 1
        at 90000  kim charges 100 once k -> balance 200 by entry 2
        at 90001  operator sweeps        -> dropped 1
        then      answers=1
        at 90002  kim charges 100 once k -> replayed balance 200 by entry 2
        late 90003 restart
        at 176399.999 kim charges 100 once k -> replayed balance 200 by entry 2
        at 176400 operator sweeps        -> dropped 1
        then      answers=0
        ",
    );
}

#[test]
fn an_answer_is_looked_up_at_a_time_that_never_goes_back() {
    check(
        "
        given kim lee
        at 0       kim charges 5 once k -> balance 5 by entry 1
        late 86400 lee charges 1        -> balance 1 by entry 2
        late 86399 kim charges 5 once k -> balance 10 by entry 3
        ",
    );
}
