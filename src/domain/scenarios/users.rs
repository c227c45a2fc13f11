//! Contract section 3: users: unique names, blocking, soft deletion.

use super::check;

#[test]
fn a_username_is_given_once() {
    check(
        "
        given kim
        at 0   operator registers kim -> refused UsernameTaken
        at 0   operator registers lee -> lee has 0
        at 1   operator deletes kim
        at 2   operator registers kim -> kim has 0                  # the row stays, the name does not
        ",
    );
}

#[test]
fn a_blocked_user_loses_all_places_and_holds_and_those_behind_move_up() {
    check(
        "
        given concert spring max_active=1
        given concert autumn max_active=1
        given kim lee
        at 0   kim@spring joins
        at 0   lee@autumn joins
        at 0   kim@autumn joins     -> WAITING 1
        at 0   lee@spring joins     -> WAITING 1
        at 1   kim@spring reserves 1
        at 2   operator blocks kim  -> blocked
        then   place.kim.spring=ended_Blocked place.kim.autumn=ended_Blocked free=1,2,3 reservations.kim=1:canceled
        at 2   lee@spring polls     -> ACTIVE until 602
        at 3   kim@spring joins     -> refused UserBlocked
        at 4   operator unblocks kim -> kim has 0
        at 4   kim@spring joins     -> WAITING 1
        at 4   kim#1@spring polls   -> ended Blocked
        ",
    );
}

#[test]
fn blocking_keeps_tickets_and_money() {
    check(
        "
        given concert spring
        given kim=8000
        at 0   kim joins
        at 1   kim reserves 1
        at 2   kim pays 1
        at 3   operator blocks kim -> blocked
        then   sold=1 wallet.kim=3000 standing.kim=blocked
        at 4   operator blocks kim -> blocked
        ",
    );
}

#[test]
fn only_a_user_with_an_empty_wallet_is_deleted() {
    check(
        "
        given concert spring max_active=1
        given kim=5000 lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves 1
        at 2   operator deletes kim -> refused WalletNotEmpty
        then   held=1 standing.kim=welcome
        at 3   kim pays 1
        at 4   operator deletes lee -> deleted
        then   place.lee=ended_Deleted standing.lee=deleted
        at 5   operator deletes kim -> deleted
        then   sold=1 standing.kim=deleted
        ",
    );
}

#[test]
fn a_deleted_user_loses_places_and_holds_and_is_found_no_more() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0   kim joins
        at 0   lee joins
        at 1   kim reserves 1
        at 2   operator deletes kim   -> deleted
        then   free=1,2,3 place.kim=ended_Deleted place.lee=ACTIVE_until_602
        at 3   operator deletes kim   -> refused UserNotFound
        at 3   operator blocks kim    -> refused UserNotFound
        at 3   operator unblocks kim  -> refused UserNotFound
        at 3   operator deletes max   -> refused UserNotFound
        at 3   operator blocks max    -> refused UserNotFound
        ",
    );
}
