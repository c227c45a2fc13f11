//! The core against a naive model of it: random commands of several users at two concerts, with random times, restarts
//! and downtimes. After every step the answers, the places, the seats, the histories and the books are the same.
//!
//! The model (`naive`, `passing`, `acted`, `judged`, `done`) is written from the contract alone, with lists that are
//! searched from end to end; it shares words with the core, such as commands and replies, and no logic.

mod acted;
mod actions;
mod beginning;
mod done;
mod judged;
mod naive;
mod passing;
mod same;
mod server;

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use naive::Model;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use server::Server;

/// Random runs of a test; each has up to `STEPS_MAX` steps. Together they take less than 20 s without optimisation.
const RUNS: u32 = 1_500;
const STEPS_MAX: usize = 120;

struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Model;
    type Transition = actions::Action;

    fn init_state() -> BoxedStrategy<Model> {
        beginning::beginning().boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<actions::Action> {
        actions::action(model)
    }

    fn apply(mut model: Model, action: &actions::Action) -> Model {
        model.act(action);
        model
    }
}

struct Core;

impl StateMachineTest for Core {
    type SystemUnderTest = Server;
    type Reference = Reference;

    fn init_test(model: &Model) -> Server {
        Server::start(model)
    }

    fn apply(mut server: Server, model: &Model, action: actions::Action) -> Server {
        server.act(&action);
        assert_eq!(server.answer, model.answer, "the answer to {action:?}");
        server
    }

    fn check_invariants(server: &Server, model: &Model) {
        same::everything(server, model);
    }
}

/// The seed of all runs, which is told, so that they can be repeated: `PROPTEST_RNG_SEED` gives it.
static SEED: LazyLock<u64> = LazyLock::new(|| {
    let seed = match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(std::process::id()),
    };
    println!("PROPTEST_RNG_SEED={seed}");
    seed
});

/// It is asked for with every run.
fn config() -> Config {
    Config { cases: RUNS, failure_persistence: None, rng_seed: RngSeed::Fixed(*SEED), ..Config::default() }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn the_core_does_what_the_naive_model_does(sequential 1..STEPS_MAX => Core);
}
