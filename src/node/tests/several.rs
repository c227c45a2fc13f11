//! Three or more running instances with one log, each on its own folder: one leads, and when it is gone another one does.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{CONCERT, KIM, balance_of_kim, date, furnish, join, node, pay, reply, reserve};
use crate::cluster::link::ClusterKey;
use crate::cluster::raft::{ELECTION, Leader};
use crate::cluster::{self, Instance};
use crate::domain::commands::{Charge, Join};
use crate::domain::{Charger, ConcertId, EarlyEnds, NodeId, Settings};
use crate::node::{Caller, Fate, Handle, Lead, Led, Node, Options, StartError, SubmitError, start};

/// So long that a test that waits for it has failed.
const LONG: Duration = Duration::from_secs(30);
/// How old a leadership is that can be handed over: one that was just elected gives its vote to nobody for 0.9 s.
const ESTABLISHED: Duration = Duration::from_millis(1_100);
/// So often that one which meets an entry under way is among them.
const HAND_OVERS: usize = 5;

/// Where the instances listen for each other.
struct Addresses(BTreeMap<NodeId, String>);

impl Addresses {
    fn of(listeners: &[TcpListener]) -> Self {
        let addresses = listeners.iter().map(|it| it.local_addr().expect("it is bound").to_string());
        Self((1..).map(NodeId).zip(addresses).collect())
    }
}

/// Starts an instance on a thread of its own: it waits for the others.
fn starting(
    folder: &Path,
    node: NodeId,
    listener: TcpListener,
    addresses: &Addresses,
) -> JoinHandle<Result<Node, StartError>> {
    listener.set_nonblocking(true).expect("a socket");
    let data_dir = folder.join("data");
    let options = cluster::Options {
        node,
        peers: addresses.0.clone(),
        slots: 16,
        key: ClusterKey::read("the key that all instances of this test have").expect("long enough"),
        data_dir: data_dir.clone(),
        seal_keys: Box::new(|| Ok(b"sealed".to_vec())),
    };
    let options = Options {
        data_dir,
        cache_bytes: 16 << 20,
        settings: Some(Settings::default()),
        commands_waiting_max: 64,
        cluster: Some(cluster::Entrance { options, listener }),
    };
    std::thread::spawn(|| start(options))
}

fn spring() -> ConcertId {
    ConcertId::parse("spring").expect("an id")
}

/// Whether an instance answers for the concert.
fn leads(handle: &Handle) -> bool {
    handle.lead(Led::Concert(&spring())) == Lead::Here
}

/// The handle of whoever answers for the concert.
async fn leading(nodes: &[Option<Node>]) -> Handle {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        for node in nodes.iter().flatten() {
            if leads(&node.handle()) {
                return node.handle();
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody leads");
}

/// An instance that runs.
fn member(nodes: &[Option<Node>], at: usize) -> Arc<Instance> {
    let handle = nodes[at].as_ref().expect("it runs").handle();
    Arc::clone(&handle.shared.member.as_ref().expect("one of several").instance)
}

/// Where whoever orders the log is, once its leadership can be handed over.
async fn established(nodes: &[Option<Node>]) -> usize {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        let led: Vec<_> = (0..nodes.len()).map(|at| member(nodes, at).leader()).collect();
        tokio::time::sleep(ESTABLISHED).await;
        let goes_on = |at: &usize| matches!(led[*at], Leader::Own(_)) && member(nodes, *at).leader() == led[*at];
        if let Some(at) = (0..nodes.len()).find(goes_on) {
            return at;
        }
    }
    panic!("nobody goes on ordering the log");
}

async fn stopped(node: Node) {
    tokio::task::spawn_blocking(|| node.stop()).await.expect("no panic").expect("it stops in order");
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

/// An instance on each of these folders, as they run once each has its place.
async fn several(folders: &[TempDir]) -> (Vec<Option<Node>>, Addresses) {
    let listeners: Vec<_> = folders.iter().map(|_| listener()).collect();
    let addresses = Addresses::of(&listeners);
    let starts: Vec<_> = (1..)
        .map(NodeId)
        .zip(listeners)
        .zip(folders)
        .map(|((id, listener), folder)| starting(folder.path(), id, listener, &addresses))
        .collect();
    let mut nodes = Vec::new();
    for start in starts {
        let started = tokio::task::spawn_blocking(|| start.join()).await.expect("no panic").expect("no panic");
        nodes.push(Some(started.expect("it starts")));
    }
    (nodes, addresses)
}

#[tokio::test]
async fn a_leader_that_hands_over_answers_no_more_and_what_followed_it_ends() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let (nodes, _) = several(&folders).await;
    let handle = leading(&nodes).await;
    furnish(&handle).await;
    let followed = tokio::spawn({
        let handle = handle.clone();
        async move { handle.led_until(Led::Concert(&spring())).await }
    });
    let instance = Arc::clone(&handle.shared.member.as_ref().expect("one of several").instance);
    cluster::hand_over(&instance).await;
    tokio::time::timeout(LONG, followed).await.expect("it ends").expect("no panic");
    let next = leading(&nodes).await;
    assert!(!Arc::ptr_eq(&next.shared, &handle.shared), "another one leads");
    let to = next.shared.member.as_ref().expect("one of several").instance.membership().node;
    assert_eq!(handle.lead_within(Led::Concert(&spring()), LONG).await, Lead::At(to));
    let charge = Charge { user: KIM, amount: 7, charger: Charger::Public };
    reply(&next, charge).await;
    assert_eq!(balance_of_kim(&next), 10_007);
    // What is about no concert may come from any of them; a place is of who leads its concert.
    reply(&handle, charge).await;
    assert_eq!(balance_of_kim(&handle), 10_014);
    next.fresh().await.expect("somebody leads");
    assert_eq!(balance_of_kim(&next), 10_014);
    let joined =
        handle.submit(Join { concert: CONCERT, user: KIM, early_ends: EarlyEnds::default() }, Caller::default()).await;
    assert_eq!(joined.err(), Some(SubmitError::NoLeader { fate: Fate::Undone }));
    drop((handle, next));
    for node in nodes.into_iter().flatten() {
        stopped(node).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_hands_over_however_much_is_written_meanwhile() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let (nodes, _) = several(&folders).await;
    furnish(&leading(&nodes).await).await;
    let handles: Vec<_> = nodes.iter().flatten().map(Node::handle).collect();
    let writers = handles.iter().chain(&handles).cloned().map(|handle| {
        tokio::spawn(async move {
            let charge = Charge { user: KIM, amount: 1, charger: Charger::Public };
            loop {
                drop(handle.submit(charge, Caller::default()).await);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    for _ in 0..HAND_OVERS {
        let leader = leading(&nodes).await;
        tokio::time::sleep(ESTABLISHED).await;
        let instance = Arc::clone(&leader.shared.member.as_ref().expect("one of several").instance);
        cluster::hand_over(&instance).await;
        assert!(matches!(leader.lead(Led::Log), Lead::At(_)), "{:?}", leader.lead(Led::Log));
    }
    for writer in writers {
        writer.abort();
        drop(writer.await);
    }
    drop(handles);
    for node in nodes.into_iter().flatten() {
        stopped(node).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_whoever_orders_the_log_and_stops_has_another_one_elected_at_once() {
    let folders: Vec<_> = (0..5).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let (mut nodes, _) = several(&folders).await;
    furnish(&leading(&nodes).await).await;
    let first = established(&nodes).await;
    let follower = (first + 1) % nodes.len();
    let [mut leader, mut next] = [first, follower].map(|at| member(&nodes, at).watch_leader());
    let old = member(&nodes, first).membership().node;
    let gap = tokio::spawn(async move {
        leader.wait_for(|leader| !matches!(leader, Leader::Own(_))).await.expect("it runs");
        let begun = Instant::now();
        let is_another = |leader: &Leader| match leader {
            Leader::Own(_) => true,
            Leader::Other(node) => *node != old,
            Leader::Unknown | Leader::Ended(_) => false,
        };
        next.wait_for(is_another).await.expect("it runs");
        begun.elapsed()
    });
    stopped(nodes[first].take().expect("it runs")).await;
    let gap = gap.await.expect("no panic");
    assert!(gap < ELECTION[0], "nobody led for {gap:?}: the others have missed it");
    let next = leading(&nodes).await;
    reply(&next, Charge { user: KIM, amount: 7, charger: Charger::Public }).await;
    assert_eq!(balance_of_kim(&next), 10_007);
    drop(next);
    for node in nodes.into_iter().flatten() {
        stopped(node).await;
    }
}

#[tokio::test]
async fn a_server_that_ran_alone_becomes_the_first_of_three_and_the_others_go_on_without_it() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let alone = node(folders[1].path(), Settings::default());
    furnish(&alone.handle()).await;
    stopped(alone).await;

    let (mut nodes, addresses) = several(&folders).await;
    let handle = leading(&nodes).await;
    assert_eq!(handle.sealed_keys(), Some(b"sealed".to_vec()));
    let place = join(&handle, KIM).await;
    reserve(&handle, place, 1).await.expect("the seat is free");
    reply(&handle, pay(place, 1)).await;

    // Each of the others leads in its turn, and has all.
    let first = nodes.iter().position(|node| node.as_ref().is_some_and(|it| leads(&it.handle())));
    let first = first.expect("one of them leads");
    assert_eq!(first, 1, "the one with the data formed the cluster");
    drop(handle); // A handle keeps the data folder locked.
    stopped(nodes[first].take().expect("it runs")).await;
    let handle = leading(&nodes).await;
    let sold = handle.read(|state| state.sale(CONCERT).expect("it is there").seats_of(KIM, date(), handle.now()));
    assert_eq!(sold, [1]);
    reply(&handle, Charge { user: KIM, amount: 7, charger: Charger::Public }).await;
    for node in nodes.iter().flatten() {
        node.handle().fresh().await.expect("somebody leads");
        assert_eq!(balance_of_kim(&node.handle()), 5_007);
    }

    // Back again it has what it lacked.
    let again = TcpListener::bind(&addresses.0[&NodeId(2)]).expect("it is free again");
    let started = starting(folders[1].path(), NodeId(2), again, &addresses);
    let started = tokio::task::spawn_blocking(|| started.join()).await.expect("no panic").expect("no panic");
    nodes[1] = Some(started.expect("it starts"));
    let back = nodes[1].as_ref().expect("it runs").handle();
    back.fresh().await.expect("it comes level");
    assert_eq!(balance_of_kim(&back), 5_007);
    drop((back, handle));
    for node in nodes.into_iter().flatten() {
        stopped(node).await;
    }
}
