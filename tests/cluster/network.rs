//! A network in memory that delays and loses messages, and cuts instances off.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jari::cluster::raft::{Member, SnapshotRows, Types};
use jari::domain::NodeId;
use jari::simulation::{Random, SimulatedDisk};
use jari::storage::ReceivingSnapshot;
use openraft::error::{Fatal, NetworkError, RPCError, RaftError, RemoteError, ReplicationClosed, StreamingError};
use openraft::network::{Backoff, RPCOption};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse};
use openraft::{OptionalSend, Raft, RaftNetwork, RaftNetworkFactory, Snapshot, Vote};
use parking_lot::Mutex;

type CallError = RPCError<NodeId, Member, RaftError<NodeId>>;

/// What all instances of a simulation share.
pub(crate) struct Network {
    /// The instances that run, with their disks.
    pub ends: Mutex<BTreeMap<NodeId, (Raft<Types>, SimulatedDisk)>>,
    /// Ways on which nothing arrives, by their two ends.
    pub cut: Mutex<BTreeSet<[NodeId; 2]>>,
    /// Of a hundred messages.
    pub lost: u64,
    random: Mutex<Random>,
}

impl Network {
    pub(crate) fn new(random: Random, lost: u64) -> Arc<Self> {
        let (ends, cut, random) = (Mutex::default(), Mutex::default(), Mutex::new(random));
        Arc::new(Self { ends, cut, lost, random })
    }

    /// Takes a message over, or says that it was lost.
    async fn travel(&self, [from, to]: [NodeId; 2]) -> Result<(), NetworkError> {
        let (delay, is_lost) = {
            let mut random = self.random.lock();
            (random.below(20), random.below(100) < self.lost)
        };
        tokio::time::sleep(Duration::from_millis(delay)).await;
        if is_lost || self.cut.lock().contains(&[from, to]) {
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
        let end = self.network.ends.lock().get(&to).cloned();
        let (raft, _) = end.ok_or_else(|| NetworkError::new(&std::io::Error::other("nobody is there")))?;
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
        vote: Vote<NodeId>,
        snapshot: Snapshot<Types>,
        _: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<NodeId>, StreamingError<Types, Fatal<NodeId>>> {
        let [from, to] = self.ends;
        self.network.travel(self.ends).await?;
        let end = self.network.ends.lock().get(&to).cloned();
        let (raft, disk) = end.ok_or_else(|| NetworkError::new(&std::io::Error::other("nobody is there")))?;
        let SnapshotRows::Export(mut export) = *snapshot.snapshot else { unreachable!("a snapshot is sent once") };
        let mut receiving = ReceivingSnapshot::begin(disk).map_err(|error| NetworkError::new(&error))?;
        while let Some(block) = export.next_block().map_err(|error| NetworkError::new(&error))? {
            self.network.travel(self.ends).await?;
            receiving.push(&block).map_err(|error| NetworkError::new(&error))?;
        }
        let received = receiving.finish().map_err(|error| NetworkError::new(&error))?;
        let rows = Snapshot { meta: snapshot.meta, snapshot: Box::new(SnapshotRows::Received) };
        let installed = raft.install_full_snapshot(vote, rows).await.map_err(|error| RemoteError::new(to, error))?;
        received.remove().map_err(|error| NetworkError::new(&error))?;
        self.network.travel([to, from]).await?;
        Ok(installed)
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(Duration::from_millis(100)))
    }
}
