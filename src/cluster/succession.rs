//! A leader that ends has another instance elected first, so that nobody waits until it is missed.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::control::ask_to_stand;
use super::instance::Instance;
use super::raft::Leader;

/// How long another instance may take to be elected that was asked to stand.
const CANDIDACY: Duration = Duration::from_millis(500);
/// How long it is tried.
const LIMIT: Duration = Duration::from_secs(3);
/// How long it is waited for one that has the whole log.
const PAUSE: Duration = Duration::from_millis(2);

/// How long its slots may take to have other owners.
const DRAIN_LIMIT: Duration = Duration::from_secs(3);

/// Has others own the slots of this instance, and another one order the log, where this one does.
pub async fn hand_over(instance: &Instance) {
    drain(instance).await;
    give_way(instance).await;
}

/// Waits until this instance owns no slot any more. When it is the only one, or no majority is there, it keeps them.
async fn drain(instance: &Instance) {
    instance.leave();
    let own = instance.membership().node;
    let has_none = instance.wait_for(|| instance.slots().rows().iter().all(|(_, row)| row.owner != own).then_some(()));
    let has_others = instance.consensus().voters().iter().any(|set| set.len() > 1);
    if has_others && timeout(DRAIN_LIMIT, has_none).await.is_err() {
        tracing::warn!("no others took the slots over in time; they do when this instance is missed");
    }
}

/// Has another instance order the log, where this one does.
pub(super) async fn give_way(instance: &Instance) {
    if !leads(instance) {
        return;
    }
    if timeout(LIMIT, find_successor(instance)).await.is_err() {
        tracing::warn!("no other instance took over in time; another one leads when this one is missed");
    } else if let Leader::Other(node) = instance.leader() {
        tracing::info!(leader = node.0, "the order of the log is handed over");
    }
}

async fn find_successor(instance: &Instance) {
    let consensus = instance.consensus();
    let mut leader = instance.watch_leader();
    while leads(instance) && consensus.voters().iter().any(|set| set.len() > 1) {
        // Whoever is asked to stand lacks nothing then. The others would not elect it, and it unseats the leader all the same.
        let paused = consensus.pause().await;
        while leads(instance) {
            ask_successors(instance).await;
            sleep(PAUSE).await;
        }
        drop(paused);
        // Without its vote the others may take long to agree, so it stays until they have.
        if leader.wait_for(|leader| *leader != Leader::Unknown).await.is_err() {
            return;
        }
    }
}

/// Asks each instance that has the whole log to stand, until this one leads no more.
async fn ask_successors(instance: &Instance) {
    let mut leader = instance.watch_leader();
    for node in instance.consensus().successors() {
        let Some(peer) = instance.peers().get(node) else { continue };
        if ask_to_stand(&peer.control).await.is_err() {
            continue;
        }
        // The vote for it has to reach it, so that it is waited for.
        if timeout(CANDIDACY, leader.wait_for(|leader| !matches!(leader, Leader::Own(_)))).await.is_ok() {
            return;
        }
    }
}

fn leads(instance: &Instance) -> bool {
    matches!(instance.leader(), Leader::Own(_))
}
