//! Which instances are members, as the consensus library knows it, and those that leave.

use openraft::ChangeMembers;
use openraft::error::{ClientWriteError, RaftError};
use thiserror::Error;

use super::consensus::Consensus;
use super::convert::members;
use super::leading::while_leading;
use crate::domain::{Members, NodeId};
use crate::log::Index;
use crate::storage::Disk;

/// Why an instance is not removed now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RemoveError {
    #[error("this instance does not order the log")]
    NotLeader,
    #[error("{0}")]
    Members(String),
}

impl<D: Disk> Consensus<D> {
    /// Who is a member, as this instance knows.
    #[must_use]
    pub fn members(&self) -> Members {
        members(self.raft().metrics().borrow().membership_config.membership())
    }

    /// The entry that says who is a member.
    #[must_use]
    pub fn members_at(&self) -> Index {
        Index(self.raft().metrics().borrow().membership_config.log_id().map_or(0, |id| id.index))
    }

    /// Waits until an instance is a member.
    pub async fn wait_for_member(&self, node: NodeId) {
        let mut metrics = self.raft().metrics();
        let is_in = metrics.wait_for(|metrics| metrics.membership_config.nodes().any(|(member, _)| *member == node));
        // Where the library has ended there is nothing to wait for, and whoever asked meets that next.
        drop(is_in.await);
    }

    /// Removes a member, where this instance leads: by a majority of those before and of those that are left.
    ///
    /// # Errors
    /// All of [`RemoveError`].
    pub async fn remove(&self, node: NodeId) -> Result<(), RemoveError> {
        let is_voter = self.voters().iter().any(|set| set.contains(&node));
        let change = if is_voter {
            ChangeMembers::RemoveVoters([node].into())
        } else {
            ChangeMembers::RemoveNodes([node].into())
        };
        match while_leading(self.raft(), self.raft().change_membership(change, false)).await {
            Ok(_) => Ok(()),
            Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_))) => Err(RemoveError::NotLeader),
            Err(RaftError::APIError(ClientWriteError::ChangeMembershipError(error))) => {
                Err(RemoveError::Members(error.to_string()))
            }
            Err(RaftError::Fatal(error)) => Err(RemoveError::Members(error.to_string())),
        }
    }
}
