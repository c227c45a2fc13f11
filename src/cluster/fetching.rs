//! The tables of another instance, for one that does not run and has lost its own. It takes no part in anything meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::{Request, StatusCode};
use thiserror::Error;
use tokio::runtime;
use tokio::sync::watch;

use super::link::{
    ClusterKey, DialLimits, Dialer, Identity, LinkError, PROTOCOL_VERSION, Peer, PeerName, ReadError, Tcp, Traffic,
    Versions, empty, read,
};
use super::membership::Membership;
use super::raft::TABLES_PATH;
use crate::domain::NodeId;
use crate::log::Index;
use crate::storage::{Disk, FORMAT_VERSION, LOG_VERSION, ReceivingSnapshot, SnapshotError};

/// Who asks whom.
pub struct Fetch {
    pub membership: Membership,
    /// Host and port of all instances, this one included.
    pub peers: BTreeMap<NodeId, String>,
    pub key: ClusterKey,
    /// The entry that the tables have to hold at least.
    pub least: Index,
}

/// From whom tables came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub from: NodeId,
    /// The newest entry that they hold.
    pub holds: Index,
}

/// Why no tables came.
#[derive(Debug, Error)]
pub enum FetchError {
    #[error("the threads for the other instances could not be started: {0}")]
    Threads(std::io::Error),
    /// What each of them said.
    #[error("no other instance gives its data: {}", told(.0))]
    Nobody(Vec<(PeerName, String)>),
    /// What came cannot be kept.
    #[error(transparent)]
    Snapshot(SnapshotError),
}

/// Why one of them gives none.
#[derive(Debug, Error)]
enum Refusal {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Unread(#[from] ReadError),
    #[error("{0}")]
    Refused(String),
    #[error("what it sent broke off: {0}")]
    Broken(#[from] hyper::Error),
    #[error("it has come to entry {}, and this instance has let go of its log up to entry {}", holds.0, least.0)]
    Behind { holds: Index, least: Index },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

fn told(refusals: &[(PeerName, String)]) -> String {
    let each = refusals.iter().map(|(peer, why)| format!("instance {} at {}: {why}", peer.node, peer.address));
    each.collect::<Vec<_>>().join("; ")
}

/// Asks the others one after the other, until one has given its tables onto this disk, where a start finds them. Blocks.
///
/// # Errors
/// Why no tables came; then nothing stays on the disk.
pub fn fetch(asking: Fetch, disk: &impl Disk) -> Result<Fetched, FetchError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(FetchError::Threads)?;
    runtime.block_on(fetch_from_any(asking, disk))
}

async fn fetch_from_any(asking: Fetch, disk: &impl Disk) -> Result<Fetched, FetchError> {
    let Fetch { membership: Membership { node, cluster, disk: own_disk, .. }, peers, key, least } = asking;
    let versions = Versions { protocol: PROTOCOL_VERSION, log: LOG_VERSION, data: FORMAT_VERSION };
    let (_keeps, identity) = watch::channel(Identity { node, cluster: Some(cluster), disk: own_disk, versions });
    let dialer = Dialer { tls: key.client_config(), identity, limits: DialLimits::default(), network: Arc::new(Tcp) };
    let mut refusals = Vec::new();
    for (from, address) in peers.into_iter().filter(|(peer, _)| *peer != node) {
        let name = PeerName { node: from, address: address.as_str().into() };
        let peer = Peer::new(dialer.clone(), name.clone(), Traffic::Raft);
        match fetch_from(&peer, least, disk).await {
            Ok(holds) => return Ok(Fetched { from, holds }),
            // Another one would send as much.
            Err(Refusal::Snapshot(error @ (SnapshotError::NoRoom { .. } | SnapshotError::Io { .. }))) => {
                return Err(FetchError::Snapshot(error));
            }
            Err(refusal) => refusals.push((name, refusal.to_string())),
        }
    }
    Err(FetchError::Nobody(refusals))
}

async fn fetch_from(peer: &Peer, least: Index, disk: &impl Disk) -> Result<Index, Refusal> {
    let request = Request::get(TABLES_PATH).body(empty()).expect("a path");
    let answer = peer.ask(request).await?;
    if answer.status() != StatusCode::OK {
        let text = read(answer.into_body(), Traffic::Raft.body_bytes_max()).await?;
        return Err(Refusal::Refused(String::from_utf8_lossy(&text).into_owned()));
    }
    let mut receiving = ReceivingSnapshot::begin(disk.clone())?;
    let mut body = answer.into_body();
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            receiving.push(&bytes)?;
        }
    }
    let received = receiving.finish()?;
    let holds = received.head().id.index;
    if holds < least {
        received.remove()?;
        return Err(Refusal::Behind { holds, least });
    }
    Ok(holds)
}
