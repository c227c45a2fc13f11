//! Which instances are members: taking one in and removing one, at the instance that orders the log.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;

use super::control::{ask_standing_within, tell_removal};
use super::instance::Instance;
use super::link::{Peer, PeerName, Traffic};
use super::raft::{AdmitError, Consensus, Leader, RemoveError};
use super::status::Role;
use super::succession::give_way;
use crate::domain::NodeId;
use crate::storage::AnyDisk;

/// How long an instance that is to be taken in may take to say that it is there.
const GREETING: Duration = Duration::from_secs(2);
/// How long it may take until the log says that it is a member.
const ENTRY: Duration = Duration::from_secs(5);
/// How long it may take until the log says that an instance is a member no more.
const REMOVAL: Duration = Duration::from_secs(6);
/// How long it is tried to tell the instance.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whether an instance may be removed whatever is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// A majority of the voters that are left has to be reached.
    Majority,
    /// Nothing is asked but that one is left.
    Nothing,
}

/// Why the members are not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// This instance does not lead, or no more.
    #[error("this instance does not lead")]
    NotLeader,
    #[error("instance {0} is no member")]
    Unknown(NodeId),
    #[error(
        "instance {node} is a member at {address}: remove it first, and take the new one in under an id of its own"
    )]
    Elsewhere { node: NodeId, address: String },
    #[error("instance {0} was a member before: start the new one under an id that was never used")]
    UsedBefore(NodeId),
    #[error("it is not there: {0}")]
    Unreached(String),
    #[error(
        "of the {left} voters that would be left {reached} are reached, which is no majority: nothing could be sold then"
    )]
    NoMajority { reached: usize, left: usize },
    /// Another change is under way, and nothing was done.
    #[error("the members could not be changed now: {0}")]
    Busy(String),
    #[error("no majority has agreed in time, so it may come to be or not")]
    Undecided,
}

/// Takes an instance in that runs at `address` and waits for it: it is a member without a vote when this returns, and
/// gets its vote by itself as soon as it has all. Of one that is a member there already its role is told.
///
/// # Errors
/// All of [`MemberError`] but those of a removal.
pub async fn add(instance: &Arc<Instance>, node: NodeId, address: String) -> Result<Role, MemberError> {
    let consensus = leading(instance)?;
    let members = consensus.members();
    match members.addresses.get(&node) {
        Some(known) if *known == address => return Ok(Role::of(node, &members)),
        Some(known) => return Err(MemberError::Elsewhere { node, address: known.clone() }),
        None => {}
    }
    let name = PeerName { node, address: address.as_str().into() };
    let peer = Peer::new(instance.dialer().clone(), name, Traffic::Control);
    let greeted = ask_standing_within(&peer, GREETING).await;
    let standing = greeted.map_err(|error| MemberError::Unreached(error.to_string()))?;
    if standing.cluster.is_some_and(|cluster| cluster != instance.membership().cluster) {
        return Err(MemberError::Unreached("it belongs to another cluster".to_owned()));
    }
    // It is sent everything before it gets its vote, which takes longer than a request may.
    let admitting = {
        let instance = Arc::clone(instance);
        tokio::spawn(async move { instance.consensus().admit(node, address).await })
    };
    let is_in = consensus.wait_for_member(node);
    tokio::select! {
        biased;
        ended = admitting => match ended {
            Ok(Ok(())) => Ok(Role::Voter),
            Ok(Err(error)) => {
                let members = consensus.members();
                // It has asked by itself meanwhile.
                if members.addresses.contains_key(&node) { Ok(Role::of(node, &members)) } else { Err(error.into()) }
            }
            Err(_) => Err(MemberError::Busy("this instance is stopping".to_owned())),
        },
        found = timeout(ENTRY, is_in) => match found {
            Ok(()) => Ok(Role::Learner),
            Err(_) => Err(MemberError::Undecided),
        },
    }
}

/// Removes an instance: it has no vote and gets no entry any more, and is told so. This instance has another one lead
/// first, which then removes it.
///
/// # Errors
/// All of [`MemberError`] but those of an addition.
pub async fn remove(instance: &Instance, node: NodeId, caution: Caution) -> Result<(), MemberError> {
    let consensus = leading(instance)?;
    let members = consensus.members();
    if !members.addresses.contains_key(&node) {
        return Err(MemberError::Unknown(node));
    }
    let own = instance.membership().node;
    let left: BTreeSet<NodeId> = members.voters.iter().flatten().copied().filter(|voter| *voter != node).collect();
    let peers = instance.peers().all();
    let is_up = |voter: &NodeId| peers.get(voter).is_some_and(|peer| peer.control.up_since().is_some());
    let is_reached = |voter: &&NodeId| **voter == own || is_up(voter);
    let reached = left.iter().filter(is_reached).count();
    let is_enough = match caution {
        Caution::Majority => reached * 2 > left.len(),
        Caution::Nothing => !left.is_empty(),
    };
    if !is_enough {
        return Err(MemberError::NoMajority { reached, left: left.len() });
    }
    if node == own {
        give_way(instance).await;
        return Err(MemberError::NotLeader);
    }
    instance.dismiss(node).await;
    let removed = instance.peers().get(node);
    match timeout(REMOVAL, consensus.remove(node)).await {
        Ok(Ok(())) => {}
        Ok(Err(RemoveError::NotLeader)) => return Err(MemberError::NotLeader),
        Ok(Err(error @ RemoveError::Members(_))) => return Err(MemberError::Busy(error.to_string())),
        Err(_) => return Err(MemberError::Undecided),
    }
    if let Some(peer) = removed
        && let Err(error) = tell_removal(&peer.control, FAREWELL).await
    {
        tracing::info!(node = node.0, "the removed instance could not be told; it is when it comes back: {error}");
    }
    Ok(())
}

/// The consensus library, where this instance leads.
fn leading(instance: &Instance) -> Result<&Consensus<AnyDisk>, MemberError> {
    match (instance.begun(), instance.leader()) {
        (Some(consensus), Leader::Own(_)) => Ok(consensus),
        (Some(_), Leader::Other(_) | Leader::Unknown | Leader::Ended(_)) | (None, _) => Err(MemberError::NotLeader),
    }
}

impl From<AdmitError> for MemberError {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::NotLeader { .. } => Self::NotLeader,
            AdmitError::DataLost(node) | AdmitError::UsedBefore(node) => Self::UsedBefore(node),
            AdmitError::Lagging(_) | AdmitError::Members(_) => Self::Busy(error.to_string()),
        }
    }
}
