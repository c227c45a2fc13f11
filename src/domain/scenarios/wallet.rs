//! Contract sections 1, 4 and 7: charges, their limits, and books that add up.

use super::check;

#[test]
fn a_charge_is_1_to_charge_max() {
    check(
        "
        given charge_max=10000
        given kim
        at 0   kim charges 0     -> refused InvalidAmount { most: 10000 }
        at 0   kim charges -1    -> refused InvalidAmount { most: 10000 }
        at 0   kim charges 10001 -> refused InvalidAmount { most: 10000 }
        at 0   kim charges -9223372036854775808 -> refused InvalidAmount { most: 10000 }
        then   wallet.kim=0 ledger.kim=none
        at 1   kim charges 1     -> balance 1 by entry 1
        at 2   kim charges 10000 -> balance 10001 by entry 2
        then   wallet.kim=10001 ledger.kim=Charge10000,Charge1 events=wallet.charged
        ",
    );
}

#[test]
fn a_wallet_holds_what_every_client_reads_exactly_and_no_more() {
    check(
        "
        given charge_max=9007199254740992
        given kim
        at 0   kim charges 9007199254740992 -> refused BalanceLimit { most: 9007199254740991 }
        at 0   kim charges 9007199254740990 -> balance 9007199254740990 by entry 1
        at 0   kim charges 2                -> refused BalanceLimit { most: 1 }
        at 0   kim charges 1                -> balance 9007199254740991 by entry 2
        at 0   kim charges 1                -> refused BalanceLimit { most: 0 }
        ",
    );
}

#[test]
fn an_amount_out_of_range_is_refused_before_the_limit_of_the_wallet() {
    check(
        "
        given charge_max=9007199254740991
        given kim=9007199254740991
        given charge_max=100
        at 0   kim charges 101 -> refused InvalidAmount { most: 100 }
        at 0   kim charges 100 -> refused BalanceLimit { most: 0 }
        ",
    );
}

#[test]
fn only_a_welcome_user_is_charged_and_that_is_checked_before_the_amount() {
    check(
        "
        given kim lee
        at 0   operator blocks kim
        at 0   operator deletes lee
        at 1   kim charges 0 -> refused UserBlocked
        at 1   lee charges 0 -> refused UserNotFound
        at 1   max charges 0 -> refused UserNotFound
        at 2   operator unblocks kim
        at 2   kim charges 7 -> balance 7 by entry 1
        ",
    );
}

#[test]
fn the_history_of_each_wallet_is_its_own() {
    check(
        "
        given kim lee
        at 0   kim charges 10 -> balance 10 by entry 1
        at 1   lee charges 20 -> balance 20 by entry 2
        at 2   kim charges 30 -> balance 40 by entry 3
        then   ledger.kim=Charge30,Charge10 ledger.lee=Charge20
        ",
    );
}

#[test]
fn the_operator_may_charge_a_blocked_user_too_but_no_deleted_one() {
    check(
        "
        given charge_max=100
        given kim lee
        at 0   operator blocks kim
        at 0   operator deletes lee
        at 1   operator charges kim 7   -> balance 7 by entry 1
        at 1   operator charges kim 101 -> refused InvalidAmount { most: 100 }
        at 1   operator charges lee 7   -> refused UserNotFound
        at 1   operator charges max 7   -> refused UserNotFound
        ",
    );
}

#[test]
fn a_wallet_is_paid_out_in_cash_as_far_as_it_goes() {
    check(
        "
        given kim=5000
        at 0    operator withdraws 3000 of kim -> paid out 3000, 2000 left
        then    wallet.kim=2000 cash=3000 ledger.kim=Withdrawal3000,Charge5000 events=wallet.withdrawn
        at 1    operator withdraws 3000 of kim -> refused InsufficientBalance { balance: 2000, amount: 3000 }
        at 2    operator withdraws 1 of lee    -> refused UserNotFound
        at 3    operator withdraws 2000 of kim -> paid out 2000, 0 left
        at 4    operator deletes kim           -> deleted
        then    cash=5000
        ",
    );
}
