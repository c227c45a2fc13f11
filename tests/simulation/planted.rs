//! Bugs that are planted, one after the other: the simulation finds each of them. Where it is known which seed finds one, the
//! search begins there; a change of the code moves that, and then it is found by another one.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use jari::planted::{Bug, plant};

use crate::run::{SECONDS, simulated};

/// So many seeds are played until a bug is found.
const SEEDS: u64 = 400;

/// The first seed from this one on that finds a bug: the others come behind them.
fn found(bug: Bug, first: u64) -> Option<u64> {
    plant(Some(bug));
    // What goes wrong is meant to.
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| simulated(*seed, SECONDS))).is_err();
    let found = (first..SEEDS).chain(0..first).find(fails);
    set_hook(hook);
    plant(None);
    found
}

macro_rules! finds {
    ($($name:ident: $bug:ident from $first:literal,)*) => {
        $(
            #[test]
            fn $name() {
                let seed = found(Bug::$bug, $first);
                println!("{:?} is found by seed {seed:?}", Bug::$bug);
                assert!(seed.is_some(), "{:?} is not found", Bug::$bug);
            }
        )*
    };
}

finds! {
    a_vote_that_is_forgotten: VoteForgotten from 0,
    an_entry_that_is_not_synced: EntriesNotSynced from 0,
    a_start_that_applies_too_much: ReplayedToTheEnd from 31,
    an_epoch_that_is_ignored: EpochIgnored from 8,
    a_part_that_is_applied_again: NumberIgnored from 0,
    an_answer_that_is_forgotten: AnswerForgotten from 0,
    a_charge_that_is_credited_twice: CreditedTwice from 0,
    a_tenure_that_goes_on: TenureKept from 0,
    a_grant_that_counts_too_early: GrantWithoutEntry from 97,
    a_slot_that_is_assigned_too_early: AssignedAtOnce from 4,
    a_log_that_is_let_go_of_too_early: PurgedAboveTables from 47,
    a_read_that_is_not_fresh: ReadNotFresh from 0,
    a_start_by_its_own_clock: OwnClock from 85,
}
