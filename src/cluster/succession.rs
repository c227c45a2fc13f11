//! A leader that ends has another instance elected first, so that nobody waits until it is missed.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::control::ask_to_stand;
use super::instance::Instance;
use super::link::Peer;
use super::raft::Leader;
use crate::domain::NodeId;
use crate::log::Leadership;

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
    while let Leader::Own(leadership) = instance.leader()
        && consensus.voters().iter().any(|set| set.len() > 1)
    {
        // Whoever is asked to stand lacks nothing then. The others would not elect it, and it unseats the leader all the same.
        let paused = consensus.pause().await;
        if let Some(successors) = level_majority(instance).await {
            let silence = Silence::begin(instance, leadership);
            have_stand(instance, leadership, &successors).await;
            drop(silence);
        }
        drop(paused);
        // Without its vote the others may take long to agree, so it stays until they have.
        if leader.wait_for(|leader| *leader != Leader::Unknown).await.is_err() {
            return;
        }
    }
}

/// Waits for instances that are reached, have the whole log, and are a majority together with this one; nothing when it leads
/// no more.
async fn level_majority(instance: &Instance) -> Option<Vec<Peer>> {
    let consensus = instance.consensus();
    while leads(instance) {
        let peers = instance.peers().all();
        let level = consensus.successors().into_iter().filter_map(|node| Some(peers.get(&node)?.control.clone()));
        let level: Vec<Peer> = level.filter(|peer| peer.up_since().is_some()).collect();
        let with_own = level.iter().map(|peer| peer.name().node).chain([instance.membership().node]);
        if is_majority(&consensus.voters(), &with_own.collect()) {
            return Some(level);
        }
        sleep(PAUSE).await;
    }
    None
}

/// Has `successors` stand, one after the other in the order of their ids, until one of them is elected or none could be asked.
/// Each of them hears the leader, and would elect nobody for 0.9 s; but one that has stood elects whoever stands behind it
/// with a higher id, or later. So the first are not waited for: they could not win, and stand for the one that can.
async fn have_stand(instance: &Instance, leadership: Leadership, successors: &[Peer]) {
    let voters = instance.consensus().voters();
    let mut leader = instance.watch_leader();
    let mut stood = BTreeSet::from([instance.membership().node]);
    loop {
        for peer in successors {
            if ask_to_stand(peer).await.is_err() {
                continue;
            }
            stood.insert(peer.name().node);
            if !is_majority(&voters, &stood) {
                continue;
            }
            // One that is elected is unseated by whoever is asked before it hears of that.
            let is_over = |leader: &Leader| !matches!(leader, Leader::Unknown) && *leader != Leader::Own(leadership);
            if timeout(CANDIDACY, leader.wait_for(is_over)).await.is_ok() {
                return;
            }
        }
        sleep(PAUSE).await;
        if leads(instance) {
            return;
        }
    }
}

/// Whether these are more than half of each set.
fn is_majority(sets: &[BTreeSet<NodeId>], nodes: &BTreeSet<NodeId>) -> bool {
    sets.iter().all(|set| set.intersection(nodes).count() * 2 > set.len())
}

/// For as long as this is there, this instance does not answer as the one that orders the log: those that are asked to stand
/// may elect another one while it would still count on them.
struct Silence<'a> {
    instance: &'a Instance,
    leadership: Leadership,
}

impl<'a> Silence<'a> {
    fn begin(instance: &'a Instance, leadership: Leadership) -> Self {
        instance.suspend_tenure(leadership);
        Self { instance, leadership }
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.instance.resume_tenure(self.leadership);
    }
}

fn leads(instance: &Instance) -> bool {
    matches!(instance.leader(), Leader::Own(_))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::is_majority;
    use crate::domain::NodeId;

    fn nodes<const N: usize>(nodes: [u64; N]) -> BTreeSet<NodeId> {
        nodes.map(NodeId).into()
    }

    #[test]
    fn of_each_set_more_than_half_have_to_agree() {
        let four = [nodes([1, 2, 3, 4])];
        assert!(!is_majority(&four, &nodes([1, 2])), "a half");
        assert!(!is_majority(&four, &nodes([1, 2, 9])), "one that has no vote");
        assert!(is_majority(&four, &nodes([1, 2, 3])));
        let changing = [nodes([1, 2, 3]), nodes([2, 3, 4])];
        assert!(!is_majority(&changing, &nodes([1, 2])), "one of the second set");
        assert!(is_majority(&changing, &nodes([2, 3])));
    }
}
