//! The shortest history that shows what is wrong with a long one: up to the first answer that no order explains, from where
//! it does not matter any more how the object stood, without what does not matter in between.

use std::fmt::Write;
use std::time::Duration;

use super::linearizability::{Model, Operation, Span, Verdict, search};

/// A look whether something matters takes at most so many configurations; what would take more stays.
const CONFIGURATIONS_MAX: usize = 20_000;
/// So many operations at the end are looked at one by one: what is wrong shows there.
const LOOKED_AT_MAX: usize = 300;

/// What is wrong with a history.
pub(crate) struct Shortest<A> {
    /// So many operations had begun by then.
    pub within: usize,
    /// Those that show it, by their invocations.
    pub operations: Vec<Operation<A>>,
}

/// Of a history that is refused, one that is refused as well and has nothing more to leave out.
pub(crate) fn shortest<M: Model>(operations: &[Operation<M::Action>]) -> Shortest<M::Action> {
    let begun = until_refused::<M>(operations);
    let within = begun.len();
    let (begin, mut shortened) = since_refused::<M>(begun);
    shortened.sort_by_key(|operation| operation.span.invoked);
    let mut looked_at = 0;
    for at in (0..shortened.len()).rev() {
        if looked_at == LOOKED_AT_MAX {
            break;
        }
        if shortened[at].span.responded.is_none() {
            continue;
        }
        looked_at += 1;
        // It asserts less that a change has no answer, or that nothing was read.
        let mut weaker = shortened.clone();
        match unanswered::<M>(&shortened[at]) {
            Some(operation) => weaker[at] = operation,
            None => drop(weaker.remove(at)),
        }
        if is_refused::<M>(&begin, &weaker) {
            shortened = weaker;
        }
    }
    Shortest { within, operations: shortened }
}

/// The operations, a line each, for a failing test.
pub(crate) fn told<A: std::fmt::Debug>(operations: &[Operation<A>]) -> String {
    let mut text = String::new();
    for Operation { span: Span { invoked, responded }, action, by } in operations {
        let responded = responded.map_or("unknown".to_owned(), |responded| format!("{:.6}", responded.as_secs_f64()));
        writeln!(text, "{:>12.6} .. {responded:>12} s  {by}: {action:?}", invoked.as_secs_f64()).unwrap();
    }
    text
}

/// The history up to the first response that makes it one that is refused. More responses never make it better.
fn until_refused<M: Model>(operations: &[Operation<M::Action>]) -> Vec<Operation<M::Action>> {
    let mut ends: Vec<Duration> = operations.iter().filter_map(|operation| operation.span.responded).collect();
    ends.sort_unstable();
    let accepted = ends.partition_point(|end| !is_refused::<M>(&M::NEW, &until::<M>(operations, *end)));
    // Where that takes too long to find, all of it.
    ends.get(accepted).map_or_else(|| operations.to_vec(), |end| until::<M>(operations, *end))
}

/// The last part of a history that no state explains in which the object may have been before it, or else all of it.
/// Fewer operations before it never make it worse.
fn since_refused<M: Model>(operations: Vec<Operation<M::Action>>) -> (M::State, Vec<Operation<M::Action>>) {
    let mut begins: Vec<Duration> = operations.iter().map(|operation| operation.span.invoked).collect();
    begins.sort_unstable();
    let refused = begins.partition_point(|begin| is_refused::<M>(&M::UNKNOWN, &since(&operations, *begin)));
    match refused.checked_sub(1) {
        Some(last) => (M::UNKNOWN, since(&operations, begins[last])),
        None => (M::NEW, operations),
    }
}

/// What is under way at a moment, or comes later.
fn since<A: Clone>(operations: &[Operation<A>], begin: Duration) -> Vec<Operation<A>> {
    let over = |operation: &&Operation<A>| operation.span.responded.is_some_and(|responded| responded < begin);
    operations.iter().filter(|operation| !over(operation)).cloned().collect()
}

/// What is known of a history at a moment.
fn until<M: Model>(operations: &[Operation<M::Action>], end: Duration) -> Vec<Operation<M::Action>> {
    let begun = operations.iter().filter(|operation| operation.span.invoked <= end);
    let known = begun.filter_map(|operation| match operation.span.responded {
        Some(responded) if responded > end => unanswered::<M>(operation),
        Some(_) | None => Some(operation.clone()),
    });
    known.collect()
}

fn unanswered<M: Model>(operation: &Operation<M::Action>) -> Option<Operation<M::Action>> {
    let span = Span { responded: None, ..operation.span };
    Some(Operation { span, action: M::unanswered(&operation.action)?, by: operation.by.clone() })
}

fn is_refused<M: Model>(begin: &M::State, operations: &[Operation<M::Action>]) -> bool {
    search::<M>(begin.clone(), operations, CONFIGURATIONS_MAX) == Verdict::Refused
}
