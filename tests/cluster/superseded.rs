//! An entry of a leader that was cut off, in whose place another leader puts a snapshot.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use jari::cluster::raft::{Proposals, ProposeError};
use jari::domain::NodeId;
use jari::log::Part;
use jari::storage::codec;
use openraft::ServerState;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::instances::{Cluster, NODES};

/// How long it may take, in virtual time, until a leader that was cut off knows what became of its entry.
const KNOWN: Duration = Duration::from_secs(15);

/// An instance that leads and is not passed over.
async fn leader(cluster: &Cluster, but: &BTreeSet<NodeId>) -> usize {
    for _ in 0..1_000 {
        let leads = |node: &NodeId, at: usize| {
            let process = cluster.instances[at].process.as_ref().expect("it runs");
            !but.contains(node) && process.raft.metrics().borrow().state == ServerState::Leader
        };
        if let Some(at) = NODES.iter().enumerate().position(|(at, node)| leads(node, at)) {
            return at;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody leads");
}

/// Cuts off the leader, has it propose a part, and replaces its entry by a snapshot of those who go on.
async fn supersede(cluster: &mut Cluster) -> (usize, Proposals, JoinHandle<Result<(), ProposeError>>) {
    let old = leader(cluster, &BTreeSet::new()).await;
    let ways = NODES.iter().flat_map(|other| [[NODES[old], *other], [*other, NODES[old]]]);
    cluster.network.cut.lock().extend(ways);
    let proposals = Proposals::start(cluster.instances[old].process.as_ref().expect("it runs").raft.clone());
    let proposing = tokio::spawn({
        let (proposals, part) = (proposals.clone(), part());
        async move { proposals.propose(part).await.map(drop) }
    });
    let new = leader(cluster, &BTreeSet::from([NODES[old]])).await;
    let before = cluster.instances[new].history.newest();
    while cluster.instances[new].history.newest().0 < before.0 + 40 {
        cluster.propose_some().await;
    }
    for at in (0..NODES.len()).filter(|at| *at != old) {
        let purged = || {
            let process = cluster.instances[at].process.as_ref().expect("it runs");
            process.raft.metrics().borrow().purged.map_or(0, |id| id.index)
        };
        while purged() <= before.0 {
            cluster.instances[at].purge().await;
        }
    }
    cluster.heal().await;
    (old, proposals, proposing)
}

/// A part without commands.
fn part() -> Bytes {
    let mut bytes = Vec::new();
    codec::encode_payload(&Part::default(), &mut bytes);
    bytes.into()
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_was_cut_off_hears_that_its_entry_is_superseded_and_can_lead_again() {
    fastrand::seed(3);
    let mut cluster = Cluster::started(3).await;
    let (old, proposals, proposing) = supersede(&mut cluster).await;
    let outcome = timeout(KNOWN, proposing).await.expect("it is answered").expect("no panic");
    assert!(matches!(outcome, Err(ProposeError::NotLeader { .. })), "{outcome:?}");
    let installed = || cluster.instances[old].history.installed.load(Ordering::Relaxed);
    for _ in 0..300 {
        if installed() > 0 {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(installed(), 1, "its entry was replaced by a snapshot, or this shows nothing");

    let raft = cluster.instances[old].process.as_ref().expect("it runs").raft.clone();
    let others = NODES.iter().filter(|node| **node != NODES[old]);
    cluster.network.cut.lock().extend(others.clone().flat_map(|one| others.clone().map(|other| [*one, *other])));
    let stands = async {
        while raft.metrics().borrow().state != ServerState::Leader {
            raft.trigger().elect().await.expect("it runs");
            sleep(Duration::from_secs(1)).await;
        }
        proposals.propose(part()).await
    };
    timeout(KNOWN, stands).await.expect("it is answered").expect("it leads");
}
