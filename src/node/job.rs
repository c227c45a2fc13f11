//! What a caller hands to the sequencer, and the channel that it goes through.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::caller::Caller;
use super::submit_error::SubmitError;
use crate::domain::{Command, Reply};

/// What a caller hands to the sequencer.
#[expect(clippy::large_enum_variant, reason = "a stop comes once; boxing would cost every command an allocation")]
pub(super) enum Job {
    Do {
        command: Command,
        caller: Caller,
        answer: oneshot::Sender<Result<Answer<Reply>, SubmitError>>,
    },
    /// Look again what is to be done.
    Look,
    /// Finish what came before and stop.
    Stop,
}

/// How the sequencer waits for jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// On a thread of its own, as fast as it goes.
    AsThread,
    /// On a runtime, beside whatever else it waits for there.
    AsTask,
}

/// The way of jobs to the sequencer; its clones share it.
#[derive(Clone)]
pub(super) struct Jobs {
    /// It takes any number, so that only those that wait cost memory.
    sender: Sender<Job>,
    /// Told of each job where the sequencer is a task.
    arrived: Option<Arc<Notify>>,
}

/// The sequencer takes no jobs any more.
#[derive(Debug)]
pub(super) struct Closed;

/// The jobs as the sequencer takes them.
pub(super) struct Arrivals {
    receiver: Receiver<Job>,
    arrived: Option<Arc<Notify>>,
}

impl Jobs {
    pub(super) fn new(waiting: Waiting) -> (Self, Arrivals) {
        let (sender, receiver) = channel();
        let arrived = (waiting == Waiting::AsTask).then(Arc::default);
        (Self { sender, arrived: arrived.clone() }, Arrivals { receiver, arrived })
    }

    /// Puts a job in line.
    ///
    /// # Errors
    /// The sequencer takes none any more.
    pub(super) fn send(&self, job: Job) -> Result<(), Closed> {
        self.sender.send(job).map_err(|_| Closed)?;
        if let Some(arrived) = &self.arrived {
            arrived.notify_one();
        }
        Ok(())
    }
}

impl Arrivals {
    /// The next job, if one is there.
    pub(super) fn take(&self) -> Option<Job> {
        match self.receiver.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Job::Stop),
        }
    }

    /// The next job, if one comes within `limit`. Blocks.
    pub(super) fn wait(&self, limit: Duration) -> Option<Job> {
        match self.receiver.recv_timeout(limit) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Job::Stop),
        }
    }

    /// The same without blocking, where the sequencer is a task.
    ///
    /// # Panics
    /// It is a thread.
    pub(super) async fn next(&mut self, limit: Duration) -> Option<Job> {
        let arrived = Arc::clone(self.arrived.as_ref().expect("the sequencer is a task"));
        let until = Instant::now() + limit;
        loop {
            if let Some(job) = self.take() {
                return Some(job);
            }
            if timeout_at(until, arrived.notified()).await.is_err() {
                return None;
            }
        }
    }
}
