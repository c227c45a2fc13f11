//! The rules of the contract as text scenarios with virtual time, all through [`check`].
//!
//! A scenario is one line a step; `#` starts a comment. Times are seconds from its beginning, with milliseconds after
//! the point where they matter. What stands behind `->` is the answer, word for word, on the same line or the next; a
//! step without it must not be refused.
//!
//! ```text
//! given  kim=10000 lee                         users, with what is in their wallets
//! given  hold_seconds=300                      settings of the server
//! given  concert spring seats=3 price=5000     a concert on sale; keys are those of `definition`
//! at 0   kim joins -> ACTIVE until 600         what is due until then is ticked, each at its own time
//! late 302 lee reserves 1 -> held 1 …          no tick since the step before: a server that was down, or is slow
//! at 9   kim#1@spring pays 1,2 on 25 once k    place 1 of the queue of spring, 25 December, idempotency key k
//! at 9   kim pays 1,2 for lee                  a request that names another user than the one who asks
//! then   free=3 wallet.kim=5000                facts as of the last step; names are those of `facts`
//! ```
//!
//! After every step and tick `checks` looks at the invariants, and at a second state, restored from the stored rows,
//! which must be told apart from the first by nothing.

mod checks;
mod definition;
mod facts;
mod series;
mod steps;
mod ticket_steps;
mod ticks;
mod till_steps;
mod told;
mod verdicts;
mod words;
mod world;

mod abandonment;
mod adjacent;
mod admission;
mod answers;
mod archive;
mod blocked;
mod call_off;
mod cancel;
mod check_in;
mod clock;
mod closing;
mod concert_steps;
mod concerts;
mod counter;
mod endings;
mod feed;
mod hand_over;
mod holds;
mod layouts;
mod limits;
mod lobby;
mod moved;
mod operator_keys;
mod pause;
mod pay;
mod queue;
mod refund;
mod refund_parts;
mod restart;
mod revise;
mod tokens;
mod users;
mod waiting_time;
mod wallet;

/// Plays a scenario and panics, with the step and what was answered, where it goes otherwise.
fn check(scenario: &str) {
    let mut world = world::World::default();
    let lines = scenario.lines().map(|line| words::without_comment(line.trim()).trim());
    let mut lines = lines.filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let answer = lines.next_if(|next| next.starts_with("->")).unwrap_or_default();
        steps::play(&mut world, &format!("{line} {answer}"));
    }
}
