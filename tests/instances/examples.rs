//! Small histories, by hand, of which it is known whether they are linearizable, and that the search says so.

use std::time::Duration;

use uuid::Uuid;

use crate::histories::linearizability::{Model, Operation, Span, Verdict, search};
use crate::histories::seat::SeatAction::{Pay, Refund, Release, Reserve, Stands};
use crate::histories::seat::{Seat, SeatAction, Standing};
use crate::histories::shortest::{Shortest, shortest, told};
use crate::histories::wallet::WalletAction::{self, Charge, Read, TooLittle};
use crate::histories::wallet::{self, Wallet};

const CONFIGURATIONS_MAX: usize = 10_000;
const PAYMENT: Uuid = Uuid::from_u128(1);
const OTHER_PAYMENT: Uuid = Uuid::from_u128(2);

/// An operation from one second to another.
fn from<A>(invoked: u64, responded: u64, action: A) -> Operation<A> {
    let responded = Some(Duration::from_secs(responded));
    Operation { span: Span { invoked: Duration::from_secs(invoked), responded }, action, by: "kim".to_owned() }
}

/// An operation of unknown outcome.
fn unknown<A>(invoked: u64, action: A) -> Operation<A> {
    Operation { span: Span { invoked: Duration::from_secs(invoked), responded: None }, action, by: "kim".to_owned() }
}

fn charge(amount: i64, balance: i64) -> WalletAction {
    Charge { amount, balance: Some(balance) }
}

fn pay(amount: i64, balance: i64) -> WalletAction {
    wallet::WalletAction::Pay { amount, balance: Some(balance) }
}

fn read(balance: i64) -> WalletAction {
    Read { balance }
}

fn sold(user: usize, payment: Uuid) -> SeatAction {
    Pay { user, payment: Some(payment) }
}

#[track_caller]
fn accepted<M: Model>(operations: &[Operation<M::Action>]) {
    let verdict = search::<M>(M::NEW, operations, CONFIGURATIONS_MAX);
    assert!(matches!(verdict, Verdict::Linearizable { .. }), "{verdict:?}:\n{}", told(operations));
}

#[track_caller]
fn refused<M: Model>(operations: &[Operation<M::Action>]) {
    assert_eq!(search::<M>(M::NEW, operations, CONFIGURATIONS_MAX), Verdict::Refused, "\n{}", told(operations));
}

#[test]
fn nothing_and_one_after_the_other_are_accepted() {
    accepted::<Wallet>(&[]);
    accepted::<Wallet>(&[
        from(0, 1, read(0)),
        from(2, 3, charge(5, 5)),
        from(4, 5, TooLittle { amount: 6 }),
        from(6, 7, pay(4, 1)),
        from(8, 9, WalletAction::Refund { amount: 4 }),
        from(10, 11, read(5)),
    ]);
    let (kim, lee) = (1, 2);
    accepted::<Seat>(&[
        from(0, 1, Reserve { user: kim }),
        from(2, 3, Stands(Standing::TakenFrom { user: lee })),
        from(4, 5, Release { user: kim }),
        from(6, 7, Reserve { user: lee }),
        from(8, 9, sold(lee, PAYMENT)),
        from(10, 11, Stands(Standing::OwnedBy { user: lee })),
        from(12, 13, Refund { user: lee, payment: PAYMENT }),
        from(14, 15, Stands(Standing::NotSoldBy { payment: PAYMENT })),
        from(16, 17, Stands(Standing::Free)),
    ]);
}

#[test]
fn a_stale_read_is_refused_and_one_that_was_under_way_is_accepted() {
    refused::<Wallet>(&[from(0, 1, charge(5, 5)), from(2, 3, read(0))]);
    accepted::<Wallet>(&[from(0, 2, charge(5, 5)), from(1, 3, read(0))]);
    // At the same instant means at the same time.
    accepted::<Wallet>(&[from(0, 2, charge(5, 5)), from(2, 3, read(0))]);
    // What one has read, nobody reads otherwise afterwards.
    refused::<Wallet>(&[from(0, 9, charge(5, 5)), from(1, 2, read(5)), from(3, 4, read(0))]);
    accepted::<Wallet>(&[from(0, 9, charge(5, 5)), from(1, 2, read(0)), from(3, 4, read(5))]);
    let kim = 1;
    refused::<Seat>(&[from(0, 1, Reserve { user: kim }), from(2, 3, Stands(Standing::Free))]);
    refused::<Seat>(&[from(0, 1, Stands(Standing::Held)), from(2, 3, Reserve { user: kim })]);
}

#[test]
fn a_lost_charge_is_refused() {
    refused::<Wallet>(&[from(0, 1, charge(5, 5)), from(2, 3, charge(7, 7))]);
    refused::<Wallet>(&[from(0, 3, charge(5, 5)), from(1, 4, charge(7, 7)), from(5, 6, read(7))]);
    refused::<Wallet>(&[from(0, 1, charge(5, 5)), from(2, 3, pay(5, 0)), from(4, 5, read(5))]);
    refused::<Wallet>(&[from(0, 1, charge(5, 5)), from(2, 3, TooLittle { amount: 5 })]);
    refused::<Wallet>(&[from(0, 1, charge(5, 5)), from(2, 3, WalletAction::Pay { amount: 6, balance: None })]);
}

#[test]
fn a_double_sale_is_refused_in_any_order() {
    let (kim, lee) = (1, 2);
    let holding = [from(0, 9, Reserve { user: kim }), from(0, 9, Reserve { user: lee })];
    refused::<Seat>(&holding);
    let paying = [from(0, 9, sold(kim, PAYMENT)), from(0, 9, sold(lee, OTHER_PAYMENT))];
    refused::<Seat>(&[holding.as_slice(), &paying].concat());
    // Given back in between, it is sold twice in good order.
    let refund = [from(0, 9, Refund { user: kim, payment: PAYMENT })];
    accepted::<Seat>(&[holding.as_slice(), &paying, &refund].concat());
    refused::<Seat>(&[
        from(0, 1, Reserve { user: kim }),
        from(2, 3, sold(kim, PAYMENT)),
        from(4, 5, Stands(Standing::SoldTo { user: kim, payment: OTHER_PAYMENT })),
    ]);
}

#[test]
fn what_happens_at_once_is_accepted_in_whichever_order_it_was_answered() {
    for balances in [[5, 12, 14], [5, 14, 7], [14, 9, 2], [12, 7, 14]] {
        let charges = [5, 7, 2].into_iter().zip(balances).map(|(amount, balance)| from(0, 9, charge(amount, balance)));
        let charges: Vec<_> = charges.collect();
        accepted::<Wallet>(&[charges.as_slice(), &[from(10, 11, read(14))]].concat());
        refused::<Wallet>(&[charges.as_slice(), &[from(10, 11, read(12))]].concat());
    }
    refused::<Wallet>(&[from(0, 9, charge(5, 5)), from(0, 9, charge(7, 7))]);
}

#[test]
fn what_has_an_unknown_outcome_may_have_happened_or_not_and_still_may() {
    let open = || unknown(0, Charge { amount: 5, balance: None });
    accepted::<Wallet>(&[open(), from(1, 2, read(0))]);
    accepted::<Wallet>(&[open(), from(1, 2, read(5))]);
    accepted::<Wallet>(&[open(), from(1, 2, read(0)), from(3, 4, read(5))]);
    refused::<Wallet>(&[open(), from(1, 2, read(5)), from(3, 4, read(0))]);
    refused::<Wallet>(&[open(), from(1, 2, read(10))]);
    accepted::<Wallet>(&[open(), open(), from(1, 2, read(10))]);
    // Nothing happens before it is asked for.
    refused::<Wallet>(&[from(1, 2, read(5)), unknown(3, Charge { amount: 5, balance: None })]);
    let (kim, lee) = (1, 2);
    let in_doubt = || [from(0, 1, Reserve { user: kim }), unknown(2, Pay { user: kim, payment: None })];
    let then = |standing| [in_doubt().as_slice(), &[from(3, 4, Stands(standing))]].concat();
    accepted::<Seat>(&then(Standing::HeldFor { user: kim }));
    accepted::<Seat>(&then(Standing::SoldTo { user: kim, payment: PAYMENT }));
    refused::<Seat>(&then(Standing::Free));
    refused::<Seat>(&then(Standing::SoldTo { user: lee, payment: PAYMENT }));
    // Whose payment it was does not change any more.
    let other = from(5, 6, Stands(Standing::SoldTo { user: kim, payment: OTHER_PAYMENT }));
    refused::<Seat>(&[then(Standing::SoldTo { user: kim, payment: PAYMENT }), vec![other]].concat());
}

#[test]
fn a_search_that_takes_too_long_is_given_up() {
    let open = (1..=14).map(|at| unknown(0, Charge { amount: 1 << at, balance: None }));
    let operations: Vec<_> = open.chain([from(1, 2, read(1))]).collect();
    assert_eq!(search::<Wallet>(Wallet::NEW, &operations, CONFIGURATIONS_MAX), Verdict::Undecided);
    assert_eq!(search::<Wallet>(Wallet::NEW, &operations[4..], CONFIGURATIONS_MAX), Verdict::Refused);
}

#[test]
fn the_shortest_history_ends_with_what_no_order_explains_and_has_nothing_else() {
    let mut operations = vec![from(0, 1, charge(3, 3)), from(2, 3, read(3)), from(4, 5, charge(5, 8))];
    operations.extend([from(4, 6, read(8)), from(7, 8, read(3)), from(9, 10, charge(1, 9))]);
    operations.push(unknown(11, Charge { amount: 2, balance: None }));
    refused::<Wallet>(&operations);
    let Shortest { within, operations: shortest } = shortest::<Wallet>(&operations);
    assert_eq!(within, 5);
    let actions: Vec<_> =
        shortest.iter().map(|operation| (operation.span.responded.is_some(), operation.action)).collect();
    // Whoever was told 8 saw both charges, so nobody reads 3 afterwards.
    assert_eq!(actions, [(true, charge(5, 8)), (true, read(3))], "\n{}", told(&shortest));
}

#[test]
fn what_came_before_a_double_sale_is_left_out() {
    let (kim, lee) = (1, 2);
    let mut operations = vec![from(0, 1, Reserve { user: lee }), from(2, 3, Release { user: lee })];
    operations.extend([from(4, 5, Reserve { user: kim }), from(6, 7, Stands(Standing::HeldFor { user: kim }))]);
    operations.extend([from(8, 9, sold(kim, PAYMENT)), from(10, 11, Stands(Standing::Sold))]);
    operations.extend([from(12, 13, Reserve { user: lee }), from(14, 15, sold(lee, OTHER_PAYMENT))]);
    let Shortest { within, operations: shortest } = shortest::<Seat>(&operations);
    assert_eq!(within, 7, "the seat was not free to be held");
    let actions: Vec<_> = shortest.iter().map(|operation| operation.action).collect();
    assert_eq!(actions, [sold(kim, PAYMENT), Reserve { user: lee }], "\n{}", told(&shortest));
}
