//! How far the log has come, as an instance knows it.

use std::collections::BTreeMap;
use std::time::Duration;

use openraft::metrics::RaftMetrics;

use super::consensus::Consensus;
use super::convert::members;
use super::types::Member;
use crate::domain::{Members, NodeId};
use crate::log::{Index, Term};
use crate::storage::Disk;

/// How long the library may take to say what is committed: it is waiting for its disk otherwise.
const COMMITTED_LIMIT: Duration = Duration::from_millis(500);

/// How far the log has come. An index is 0 before the first entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub term: Term,
    /// Who orders the log.
    pub leader: Option<NodeId>,
    /// The newest entry of the log here.
    pub last: Index,
    /// The newest one that a majority is known to hold; nothing while the disk keeps whoever knows it waiting.
    pub committed: Option<Index>,
    /// The newest one that is applied here.
    pub applied: Index,
    /// The newest one that the tables hold durably.
    pub durable: Index,
    /// The newest one that the log has let go of.
    pub purged: Index,
    /// Who orders the log together.
    pub members: Members,
    /// Entries that each other member lacks, where this instance leads; nothing of one that was not heard.
    pub lags: BTreeMap<NodeId, Option<u64>>,
}

impl Progress {
    /// As the library tells it, but what is committed, with the newest entry that the tables hold.
    fn of(metrics: &RaftMetrics<NodeId, Member>, durable: Index) -> Self {
        let last = metrics.last_log_index.unwrap_or(0);
        let lag = |matched: Option<openraft::LogId<NodeId>>| matched.map(|id| last.saturating_sub(id.index));
        let replication = metrics.replication.iter().flatten();
        let index = |id: Option<openraft::LogId<NodeId>>| Index(id.map_or(0, |id| id.index));
        Self {
            term: Term(metrics.current_term),
            leader: metrics.current_leader,
            last: Index(last),
            committed: None,
            applied: index(metrics.last_applied),
            durable,
            purged: index(metrics.purged),
            members: members(metrics.membership_config.membership()),
            lags: replication
                .filter(|(node, _)| **node != metrics.id)
                .map(|(node, matched)| (*node, lag(*matched)))
                .collect(),
        }
    }
}

impl<D: Disk> Consensus<D> {
    /// How far the log has come.
    pub async fn progress(&self) -> Progress {
        let committed = self.committed().await;
        let progress = Progress::of(&self.raft().metrics().borrow(), self.durable());
        Progress { committed, ..progress }
    }

    /// The newest entry that a majority is known to hold; nothing while the disk keeps the library waiting, or where that
    /// has ended.
    pub async fn committed(&self) -> Option<Index> {
        let known = self.raft().with_raft_state(|state| Index(state.committed.map_or(0, |id| id.index)));
        tokio::time::timeout(COMMITTED_LIMIT, known).await.ok().and_then(Result::ok)
    }
}
