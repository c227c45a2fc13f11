//! Who leads, as the consensus library tells it, and what follows from that.

use std::collections::BTreeSet;
use std::sync::Arc;

use openraft::error::Fatal;
use openraft::metrics::RaftMetrics;
use openraft::{Raft, ServerState};
use tokio::sync::watch;

use super::convert::{log_id, vote};
use super::types::{Member, Types};
use crate::cluster::tenure::Tenure;
use crate::domain::NodeId;
use crate::log::Leadership;

/// Who leads, as far as this instance knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Leader {
    #[default]
    Unknown,
    /// This instance, which has applied all that was committed before.
    Own(Leadership),
    Other(NodeId),
    /// The library has ended after a fault.
    Ended(String),
}

impl Leader {
    /// Another instance that leads.
    #[must_use]
    pub fn other(&self) -> Option<NodeId> {
        match self {
            Self::Other(node) => Some(*node),
            Self::Own(_) | Self::Unknown | Self::Ended(_) => None,
        }
    }
}

/// Where it is noted what follows from the order of the log.
pub struct Notes {
    /// For how long this instance may act.
    pub tenure: Arc<Tenure>,
    pub leader: watch::Sender<Leader>,
}

/// Tells who leads whenever that changes.
pub(super) async fn follow(raft: Raft<Types>, own: NodeId, notes: Notes) {
    let Notes { tenure, leader } = notes;
    let mut metrics = raft.metrics();
    loop {
        let (now, voters) = {
            let metrics = metrics.borrow_and_update();
            (leader_of(&metrics, own), voters(&metrics))
        };
        match &now {
            Leader::Own(leadership) => tenure.begin(*leadership, voters),
            Leader::Unknown | Leader::Other(_) | Leader::Ended(_) => tenure.end(),
        }
        let has_ended = matches!(now, Leader::Ended(_));
        leader.send_if_modified(|told| {
            let is_new = *told != now;
            *told = now;
            is_new
        });
        if has_ended || metrics.changed().await.is_err() {
            return;
        }
    }
}

fn leader_of(metrics: &RaftMetrics<NodeId, Member>, own: NodeId) -> Leader {
    match &metrics.running_state {
        Ok(()) => {}
        Err(Fatal::Stopped) => return Leader::Unknown,
        Err(fatal @ (Fatal::StorageError(_) | Fatal::Panicked)) => return Leader::Ended(fatal.to_string()),
    }
    match metrics.current_leader {
        Some(node) if node == own => {
            let leadership = vote(&metrics.vote).leadership;
            let applied = metrics.last_applied.as_ref().map(|id| log_id(id).leadership);
            if metrics.state == ServerState::Leader && applied == Some(leadership) {
                Leader::Own(leadership)
            } else {
                Leader::Unknown
            }
        }
        Some(node) => Leader::Other(node),
        None => Leader::Unknown,
    }
}

/// Who has a vote: a majority of each set.
pub(super) fn voters(metrics: &RaftMetrics<NodeId, Member>) -> Vec<BTreeSet<NodeId>> {
    metrics.membership_config.membership().get_joint_config().clone()
}
