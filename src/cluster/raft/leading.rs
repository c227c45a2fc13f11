//! What an instance asks of the library as the leader, and that it does not wait for an answer when it leads no more.

use openraft::error::{ClientWriteError, ForwardToLeader, RaftError};
use openraft::{Raft, ServerState};

use super::types::{Member, Types};
use crate::domain::NodeId;

/// Why the library did not do what a leader asked for.
pub(super) type Refused = RaftError<NodeId, ClientWriteError<NodeId, Member>>;

/// What the library answers to `asked`; once this instance does not lead in the term of the question any more, that
/// another one may, with the outcome unknown. The library answers when the entry is applied, or as others replace it in the
/// log. Where a snapshot takes its place it never does (openraft 0.9.25).
pub(super) async fn while_leading<T>(
    raft: &Raft<Types>,
    asked: impl Future<Output = Result<T, Refused>>,
) -> Result<T, Refused> {
    let mut metrics = raft.metrics();
    let term = metrics.borrow_and_update().current_term;
    let lost = metrics.wait_for(|metrics| metrics.current_term != term || metrics.state != ServerState::Leader);
    tokio::select! {
        biased;
        answered = asked => answered,
        lost = lost => {
            let leader_id = lost.ok().and_then(|metrics| metrics.current_leader);
            Err(RaftError::APIError(ClientWriteError::ForwardToLeader(ForwardToLeader { leader_id, leader_node: None })))
        }
    }
}
