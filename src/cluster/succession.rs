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

/// Has another instance lead, where this one does. Blocks; not on a thread of a runtime.
pub fn hand_over(instance: &Instance) {
    instance.runtime().block_on(give_way(instance));
}

/// The same on a thread of a runtime.
pub(super) async fn give_way(instance: &Instance) {
    let consensus = instance.consensus();
    // Whoever is asked to stand lacks nothing then, or the others would not elect it.
    consensus.pause();
    let given = timeout(LIMIT, find_successor(instance)).await;
    consensus.resume();
    if given.is_err() {
        tracing::warn!("no other instance took over in time; another one leads when this one is missed");
    }
}

async fn find_successor(instance: &Instance) {
    let consensus = instance.consensus();
    let mut leader = instance.watch_leader();
    let has_others = || consensus.voters().iter().any(|set| set.len() > 1);
    while matches!(instance.leader(), Leader::Own(_)) && has_others() {
        for node in consensus.successors() {
            let Some(peer) = instance.peers().get(node) else { continue };
            if ask_to_stand(&peer.control).await.is_err() {
                continue;
            }
            // The vote for it has to reach it, so that one which is elected is waited for.
            let elected = leader.wait_for(|leader| matches!(leader, Leader::Other(_)));
            if timeout(CANDIDACY, elected).await.is_ok() {
                return;
            }
        }
        sleep(PAUSE).await;
    }
}
