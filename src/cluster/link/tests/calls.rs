//! Calls that are answered, and all the ways in which one is not.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use tokio::time::Instant;

use super::{Always, Echo, Held, LONG, call, dialer, free_port, identity, instance_2, name, peer, serve};
use crate::cluster::link::{DialLimits, Dialer, LinkError, Peer, ServerLimits, Traffic, Which};

#[tokio::test]
async fn instances_ask_each_other() {
    let second = instance_2(Echo).await;
    let first = serve(free_port().await, identity(1), Echo, ServerLimits::default());
    let from_first = peer(second.address);
    let dialer_of_second = Dialer { identity: super::constant(identity(2)), ..dialer() };
    let from_second = Peer::new(dialer_of_second, name(1, first.address), Traffic::Forward);
    assert_eq!(from_first.up_since(), None);
    assert_eq!(call(&from_first, "/a").await, Ok(Bytes::from("1 Raft /a: body")));
    assert_eq!(call(&from_second, "/b").await, Ok(Bytes::from("2 Forward /b: body")));
    let since = from_first.up_since().expect("it is connected");
    assert!(since <= Instant::now());
    let before = (from_first.bytes_sent(), from_first.bytes_received());
    assert_eq!(call(&from_first, "/c?d").await, Ok(Bytes::from("1 Raft /c: body")));
    assert!(from_first.bytes_sent() > before.0 && from_first.bytes_received() > before.1);
    assert_eq!(from_first.up_since(), Some(since), "the connection is kept");
}

#[tokio::test]
async fn many_calls_share_a_connection() {
    let server = serve(free_port().await, identity(2), Echo, ServerLimits { connections: 1, ..<_>::default() });
    let peer = peer(server.address);
    let calls = (0..200).map(|number| {
        let peer = peer.clone();
        async move { (number, peer.call(&format!("/{number}"), Bytes::new(), LONG).await) }
    });
    for (number, answer) in futures_util::future::join_all(calls).await {
        assert_eq!(answer, Ok(Bytes::from(format!("1 Raft /{number}: "))));
    }
    assert_eq!(server.counts.beyond_cap(), 0);
}

#[tokio::test]
async fn a_refusal_is_told_with_its_status_and_text() {
    let server = instance_2(Always(StatusCode::MISDIRECTED_REQUEST, "ask instance 3".to_owned())).await;
    let refused = call(&peer(server.address), "/").await.expect_err("it is refused");
    let peer = name(2, server.address);
    let told = format!("instance 2 at `{}` refuses the request with status 421: ask instance 3", server.address);
    assert_eq!(refused.to_string(), told);
    let text = "ask instance 3".to_owned();
    assert_eq!(refused, LinkError::Refused { peer, status: StatusCode::MISDIRECTED_REQUEST, text });
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens_and_the_next_attempt_waits() {
    let listener = free_port().await;
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let limits = DialLimits { connect: LONG, pause: LONG };
    let peer = Peer::new(Dialer { limits, ..dialer() }, name(2, address), Traffic::Raft);
    let error = call(&peer, "/").await.expect_err("nobody listens");
    assert!(matches!(&error, LinkError::NotConnected { .. }) && error.is_unsent(), "{error}");
    // Somebody listens by now, but the pause is not over.
    let _server = serve(tokio::net::TcpListener::bind(address).await.expect("free"), identity(2), Echo, <_>::default());
    assert_eq!(call(&peer, "/").await, Err(error));
    assert_eq!(peer.up_since(), None);
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_takes_no_longer_than_its_limit() {
    // It accepts, by the system, and says nothing.
    let silent = free_port().await;
    let address = silent.local_addr().expect("it is bound");
    let limits = DialLimits { connect: Duration::from_millis(50), pause: Duration::ZERO };
    let peer = Peer::new(Dialer { limits, ..dialer() }, name(2, address), Traffic::Raft);
    let error = call(&peer, "/").await.expect_err("nobody speaks");
    assert_eq!(error, LinkError::NotConnectedInTime { peer: name(2, address), limit: limits.connect });
    let limit = Duration::from_millis(20);
    let peer = Peer::new(dialer(), name(2, address), Traffic::Raft);
    let error = peer.call("/", Bytes::new(), limit).await.expect_err("nobody speaks");
    assert_eq!(error, LinkError::NotConnectedInTime { peer: name(2, address), limit });
    assert!(error.is_unsent());
}

#[tokio::test]
async fn a_call_that_is_not_answered_in_time_may_have_been_done() {
    let held = Held::default();
    let server = instance_2(held.clone()).await;
    let peer = peer(server.address);
    peer.connect().await.expect("it listens");
    let limit = Duration::from_millis(50);
    let error = peer.call("/", Bytes::new(), limit).await.expect_err("the answer is held back");
    assert_eq!(error, LinkError::TimedOut { peer: name(2, server.address), limit });
    assert!(!error.is_unsent());
    held.asked.notified().await;
    let next = async {
        held.asked.notified().await;
        held.may_answer.notify_one();
    };
    let (answer, ()) = tokio::join!(call(&peer, "/"), next);
    assert_eq!(answer, Ok(Bytes::from("held")), "the connection goes on");
}

#[tokio::test]
async fn a_call_whose_connection_breaks_may_have_been_done() {
    let held = Held::default();
    let server = instance_2(held.clone()).await;
    let (peer, address) = (peer(server.address), server.address);
    let calling = tokio::spawn({
        let peer = peer.clone();
        async move { call(&peer, "/").await }
    });
    held.asked.notified().await;
    server.kill().await;
    let error = calling.await.expect("no panic").expect_err("the server is gone");
    assert!(matches!(&error, LinkError::Broken { peer, .. } if *peer == name(2, address)), "{error}");
    assert!(!error.is_unsent());
    super::until(|| peer.up_since().is_none()).await;
}

#[tokio::test]
async fn a_server_that_comes_back_is_connected_again() {
    let first = instance_2(Echo).await;
    let address = first.address;
    let peer = peer(address);
    assert_eq!(call(&peer, "/1").await, Ok(Bytes::from("1 Raft /1: body")));
    let since = peer.up_since().expect("it is connected");
    first.kill().await;
    // Until the end of the connection is noticed a request may be lost in it.
    super::until(|| peer.up_since().is_none()).await;
    assert!(call(&peer, "/2").await.expect_err("nobody listens").is_unsent());
    let listener = super::again(address).await;
    let _second = serve(listener, identity(2), Echo, ServerLimits::default());
    assert_eq!(call(&peer, "/3").await, Ok(Bytes::from("1 Raft /3: body")));
    assert!(peer.up_since().expect("it is connected") > since);
}

#[tokio::test]
async fn bodies_above_the_limit_are_refused_at_either_side() {
    let bytes_max = Traffic::Propose.body_bytes_max();
    let server = instance_2(Always(StatusCode::OK, "x".repeat(bytes_max + 1))).await;
    let peer = Peer::new(dialer(), name(2, server.address), Traffic::Propose);
    let too_large = |which| LinkError::TooLarge { peer: name(2, server.address), which, bytes_max };
    let error = peer.call("/", vec![0; bytes_max + 1].into(), LONG).await.expect_err("it is too large");
    assert_eq!(error, too_large(Which::Request));
    assert!(error.is_unsent() && peer.bytes_sent() == 0);
    let error = call(&peer, "/").await.expect_err("it is too large");
    assert_eq!(error, too_large(Which::Answer));
    assert!(!error.is_unsent());
}

#[tokio::test]
async fn bodies_up_to_the_limit_come_through_whole() {
    let server = instance_2(Echo).await;
    let head = "1 Raft /: ";
    let body: Bytes = vec![7; Traffic::Raft.body_bytes_max() - head.len()].into();
    let answer = peer(server.address).call("/", body.clone(), LONG).await.expect("it is not too large");
    assert_eq!(answer, [head.as_bytes(), &body].concat());
}
