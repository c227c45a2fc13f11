//! What an instance knows of its cluster, as an operator asks for it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::instance::Instance;
use super::raft::{Leader, Progress};
use super::tenure::TenureLeft;
use crate::domain::{Members, NodeId};

/// Entries that an instance may lack and still count as level: it has them within a message or two.
const LAG_MAX: u64 = 1_000;

/// What an instance knows of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which cluster it is.
    pub cluster: u128,
    /// The instance that says so.
    pub node: NodeId,
    /// Lives of its process over its data folder, from 1.
    pub incarnation: u64,
    pub progress: Progress,
    pub tenure: TenureLeft,
    /// By how many microseconds the wall clock of each other one is ahead, where this instance orders the log.
    pub walls_ahead_us: BTreeMap<NodeId, i64>,
    /// In the order of their ids.
    pub members: Vec<MemberStatus>,
}

/// What an instance knows of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStatus {
    pub node: NodeId,
    /// Host and port where the others reach it.
    pub address: String,
    pub role: Role,
    pub link: Link,
}

/// Whether a member counts in votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Voter,
    /// It gets the log, and has no vote.
    Learner,
}

/// Whether there is a connection to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the instance that says so.
    Own,
    /// For so long, without a break.
    Up(Duration),
    Down,
}

/// Whether an instance can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It leads, or reaches whoever does, and has what that one has.
    Ready,
    /// No instance is known to lead, or it is not reached.
    NoLeader,
    /// It lacks so many entries.
    Behind(u64),
}

impl Role {
    /// That of a member.
    pub(super) fn of(node: NodeId, members: &Members) -> Self {
        if members.voters.iter().any(|set| set.contains(&node)) { Self::Voter } else { Self::Learner }
    }
}

impl Instance {
    /// What it knows of its cluster; nothing before it takes part.
    pub async fn status(&self) -> Option<Status> {
        let progress = self.begun()?.progress().await;
        let (membership, peers) = (self.membership(), self.peers().all());
        let link = |node: NodeId| {
            if node == membership.node {
                return Link::Own;
            }
            let since = peers.get(&node).and_then(|peer| peer.control.up_since());
            since.map_or(Link::Down, |since| Link::Up(since.elapsed()))
        };
        let member = |(node, address): (&NodeId, &String)| MemberStatus {
            node: *node,
            address: address.clone(),
            role: Role::of(*node, &progress.members),
            link: link(*node),
        };
        Some(Status {
            cluster: membership.cluster,
            node: membership.node,
            incarnation: membership.incarnation,
            tenure: self.tenure().left(),
            walls_ahead_us: self.walls().ahead(Instant::now()),
            members: progress.members.addresses.iter().map(member).collect(),
            progress,
        })
    }

    /// Whether it can serve.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        if self.owner_tenure().holds() {
            // Whoever lets it answer has seen to it that it has all.
            return Readiness::Ready;
        }
        let Leader::Other(leader) = self.leader() else { return Readiness::NoLeader };
        match (self.begun(), self.reports().of(leader)) {
            (Some(consensus), Some(report)) => {
                let lacking = report.applied.0.saturating_sub(consensus.applied().0);
                if lacking > LAG_MAX { Readiness::Behind(lacking) } else { Readiness::Ready }
            }
            (None, _) | (Some(_), None) => Readiness::NoLeader,
        }
    }
}
