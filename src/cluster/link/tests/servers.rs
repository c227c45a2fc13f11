//! How many connections a server takes, and how it stops.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::{Echo, Held, call, free_port, identity, instance_2, peer, serve, until};
use crate::cluster::link::ServerLimits;

#[tokio::test]
async fn peers_beyond_the_cap_are_closed() {
    let server = serve(free_port().await, identity(2), Echo, ServerLimits { connections: 2, ..<_>::default() });
    let [first, second, third] = [(); 3].map(|()| peer(server.address));
    call(&first, "/").await.expect("there is room");
    call(&second, "/").await.expect("there is room");
    assert!(call(&third, "/").await.expect_err("there is no room").is_unsent());
    assert_eq!(server.counts.beyond_cap(), 1);
    call(&first, "/").await.expect("it was there before");
    drop(second);
    // Its room is free as soon as the server has noticed.
    let trying = async { while call(&third, "/").await.is_err() {} };
    tokio::time::timeout(super::LONG, trying).await.expect("there is room again");
}

#[tokio::test]
async fn strangers_that_hold_connections_open_give_way() {
    let server = serve(free_port().await, identity(2), Echo, ServerLimits { connections: 2, ..<_>::default() });
    let mut strangers = Vec::new();
    for _ in 0..5 {
        strangers.push(TcpStream::connect(server.address).await.expect("it listens"));
    }
    let peers = [(); 2].map(|()| peer(server.address));
    for peer in &peers {
        call(peer, "/").await.expect("a stranger gives way");
    }
    for stranger in &mut strangers {
        assert!(stranger.read_u8().await.is_err(), "it is told nothing");
    }
    assert_eq!(server.counts.beyond_cap(), 5);
    for peer in &peers {
        call(peer, "/").await.expect("peers stay");
    }
}

#[tokio::test]
async fn a_stop_lets_a_request_under_way_end() {
    let held = Held::default();
    let server = instance_2(held.clone()).await;
    let peer = peer(server.address);
    let calling = tokio::spawn({
        let peer = peer.clone();
        async move { call(&peer, "/").await }
    });
    held.asked.notified().await;
    server.stop.notify_one();
    // It accepts nobody any more.
    let refusing = async { while TcpStream::connect(server.address).await.is_ok() {} };
    tokio::time::timeout(super::LONG, refusing).await.expect("it stops");
    assert!(!server.task.is_finished());
    held.may_answer.notify_one();
    assert_eq!(calling.await.expect("no panic"), Ok(Bytes::from("held")));
    tokio::time::timeout(super::LONG, server.task).await.expect("it ends").expect("no panic");
    until(|| peer.up_since().is_none()).await;
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_its_limit() {
    let held = Held::default();
    let limits = ServerLimits { stop: Duration::from_millis(50), ..ServerLimits::default() };
    let server = serve(free_port().await, identity(2), held.clone(), limits);
    let peer = peer(server.address);
    let calling = tokio::spawn(async move { call(&peer, "/").await });
    held.asked.notified().await;
    server.stop.notify_one();
    tokio::time::timeout(super::LONG, server.task).await.expect("it ends").expect("no panic");
    assert!(!calling.await.expect("no panic").expect_err("it is not answered").is_unsent());
}

#[tokio::test]
async fn a_stop_ends_connections_that_ask_nothing() {
    let server = instance_2(Echo).await;
    let peer = peer(server.address);
    call(&peer, "/").await.expect("it answers");
    let _stranger = TcpStream::connect(server.address).await.expect("it listens");
    server.stop.notify_one();
    tokio::time::timeout(Duration::from_secs(5), server.task).await.expect("nothing is under way").expect("no panic");
    until(|| peer.up_since().is_none()).await;
    assert!(call(&peer, "/").await.expect_err("it is gone").is_unsent());
}
