//! The messages of the consensus library to other instances, over the link.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::{Request, StatusCode};
use openraft::error::{
    Fatal, NetworkError, RPCError, RaftError, ReplicationClosed, StreamingError, Timeout, Unreachable,
};
use openraft::network::{Backoff, RPCOption, RPCTypes};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse};
use openraft::{AnyError, OptionalSend, RaftNetwork, RaftNetworkFactory, Snapshot, Vote};
use tokio::time::{Instant, sleep};

use super::config::HEARTBEAT;
use super::convert::vote;
use super::messages::{
    decode_appended, decode_installed, decode_reached, decode_voted, encode_append, encode_snapshot_vote, encode_vote,
    reached_digits,
};
use super::types::{Member, SnapshotRows, Types};
use crate::blocking;
use crate::cluster::link::{BodyError, Dialer, LinkBody, LinkError, Peer, PeerName, Traffic, read};
use crate::cluster::tenure::Tenure;
use crate::domain::NodeId;
use crate::storage::{Export, ExportSource};
use crate::telemetry::metrics::{SNAPSHOT_BYTES_SENT, SNAPSHOTS_SENT};

/// Where entries are sent to.
pub(super) const APPEND_PATH: &str = "/raft/append";
/// Where votes are asked for.
pub(super) const VOTE_PATH: &str = "/raft/vote";
/// Where snapshots are sent to.
pub(super) const SNAPSHOT_PATH: &str = "/raft/snapshot";
/// Where it is asked how much of a snapshot came before its transfer broke off.
pub(super) const REACHED_PATH: &str = "/raft/snapshot/reached";
/// Where an instance that lost its tables asks for those of another.
pub(in crate::cluster) const TABLES_PATH: &str = "/raft/tables";
/// The header with the blocks behind which a transfer goes on, in hexadecimal digits; absent where it begins.
pub(super) const BEHIND_HEADER: &str = "jari-behind";
/// The header with the vote under which a snapshot is sent, in hexadecimal digits.
pub(super) const VOTE_HEADER: &str = "jari-vote";

/// What a snapshot is refused with for which the disk of the other instance has no room.
pub(super) const NO_ROOM: StatusCode = StatusCode::INSUFFICIENT_STORAGE;

/// How long a message that was not answered waits before it is sent again.
const PAUSE: Duration = Duration::from_millis(100);
/// How long an instance may take to say how much of a snapshot it has.
const REACHED_LIMIT: Duration = Duration::from_secs(1);
/// How long the tables of a transfer that broke off are kept, which lets none of what has changed since go.
const OFFERED: Duration = Duration::from_secs(30);
/// How long a snapshot waits for which there was no room.
const ROOM_PAUSE: Duration = Duration::from_secs(5);

type CallError = RPCError<NodeId, Member, RaftError<NodeId>>;
type TransferError = StreamingError<Types, Fatal<NodeId>>;

/// Why a snapshot did not arrive, and how long it is waited before it is sent again.
struct Undelivered {
    error: TransferError,
    pause: Duration,
}

/// The way to all other instances.
pub struct Network {
    dialer: Dialer,
    tenure: Arc<Tenure>,
}

/// The way to another instance.
pub struct Way {
    from: NodeId,
    peer: Peer,
    tenure: Arc<Tenure>,
}

impl Network {
    /// `tenure` hears of each message that was taken.
    #[must_use]
    pub fn new(dialer: Dialer, tenure: Arc<Tenure>) -> Self {
        Self { dialer, tenure }
    }
}

impl RaftNetworkFactory<Types> for Network {
    type Network = Way;

    async fn new_client(&mut self, target: NodeId, member: &Member) -> Way {
        let name = PeerName { node: target, address: member.address.as_str().into() };
        let from = self.dialer.identity.borrow().node;
        Way { from, peer: Peer::new(self.dialer.clone(), name, Traffic::Raft), tenure: Arc::clone(&self.tenure) }
    }
}

impl Way {
    async fn call(&self, (path, action): (&str, RPCTypes), body: Bytes, limit: Duration) -> Result<Bytes, CallError> {
        self.peer.call(path, body, limit).await.map_err(|error| match &error {
            LinkError::TimedOut { .. } => {
                Timeout { action, id: self.from, target: self.peer.name().node, timeout: limit }.into()
            }
            _ if error.is_unsent() => Unreachable::new(&error).into(),
            _ => NetworkError::new(&error).into(),
        })
    }

    async fn append(
        &self,
        request: AppendEntriesRequest<Types>,
        limit: Duration,
    ) -> Result<AppendEntriesResponse<NodeId>, CallError> {
        let to = (APPEND_PATH, RPCTypes::AppendEntries);
        let (leadership, sent_at) = (vote(&request.vote).leadership, Instant::now());
        let answer = self.call(to, encode_append(request), limit).await?;
        let answer = decode_appended(&answer).map_err(|error| malformed(&error))?;
        match &answer {
            AppendEntriesResponse::Success
            | AppendEntriesResponse::PartialSuccess(_)
            | AppendEntriesResponse::Conflict => self.tenure.heard(self.peer.name().node, leadership, sent_at),
            AppendEntriesResponse::HigherVote(_) => {}
        }
        Ok(answer)
    }

    /// Shows again and again that the leader is there, until the other instance knows a later one. The library shows nothing
    /// while a snapshot is under way, and an instance that hears nobody stands for election.
    async fn show_leader(&self, vote: Vote<NodeId>) -> Vote<NodeId> {
        loop {
            let heartbeat = AppendEntriesRequest { vote, prev_log_id: None, entries: Vec::new(), leader_commit: None };
            if let Ok(AppendEntriesResponse::HigherVote(higher)) = self.append(heartbeat, HEARTBEAT).await {
                return higher;
            }
            sleep(HEARTBEAT).await;
        }
    }

    /// Sends a snapshot block by block, or what the other instance lacks of it, and waits until it is installed.
    async fn transfer(&self, vote: &Vote<NodeId>, mut export: Export) -> Result<SnapshotResponse<NodeId>, Undelivered> {
        let mut request = Request::post(SNAPSHOT_PATH).header(VOTE_HEADER, encode_snapshot_vote(vote));
        if export.was_begun() {
            let reached = self.peer.call(REACHED_PATH, Bytes::new(), REACHED_LIMIT).await;
            let reached = decode_reached(&reached.map_err(|error| broken(&error))?).map_err(|error| broken(&error))?;
            if export.go_on_behind(&reached) {
                request = request.header(BEHIND_HEADER, reached_digits(&reached));
            }
        }
        let request = request.body(blocks(export));
        let answer = self.peer.ask(request.expect("a path and digits")).await.map_err(|error| broken(&error))?;
        let status = answer.status();
        let bytes_max = Traffic::Raft.body_bytes_max();
        let body = read(answer.into_body(), bytes_max).await.map_err(|error| broken(&error))?;
        if status != StatusCode::OK {
            let undelivered = broken(&AnyError::error(String::from_utf8_lossy(&body)));
            return Err(if status == NO_ROOM { Undelivered { pause: ROOM_PAUSE, ..undelivered } } else { undelivered });
        }
        let installed = decode_installed(&body).map_err(|error| broken(&error))?;
        SNAPSHOTS_SENT.increment(1);
        Ok(installed)
    }
}

/// Has the next transfer go on where this one broke off, if it comes soon.
fn keep(source: ExportSource) {
    tokio::spawn(async move {
        sleep(OFFERED).await;
        drop(source);
    });
}

fn broken(error: &(impl std::error::Error + 'static)) -> Undelivered {
    // The library tries again at once.
    Undelivered { error: NetworkError::new(error).into(), pause: PAUSE }
}

fn malformed(error: &(impl std::error::Error + 'static)) -> CallError {
    NetworkError::new(error).into()
}

/// A snapshot as a body: a block is read from the database when there is room for it on the way.
pub(super) fn blocks(export: Export) -> LinkBody {
    let frames = stream::unfold(Some(export), async |export| {
        let mut export = export?;
        // Whoever waits for it waits for the disk.
        let read = blocking::run(move || (export.next_block(), export)).await;
        let (block, export) = match read {
            Ok((block, export)) => (block.map_err(BodyError::from).transpose()?, Some(export)),
            Err(ended) => (Err(ended.into()), None),
        };
        let is_whole = block.is_ok();
        SNAPSHOT_BYTES_SENT.increment(block.as_ref().map_or(0, |block| block.len() as u64));
        Some((block.map(|block| Frame::data(Bytes::from(block))), export.filter(|_| is_whole)))
    });
    StreamBody::new(Box::pin(frames)).boxed_unsync()
}

impl RaftNetwork<Types> for Way {
    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<NodeId>, CallError> {
        self.append(request, option.hard_ttl()).await
    }

    async fn vote(
        &mut self,
        request: VoteRequest<NodeId>,
        option: RPCOption,
    ) -> Result<VoteResponse<NodeId>, CallError> {
        let answer = self.call((VOTE_PATH, RPCTypes::Vote), encode_vote(&request), option.hard_ttl()).await?;
        decode_voted(&answer).map_err(|error| malformed(&error))
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote<NodeId>,
        snapshot: Snapshot<Types>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<NodeId>, TransferError> {
        let SnapshotRows::Export(export) = *snapshot.snapshot else {
            unreachable!("what was received is installed, and not sent on");
        };
        let source = export.source();
        let sending = async {
            match self.transfer(&vote, *export).await {
                Ok(installed) => {
                    source.withdraw();
                    Ok(installed)
                }
                Err(Undelivered { error, pause }) => {
                    if pause < ROOM_PAUSE {
                        keep(source.clone());
                    }
                    sleep(pause).await;
                    Err(error)
                }
            }
        };
        tokio::select! {
            sent = sending => sent,
            higher = self.show_leader(vote) => Ok(SnapshotResponse::new(higher)),
            closed = cancel => {
                keep(source.clone());
                Err(closed.into())
            }
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(PAUSE))
    }
}
