//! At the instance that orders the log: parts of all instances become entries, as many in one as wait.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use openraft::Raft;
use openraft::error::{ClientWriteError, RaftError};
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};

use super::convert::log_id;
use super::leading::{Refused, while_leading};
use super::types::{Proposal, Types};
use crate::domain::NodeId;
use crate::log::LogId;
use crate::storage::{PARTS_MAX, join_parts};

/// Bytes that an entry takes, so that it is with the others within a heartbeat.
pub const ENTRY_BYTES_MAX: usize = 1024 * 1024;
/// Parts that wait for an entry. Each instance has one under way at a time, so these are many instances.
const WAITING_MAX: usize = 4 * PARTS_MAX;

/// Takes parts in.
#[derive(Clone)]
pub struct Proposals {
    sender: mpsc::Sender<Proposed>,
    /// Held by the entry that is under way, or by a pause.
    course: Arc<Mutex<()>>,
}

/// For as long as this is there, no entry is begun: parts wait.
#[must_use]
pub struct Pause {
    _course: OwnedMutexGuard<()>,
}

/// Why a part is in no entry that is known to be committed. Whatever the reason, it may be in one, so it is proposed again
/// under its own number or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProposeError {
    /// Another instance orders the log, or none does at the moment.
    #[error("this instance does not order the log{}", leader.map_or_else(String::new, |node| format!("; instance {node} does")))]
    NotLeader { leader: Option<NodeId> },
    #[error("a part of {bytes} bytes is too large: an entry has {ENTRY_BYTES_MAX} at most")]
    TooLarge { bytes: usize },
    #[error("this instance takes part in the log no more: {0}")]
    Stopped(String),
}

struct Proposed {
    part: Bytes,
    answer: oneshot::Sender<Result<LogId, ProposeError>>,
}

impl Proposals {
    /// Starts to make entries of what is proposed, one after the other: parts that come meanwhile share the next.
    #[must_use]
    pub fn start(raft: Raft<Types>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let course = Arc::default();
        tokio::spawn(write_entries(raft, receiver, Arc::clone(&course)));
        Self { sender, course }
    }

    /// Waits for the entry that is under way and begins no other, so that another instance can come to have the whole log.
    pub async fn pause(&self) -> Pause {
        Pause { _course: Arc::clone(&self.course).lock_owned().await }
    }

    /// Makes an encoded part one of an entry, and waits until that is committed and applied here.
    ///
    /// # Errors
    /// All of [`ProposeError`].
    pub async fn propose(&self, part: Bytes) -> Result<LogId, ProposeError> {
        if part.len() > ENTRY_BYTES_MAX {
            return Err(ProposeError::TooLarge { bytes: part.len() });
        }
        let (answer, answered) = oneshot::channel();
        let stopped = || ProposeError::Stopped("it stops".to_owned());
        self.sender.send(Proposed { part, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn write_entries(raft: Raft<Types>, mut receiver: mpsc::Receiver<Proposed>, course: Arc<Mutex<()>>) {
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Some(first) = receiver.recv().await else { return };
            waiting.push_back(first);
        }
        let _under_way = course.lock().await;
        while let Ok(next) = receiver.try_recv() {
            waiting.push_back(next);
        }
        let entry = take_entry(&mut waiting);
        let content = join_parts(entry.iter().map(|proposed| &proposed.part));
        let written = while_leading(&raft, raft.client_write(Proposal(content))).await;
        let outcome = written.map(|written| log_id(&written.log_id)).map_err(told);
        // Who went away does not wait for it.
        entry.into_iter().for_each(|proposed| drop(proposed.answer.send(outcome.clone())));
    }
}

/// The first of those that wait, as many as fit into an entry.
fn take_entry(waiting: &mut VecDeque<Proposed>) -> Vec<Proposed> {
    let (mut entry, mut bytes) = (Vec::new(), 0);
    while let Some(next) = waiting.front()
        && entry.len() < PARTS_MAX
        && (entry.is_empty() || bytes + next.part.len() <= ENTRY_BYTES_MAX)
    {
        bytes += next.part.len();
        entry.extend(waiting.pop_front());
    }
    entry
}

fn told(error: Refused) -> ProposeError {
    match error {
        RaftError::APIError(ClientWriteError::ForwardToLeader(forward)) => {
            ProposeError::NotLeader { leader: forward.leader_id }
        }
        RaftError::APIError(error) => ProposeError::Stopped(error.to_string()),
        RaftError::Fatal(error) => ProposeError::Stopped(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use bytes::Bytes;
    use tokio::sync::oneshot;

    use super::{ENTRY_BYTES_MAX, PARTS_MAX, Proposed, take_entry};

    fn waiting(sizes: impl IntoIterator<Item = usize>) -> VecDeque<Proposed> {
        let proposed = |bytes| Proposed { part: Bytes::from(vec![0; bytes]), answer: oneshot::channel().0 };
        sizes.into_iter().map(proposed).collect()
    }

    fn sizes(entry: &[Proposed]) -> Vec<usize> {
        entry.iter().map(|proposed| proposed.part.len()).collect()
    }

    #[test]
    fn an_entry_has_the_parts_that_fit_in_their_order() {
        const HALF: usize = ENTRY_BYTES_MAX / 2;
        let mut all = waiting([HALF, HALF, 1, HALF, HALF, ENTRY_BYTES_MAX, 2]);
        let mut entries = Vec::new();
        while !all.is_empty() {
            entries.push(sizes(&take_entry(&mut all)));
        }
        assert_eq!(entries, [vec![HALF, HALF], vec![1, HALF], vec![HALF], vec![ENTRY_BYTES_MAX], vec![2]]);
        let mut many = waiting(std::iter::repeat_n(1, PARTS_MAX + 3));
        assert_eq!([take_entry(&mut many).len(), take_entry(&mut many).len()], [PARTS_MAX, 3]);
    }
}
