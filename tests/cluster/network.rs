//! A network in memory that delays and loses messages, and cuts instances off.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jari::cluster::raft::{Member, Types};
use jari::domain::NodeId;
use jari::simulation::Random;
use openraft::error::{Fatal, NetworkError, RPCError, RaftError, RemoteError, ReplicationClosed, StreamingError};
use openraft::network::{Backoff, RPCOption};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse};
use openraft::{OptionalSend, Raft, RaftNetwork, RaftNetworkFactory, Snapshot, Vote};
use parking_lot::Mutex;

type CallError = RPCError<NodeId, Member, RaftError<NodeId>>;

/// What all instances of a simulation share.
pub(crate) struct Network {
    pub rafts: Mutex<BTreeMap<NodeId, Raft<Types>>>,
    pub cut_off: Mutex<BTreeSet<NodeId>>,
    /// Of a hundred messages.
    pub lost: u64,
    random: Mutex<Random>,
}

impl Network {
    pub(crate) fn new(random: Random, lost: u64) -> Arc<Self> {
        let (rafts, cut_off, random) = (Mutex::default(), Mutex::default(), Mutex::new(random));
        Arc::new(Self { rafts, cut_off, lost, random })
    }

    /// Takes a message over, or says that it was lost.
    async fn travel(&self, [from, to]: [NodeId; 2]) -> Result<(), NetworkError> {
        let (delay, is_lost) = {
            let mut random = self.random.lock();
            (random.below(20), random.below(100) < self.lost)
        };
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let cut_off = self.cut_off.lock();
        if is_lost || [from, to].iter().any(|node| cut_off.contains(node)) {
            return Err(NetworkError::new(&std::io::Error::other("lost")));
        }
        Ok(())
    }
}

/// The way from one instance to the others.
pub(crate) struct Exit {
    pub from: NodeId,
    pub network: Arc<Network>,
}

/// The way from one instance to another.
pub(crate) struct Way {
    ends: [NodeId; 2],
    network: Arc<Network>,
}

impl RaftNetworkFactory<Types> for Exit {
    type Network = Way;

    async fn new_client(&mut self, target: NodeId, _: &Member) -> Way {
        Way { ends: [self.from, target], network: Arc::clone(&self.network) }
    }
}

impl Way {
    /// Asks the other instance; question and answer travel.
    async fn ask<A, F>(&self, ask: impl FnOnce(Raft<Types>) -> F) -> Result<A, CallError>
    where
        F: Future<Output = Result<A, RaftError<NodeId>>>,
    {
        let [from, to] = self.ends;
        self.network.travel(self.ends).await?;
        let raft = self.network.rafts.lock().get(&to).cloned();
        let raft = raft.ok_or_else(|| NetworkError::new(&std::io::Error::other("nobody is there")))?;
        let answer = ask(raft).await.map_err(|error| RemoteError::new(to, error))?;
        self.network.travel([to, from]).await?;
        Ok(answer)
    }
}

impl RaftNetwork<Types> for Way {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<NodeId>, CallError> {
        self.ask(async |raft| raft.append_entries(rpc).await).await
    }

    async fn vote(&mut self, rpc: VoteRequest<NodeId>, _: RPCOption) -> Result<VoteResponse<NodeId>, CallError> {
        self.ask(async |raft| raft.vote(rpc).await).await
    }

    async fn full_snapshot(
        &mut self,
        _: Vote<NodeId>,
        _: Snapshot<Types>,
        _: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<NodeId>, StreamingError<Types, Fatal<NodeId>>> {
        unreachable!("nothing is purged, so that nobody needs a snapshot")
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(Duration::from_millis(100)))
    }
}
