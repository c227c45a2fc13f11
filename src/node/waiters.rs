//! Commands on their way into one entry, and who waits for each.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::domain::{Command, Reply, Stamped, Timestamp};
use crate::node::answer::Answer;
use crate::node::caller::Caller;
use crate::node::submit_error::SubmitError;

/// Who waits for a command.
pub(super) struct Waiter {
    pub answer: oneshot::Sender<Result<Answer<Reply>, SubmitError>>,
    pub caller: Caller,
}

impl Waiter {
    /// Tells what became of the command. A caller that went away has no use for it; the change stands all the same.
    pub(super) fn tell(self, answer: Result<Answer<Reply>, SubmitError>) {
        drop(self.answer.send(answer));
    }
}

/// Commands that become one entry, and who waits for each.
#[derive(Default)]
pub(super) struct Batch {
    pub stamped: Vec<Stamped>,
    pub waiters: Waiters,
}

impl Batch {
    /// Its first half and its second; at least two commands.
    pub(super) fn halves(mut self) -> [Self; 2] {
        let middle = self.stamped.len() / 2;
        let second =
            Self { stamped: self.stamped.split_off(middle), waiters: Waiters(self.waiters.0.split_off(middle)) };
        [self, second]
    }

    /// Adds a command that the instance itself wants.
    pub(super) fn push_own(&mut self, now: Timestamp, command: Command) {
        self.stamped.push(Stamped { now, idempotency: None, by: None, command });
        self.waiters.0.push_back(None);
    }

    /// Adds a command that somebody waits for.
    pub(super) fn push(&mut self, now: Timestamp, command: Command, waiter: Waiter) {
        let Caller { key, by } = &waiter.caller;
        let idempotency = key.as_ref().map(|guard| guard.idempotency().clone());
        self.stamped.push(Stamped { now, idempotency, by: *by, command });
        self.waiters.0.push_back(Some(waiter));
    }
}

/// Whether a sweep has left rows that are past keeping.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sweeping {
    #[default]
    Done,
    MoreDue,
}

/// For each command of a batch, in order, its waiter; the instance's own have none.
#[derive(Default)]
pub(super) struct Waiters(VecDeque<Option<Waiter>>);

impl Waiters {
    /// The waiter of the next command.
    ///
    /// # Panics
    /// When every command was asked after.
    pub(super) fn next(&mut self) -> Option<Waiter> {
        self.0.pop_front().expect("each command has its place among the waiters")
    }

    /// Tells all the same.
    pub(super) fn tell_all(self, error: &SubmitError) {
        self.0.into_iter().flatten().for_each(|waiter| waiter.tell(Err(error.clone())));
    }
}
