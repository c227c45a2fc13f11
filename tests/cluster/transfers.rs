//! Snapshots on their way: one for which there is no room, those whose connection breaks, and one that takes long to be put in place.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jari::cluster::raft::{HEARTBEAT, Member, Network, Types, Way};
use jari::cluster::tenure::Tenure;
use jari::log::Index;
use openraft::network::RPCOption;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, VoteRequest};
use openraft::{Raft, RaftNetwork, RaftNetworkFactory};
use tokio::time::{sleep, timeout};

use crate::instances::NODES;
use crate::linked::{LONG, Linked, leader, level};

/// The file of a snapshot that comes.
const INCOMING: &str = "incoming.snapshot";

/// Waits for something.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// The way that whoever leads has to the last instance.
async fn way_to_third(linked: &Linked) -> (Way, Raft<Types>) {
    let leader = leader(&linked.processes).await;
    let at = NODES.iter().position(|node| *node == leader).expect("one of them");
    let mut network = Network::new(linked.instances[at].dialer(), Arc::new(Tenure::new(leader)));
    let way = network.new_client(NODES[2], &Member { address: linked.relay.address.to_string() }).await;
    (way, linked.processes[&leader].raft.clone())
}

/// What whoever leads is told when it sends the last instance a snapshot that has no room there.
async fn refusal(linked: &Linked) -> String {
    let (mut way, raft) = way_to_third(linked).await;
    let sending = async {
        loop {
            let snapshot = raft.get_snapshot().await.expect("it runs").expect("there is one");
            let (vote, option) = (raft.metrics().borrow().vote, RPCOption::new(LONG));
            let sent = way.full_snapshot(vote, snapshot, std::future::pending(), option).await;
            let told = sent.expect_err("there is no room").to_string();
            // It is being sent one already.
            if !told.contains("another snapshot") {
                return told;
            }
        }
    };
    timeout(LONG, sending).await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_snapshot_waits_until_the_disk_has_room_for_it() {
    let mut linked = Linked::started().await;
    linked.leave_third_behind().await;
    let newest = linked.let_go().await;
    // Enough for votes, and for nothing else.
    linked.instances[2].hardware.fill_disk_after(30_000);
    linked.restart_third().await;
    let third = &linked.instances[2];
    let told = refusal(&linked).await;
    assert!(told.contains("MiB left, and a snapshot takes 1 MiB"), "{told}");
    until("nothing of it stays", || third.hardware.contents(INCOMING).is_none()).await;
    assert_eq!(third.history.installed.load(Ordering::Relaxed), 0);
    // It follows, and answers.
    let raft = &linked.processes[&NODES[2]].raft;
    let follows = raft.wait(Some(LONG)).metrics(|metrics| metrics.current_leader.is_some(), "it follows").await;
    assert!(follows.expect("in time").running_state.is_ok());

    third.hardware.fill_disk_after(1 << 30);
    level(&linked.instances, &linked.processes, newest).await;
    assert_eq!(third.history.installed.load(Ordering::Relaxed), 1);
    linked.end().await;
}

/// Bytes of a connection, within a snapshot, behind which it breaks.
const BREAK: u64 = 3 << 20;

/// Three of which one lags by a snapshot, of which it has got a part when all connections to it break; gives how many bytes
/// the snapshot has, and the newest entry.
async fn broken_off() -> (Linked, u64, Index) {
    let mut linked = Linked::started().await;
    linked.leave_third_behind().await;
    linked.grow();
    let newest = linked.let_go().await;
    let size = linked.snapshot_blocks().await.iter().sum();
    assert!(size > 2 * BREAK, "{size} bytes");
    linked.relay.break_behind(BREAK);
    linked.restart_third().await;
    timeout(LONG, linked.relay.broken()).await.expect("a snapshot is sent");
    let held = linked.instances[2].hardware.contents(INCOMING).map_or(0, |bytes| bytes.len() as u64);
    assert!((1..size).contains(&held), "{held} of {size} bytes came");
    (linked, size, newest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transfer_that_broke_goes_on_where_it_stopped() {
    let (linked, size, newest) = broken_off().await;
    let before = linked.relay.passed();
    linked.relay.mend();
    level(&linked.instances, &linked.processes, newest).await;
    // A block that was on its way comes once more, and messages pass beside it.
    let passed = linked.relay.passed() - before;
    assert!(passed < size - BREAK + (2 << 20), "{passed} of {size} bytes came after the break");
    assert_eq!(linked.instances[2].history.installed.load(Ordering::Relaxed), 1);
    linked.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transfer_begins_anew_when_its_sender_is_gone() {
    let (mut linked, size, _) = broken_off().await;
    let sender = leader(&linked.processes).await;
    let at = NODES.iter().position(|node| *node == sender).expect("one of them");
    let process = linked.processes.remove(&sender).expect("it runs");
    linked.instances[at].kill(process).await;
    let before = linked.relay.passed();
    linked.relay.mend();
    let newest = linked.write().await;
    level(&linked.instances, &linked.processes, newest).await;
    let passed = linked.relay.passed() - before;
    assert!(passed > size, "{passed} of {size} bytes came after the break");
    linked.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn messages_are_answered_while_a_snapshot_is_put_in_place() {
    let mut linked = Linked::started().await;
    linked.leave_third_behind().await;
    let newest = linked.let_go().await;
    let hardware = linked.instances[2].hardware.clone();
    // A block is read with its length first. All are read when the last has come; the next time they are put in place.
    hardware.hold_reads_after(INCOMING, 2 * linked.snapshot_blocks().await.len() as u64 + 1);
    linked.restart_third().await;
    until("it is put in place", || hardware.holds_reads()).await;
    let (mut way, raft) = way_to_third(&linked).await;
    let vote = raft.metrics().borrow().vote;
    let option = || RPCOption::new(HEARTBEAT * 5);
    let heartbeat = AppendEntriesRequest { vote, prev_log_id: None, entries: Vec::new(), leader_commit: None };
    let answer = way.append_entries(heartbeat, option()).await.expect("it answers");
    assert_eq!(answer, AppendEntriesResponse::Success);
    let question = VoteRequest { vote: openraft::Vote::new(0, NODES[0]), last_log_id: None };
    let answer = way.vote(question, option()).await.expect("it answers");
    assert!(!answer.vote_granted, "{answer:?}");
    assert_eq!(linked.instances[2].history.installed.load(Ordering::Relaxed), 0, "it is under way");
    hardware.release_reads();
    level(&linked.instances, &linked.processes, newest).await;
    assert_eq!(linked.instances[2].history.installed.load(Ordering::Relaxed), 1);
    linked.end().await;
}
