//! The consensus library as it runs in an instance: what goes into it and what comes out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Request, Response};
use openraft::error::{ClientWriteError, RaftError};
use openraft::metrics::RaftMetrics;
use openraft::{ChangeMembers, Raft, ServerState};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::answers::RaftAnswers;
use super::config::config;
use super::convert::members;
use super::leader::{Notes, follow, voters};
use super::leading::{Refused, while_leading};
use super::log_store::LogStore;
use super::machine::{Machine, Target};
use super::network::Network;
use super::proposals::{Pause, Proposals, ProposeError};
use super::types::{Member, Types};
use crate::cluster::link::{Dialer, LinkBody};
use crate::domain::{NodeId, Rows, tables};
use crate::log::{Index, LogId};
use crate::storage::{Disk, LogError, LogWriter, Store};

/// How long a newcomer may take to have all that the others have, before it is told to ask again.
const ADMISSION: Duration = Duration::from_secs(60);
/// Entries that a newcomer may still lack when it gets a vote: it has them within a message or two.
const LAG_MAX: u64 = 1_000;

/// The order of the log, as this instance takes part in it.
pub struct Consensus<D: Disk> {
    own: NodeId,
    raft: Raft<Types>,
    proposals: Proposals,
    answers: RaftAnswers<D>,
    store: Store,
    log: Arc<parking_lot::Mutex<LogWriter<D>>>,
    /// Bytes that the log took in this life.
    appended: Arc<AtomicU64>,
    admitting: Mutex<()>,
}

/// Why the order of the log cannot be taken part in.
#[derive(Debug, Error)]
pub enum ConsensusError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the consensus library cannot start: {0}")]
    Library(String),
}

/// Why an instance is not taken in now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AdmitError {
    #[error("instance {leader:?} orders the log", leader = leader.map(|node| node.0))]
    NotLeader { leader: Option<NodeId> },
    #[error("instance {0} has a vote, and its data is lost: start it under a new id, and remove instance {0}")]
    DataLost(NodeId),
    #[error("instance {0} was a member before: start it with an empty folder under an id that was never used")]
    UsedBefore(NodeId),
    #[error("instance {0} does not have all yet")]
    Lagging(NodeId),
    #[error("the members could not be changed: {0}")]
    Members(String),
}

impl<D: Disk> Consensus<D> {
    /// Starts to take part over a log, with a copy that holds what was known to be committed at the start. What of it
    /// matters to others is noted from then on.
    ///
    /// # Errors
    /// The log cannot be read, or the library does not start over what it holds.
    pub async fn start(
        log: LogWriter<D>,
        target: impl Target,
        dialer: Dialer,
        notes: Notes,
    ) -> Result<Self, ConsensusError> {
        let own = dialer.identity.borrow().node;
        let disk = log.disk().clone();
        let Notes { tenure, leader } = notes;
        let store = target.replica().store().clone();
        let machine = Machine::new(target, log.last());
        let log = LogStore::new(log, Arc::clone(&tenure))?;
        let (appended, writer) = (log.appended(), log.writer());
        let network = Network::new(dialer, Arc::clone(&tenure));
        let started = Raft::new(own, config(), network, log, machine).await;
        let ended = |error: &dyn std::error::Error| ConsensusError::Library(error.to_string());
        let raft = started.map_err(|error| ended(&error))?;
        // It answers once it has told of the members, which it knows from the log: nobody asks for them before.
        raft.with_raft_state(|_| ()).await.map_err(|error| ended(&error))?;
        tokio::spawn(follow(raft.clone(), own, Notes { tenure, leader }));
        let proposals = Proposals::start(raft.clone());
        let answers = RaftAnswers::new(raft.clone(), store.clone(), disk);
        Ok(Self { own, raft, proposals, answers, store, log: writer, appended, admitting: Mutex::default() })
    }

    /// Answers a message of another instance's library.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<LinkBody> {
        self.answers.answer(request).await
    }

    /// Makes an encoded part one of an entry, where this instance leads.
    ///
    /// # Errors
    /// All of [`ProposeError`].
    pub async fn propose(&self, part: Bytes) -> Result<LogId, ProposeError> {
        self.proposals.propose(part).await
    }

    /// Whether an instance may come that has nothing, where this one orders the log within its tenure. One that has a vote
    /// may not, since a majority may have counted on what it held, nor one whose id was used before: its parts would be
    /// taken for those of the instance that had it.
    ///
    /// # Errors
    /// [`AdmitError::DataLost`], [`AdmitError::UsedBefore`].
    pub fn welcome(&self, node: NodeId) -> Result<(), AdmitError> {
        if self.has_vote_of(node) {
            return Err(AdmitError::DataLost(node));
        }
        self.check_unused(node)
    }

    fn has_vote_of(&self, node: NodeId) -> bool {
        self.voters().iter().any(|set| set.contains(&node))
    }

    /// Whether an id may be that of a new member.
    fn check_unused(&self, node: NodeId) -> Result<(), AdmitError> {
        let is_member =
            members(self.raft.metrics().borrow().membership_config.membership()).addresses.contains_key(&node);
        let has_written =
            self.store.get::<tables::Origins>(&node).map_err(|error| AdmitError::Members(error.to_string()))?;
        if !is_member && has_written.is_some() { Err(AdmitError::UsedBefore(node)) } else { Ok(()) }
    }

    /// Takes an instance in that was let come, where this one leads: it gets what it lacks, and then a vote. One that has
    /// its vote already, and did not hear of it, gets what it lacks as every member does.
    ///
    /// # Errors
    /// All of [`AdmitError`] but [`AdmitError::DataLost`].
    pub async fn admit(&self, node: NodeId, address: String) -> Result<(), AdmitError> {
        let _one_at_a_time = self.admitting.lock().await;
        if self.has_vote_of(node) {
            return Ok(());
        }
        self.check_unused(node)?;
        let learner = self.raft.add_learner(node, Member { address }, false);
        while_leading(&self.raft, learner).await.map_err(refused)?;
        let is_level = |metrics: &RaftMetrics<NodeId, Member>| {
            let matched = metrics.replication.as_ref().and_then(|all| all.get(&node).copied().flatten());
            let last = metrics.last_log_index.unwrap_or(0);
            matched.is_some_and(|matched| matched.index + LAG_MAX >= last)
        };
        let mut metrics = self.raft.metrics();
        let level = metrics.wait_for(|metrics| is_level(metrics) || metrics.state != ServerState::Leader);
        match timeout(ADMISSION, level).await {
            Err(_) | Ok(Err(_)) => return Err(AdmitError::Lagging(node)),
            Ok(Ok(metrics)) if metrics.state != ServerState::Leader => {
                return Err(AdmitError::NotLeader { leader: metrics.current_leader });
            }
            Ok(Ok(_)) => {}
        }
        let voter = self.raft.change_membership(ChangeMembers::AddVoterIds([node].into()), false);
        while_leading(&self.raft, voter).await.map(|_| ()).map_err(refused)
    }

    /// Begins no entry, so that another instance can come to have the whole log, for as long as what it returns is there. An
    /// entry that is under way is waited for.
    pub async fn pause(&self) -> Pause {
        self.proposals.pause().await
    }

    /// The library itself.
    pub(super) fn raft(&self) -> &Raft<Types> {
        &self.raft
    }

    /// The newest entry that is applied here.
    #[must_use]
    pub fn applied(&self) -> Index {
        Index(self.raft.metrics().borrow().last_applied.map_or(0, |id| id.index))
    }

    /// Who has a vote, as this instance knows: a majority of each set.
    #[must_use]
    pub fn voters(&self) -> Vec<BTreeSet<NodeId>> {
        voters(&self.raft.metrics().borrow())
    }

    /// Whether this instance has a vote.
    #[must_use]
    pub fn has_vote(&self) -> bool {
        self.has_vote_of(self.own)
    }

    /// Says whether this instance stands for election by itself when it hears nothing of a leader.
    pub fn let_stand(&self, may_stand: bool) {
        self.raft.runtime_config().elect(may_stand);
    }

    /// Stands for election at once.
    pub async fn stand(&self) {
        // A library that has ended elects nobody.
        drop(self.raft.trigger().elect().await);
    }

    /// The voters beside this instance that have the whole log as far as it is known here, where this instance leads.
    #[must_use]
    pub fn successors(&self) -> Vec<NodeId> {
        let voters = self.voters();
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        let Some(replication) = &metrics.replication else { return Vec::new() };
        let has_all = |node: &NodeId| {
            let matched = replication.get(node).copied().flatten();
            *node != self.own
                && voters.iter().all(|set| set.contains(node))
                && matched.map(|id| id.index) == metrics.last_log_index
        };
        replication.keys().copied().filter(has_all).collect()
    }

    /// The newest entry of the log, and the bytes that were appended in this life.
    #[must_use]
    pub fn log_extent(&self) -> (Index, u64) {
        let last = self.raft.metrics().borrow().last_log_index.unwrap_or(0);
        (Index(last), self.appended.load(Ordering::Relaxed))
    }

    /// The newest entry that the tables hold durably.
    #[must_use]
    pub fn durable(&self) -> Index {
        self.store.durable()
    }

    /// Lets go of the log up to an entry that the tables hold durably.
    ///
    /// # Errors
    /// The library has ended.
    pub async fn purge(&self, durable: Index) -> Result<(), ConsensusError> {
        let ended = |error: &dyn std::error::Error| ConsensusError::Library(error.to_string());
        let trigger = self.raft.trigger();
        // The tables are the snapshot; the library has to be told before it lets go of what they hold.
        trigger.snapshot().await.map_err(|error| ended(&error))?;
        trigger.purge_log(durable.0).await.map_err(|error| ended(&error))
    }

    /// Takes part no more, and seals the log. What others wait for from this instance is answered with an error.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn stop(&self) -> Result<(), LogError> {
        // It has ended already where its disk failed.
        drop(self.raft.shutdown().await);
        self.log.lock().seal()
    }
}

fn refused(error: Refused) -> AdmitError {
    match error {
        RaftError::APIError(ClientWriteError::ForwardToLeader(forward)) => {
            AdmitError::NotLeader { leader: forward.leader_id }
        }
        RaftError::APIError(ClientWriteError::ChangeMembershipError(error)) => AdmitError::Members(error.to_string()),
        RaftError::Fatal(error) => AdmitError::Members(error.to_string()),
    }
}
