//! Whether a history of one object is linearizable: whether there is an order of its operations, each at one instant
//! between its invocation and its response, in which the object by itself would have answered the same. Knows nothing of
//! seats and wallets.
//!
//! The search is that of Wing and Gong ("Testing and verifying concurrent objects", Journal of Parallel and Distributed
//! Computing 17, 1993) with Lowe's memory of the configurations that it has been to ("Testing for linearizability",
//! Concurrency and Computation: Practice and Experience 29(4), 2017). A system of several objects is linearizable when
//! each of them is (Herlihy and Wing 1990), so each is searched alone.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

/// An object that does one operation after the other.
pub(crate) trait Model {
    type State: Clone + Eq + Hash;
    /// What was asked, with what was answered.
    type Action: Clone + Debug;

    /// The state of a new object.
    const NEW: Self::State;
    /// The state of one of which nothing is known.
    const UNKNOWN: Self::State;

    /// The state after an action; nothing where the action cannot happen, or cannot be answered like this.
    fn after(state: &Self::State, action: &Self::Action) -> Option<Self::State>;

    /// The same action without its answer; nothing when it changes nothing.
    fn unanswered(action: &Self::Action) -> Option<Self::Action>;
}

/// When an operation was under way, from the beginning of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub invoked: Duration,
    /// Absent when its outcome is unknown: it takes effect at any later time, or never.
    pub responded: Option<Duration>,
}

/// An operation of a history.
#[derive(Clone, Debug)]
pub(crate) struct Operation<A> {
    pub span: Span,
    pub action: A,
    /// Whose operation it is, for a failing test.
    pub by: String,
}

/// What the search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Linearizable {
        /// The configurations that it took.
        configurations: usize,
    },
    /// There is no such order.
    Refused,
    /// It would have taken more configurations than it may.
    Undecided,
}

/// How far an order has come, and what it has led to.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Configuration<S> {
    /// All answered operations before this one are in the order.
    first: usize,
    /// Those from there on that are, ascending.
    ahead: Vec<usize>,
    /// Operations of unknown outcome that have taken effect, ascending.
    effective: Vec<usize>,
    state: S,
}

/// A history, parted by what is known.
struct History<'h, A> {
    /// By their invocations.
    answered: Vec<(Duration, Duration, &'h A)>,
    unanswered: Vec<(Duration, &'h A)>,
}

/// Searches an order of the history of an object that is in this state before, in at most so many configurations.
pub(crate) fn search<M: Model>(
    state: M::State,
    operations: &[Operation<M::Action>],
    configurations_max: usize,
) -> Verdict {
    let history = History::new(operations);
    let begin = Configuration { first: 0, ahead: Vec::new(), effective: Vec::new(), state };
    let mut seen = HashSet::from([begin.clone()]);
    let mut left = vec![begin];
    while let Some(configuration) = left.pop() {
        if configuration.first == history.answered.len() {
            return Verdict::Linearizable { configurations: seen.len() };
        }
        for next in history.next_of::<M>(&configuration) {
            if seen.insert(next.clone()) {
                left.push(next);
            }
        }
        if seen.len() > configurations_max {
            return Verdict::Undecided;
        }
    }
    Verdict::Refused
}

impl<'h, A> History<'h, A> {
    fn new(operations: &'h [Operation<A>]) -> Self {
        let mut history = Self { answered: Vec::new(), unanswered: Vec::new() };
        for Operation { span: Span { invoked, responded }, action, .. } in operations {
            match responded {
                Some(responded) => history.answered.push((*invoked, *responded, action)),
                None => history.unanswered.push((*invoked, action)),
            }
        }
        history.answered.sort_by_key(|(invoked, ..)| *invoked);
        history
    }

    /// What can come next, the most likely last: the operation that was answered first, and one of unknown outcome only
    /// where none of the others leads on.
    fn next_of<M: Model<Action = A>>(&self, now: &Configuration<M::State>) -> Vec<Configuration<M::State>> {
        let (candidates, until) = self.candidates(now);
        let mut next = Vec::new();
        for (at, (invoked, action)) in self.unanswered.iter().enumerate().rev() {
            if *invoked > until || now.effective.contains(&at) {
                continue;
            }
            // One that changes nothing here need not happen here.
            if let Some(state) = M::after(&now.state, action).filter(|state| *state != now.state) {
                next.push(Configuration { effective: with(&now.effective, at), state, ..now.clone() });
            }
        }
        for at in candidates.into_iter().rev() {
            if let Some(state) = M::after(&now.state, self.answered[at].2) {
                next.push(now.clone().with_answered(at, state));
            }
        }
        next
    }

    /// The answered operations that no other one which is left out has to precede, by their responses, and until when
    /// another one is invoked that none has to precede.
    fn candidates(&self, now: &Configuration<impl Sized>) -> (Vec<usize>, Duration) {
        let mut candidates = Vec::new();
        let mut until = Duration::MAX;
        for (at, (invoked, responded, _)) in self.answered.iter().enumerate().skip(now.first) {
            if *invoked > until {
                break;
            }
            if !now.ahead.contains(&at) {
                until = until.min(*responded);
                candidates.push(at);
            }
        }
        candidates.sort_by_key(|at| self.answered[*at].1);
        (candidates, until)
    }
}

impl<S> Configuration<S> {
    fn with_answered(mut self, at: usize, state: S) -> Self {
        self.ahead = with(&self.ahead, at);
        while self.ahead.first() == Some(&self.first) {
            self.ahead.remove(0);
            self.first += 1;
        }
        self.state = state;
        self
    }
}

/// An ascending list with one more.
fn with(list: &[usize], one: usize) -> Vec<usize> {
    let at = list.partition_point(|other| *other < one);
    [&list[..at], &[one], &list[at..]].concat()
}
