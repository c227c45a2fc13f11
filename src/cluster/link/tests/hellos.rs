//! Who is connected to whom, once both have the key.

use bytes::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Echo, KEY, call, constant, dialer, free_port, identity, instance_2, key, name, peer, serve, until};
use crate::cluster::link::{
    Dialer, Identity, LinkBody, LinkError, Peer, ServerLimits, Traffic, empty, http2, read, whole,
};
use crate::domain::NodeId;

#[tokio::test]
async fn another_instance_behind_the_address_is_told_by_name() {
    let server = instance_2(Echo).await;
    let error = call(&Peer::new(dialer(), name(3, server.address), Traffic::Raft), "/").await.expect_err("it is 2");
    assert_eq!(error, LinkError::WrongNode { peer: name(3, server.address), found: NodeId(2) });
    let told = format!(
        "instance 2 answers where instance 3 at `{}` is expected, so nothing was sent: correct the addresses of the peers",
        server.address
    );
    assert_eq!(error.to_string(), told);
    assert!(error.is_unsent());
}

/// Why instance 2 and an instance of this identity do not belong together.
async fn refused(ours: Identity) -> String {
    let server = instance_2(Echo).await;
    let peer = Peer::new(Dialer { identity: constant(ours), ..dialer() }, name(2, server.address), Traffic::Raft);
    let error = call(&peer, "/").await.expect_err("they do not belong together");
    assert!(error.is_unsent());
    assert_eq!((server.counts.not_accepted(), server.counts.unproven()), (1, 0));
    match error {
        LinkError::NotAccepted { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn another_cluster_is_refused_with_the_reason() {
    let told = refused(Identity { cluster: Some(11), ..identity(1) }).await;
    assert!(told.starts_with("instance 2 is of cluster 0000000000000000000000000000000a"), "{told}");
    assert!(told.contains("instance 1 of cluster 0000000000000000000000000000000b"), "{told}");
}

#[tokio::test]
async fn another_version_of_the_protocol_is_refused_with_the_reason() {
    let mut ours = identity(1);
    ours.versions.protocol = 9;
    let told = refused(ours).await;
    assert!(told.contains("speaks version 1") && told.contains("in version 9"), "{told}");
}

#[tokio::test]
async fn an_instance_does_not_take_itself_for_another() {
    assert!(refused(identity(2)).await.starts_with("both are instance 2"));
}

#[tokio::test]
async fn the_side_that_asks_judges_too() {
    // The server has no cluster yet, and so would take anybody; its answer tells the cluster that it has by then.
    let (cluster, told) = tokio::sync::watch::channel(Identity { cluster: None, ..identity(2) });
    let server = super::Server::new(key(KEY).server_config(), told, Echo, ServerLimits::default());
    let listener = free_port().await;
    let address = listener.local_addr().expect("it is bound");
    let _task = tokio::spawn(server.serve(listener, std::future::pending()));
    call(&peer(address), "/").await.expect("it has no cluster yet");
    cluster.send_replace(Identity { cluster: Some(11), ..identity(2) });
    let error = call(&peer(address), "/").await.expect_err("it has another one now");
    assert!(matches!(error, LinkError::NotAccepted { .. }), "{error}");
}

type Sender = hyper::client::conn::http2::SendRequest<LinkBody>;

/// A connection to a server with the key, and without a hello.
async fn unintroduced(address: std::net::SocketAddr) -> Sender {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let tls = TlsConnector::from(key(KEY).client_config());
    let stream = tls.connect(ServerName::try_from("x").expect("a name"), stream).await.expect("it has the key");
    let (sender, driver) =
        http2::asking(Traffic::Raft).handshake(TokioIo::new(stream)).await.expect("it speaks HTTP/2");
    tokio::spawn(driver);
    sender
}

#[tokio::test]
async fn nothing_is_answered_before_a_hello() {
    let server = instance_2(Echo).await;
    let mut sender = unintroduced(server.address).await;
    let request = Request::post("https://peer.invalid/append").body(empty()).expect("a request");
    let answer = sender.send_request(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let text = read(answer.into_body(), 1_000).await.expect("a sentence");
    assert_eq!(text, Bytes::from("a connection begins with a hello: POST /hello"));
    until(|| sender.is_closed()).await;
    assert_eq!(server.counts.not_accepted(), 1);
}

#[tokio::test]
async fn a_hello_that_is_none_is_refused() {
    let server = instance_2(Echo).await;
    for body in ["{}".to_owned(), "x".repeat(100_000)] {
        let mut sender = unintroduced(server.address).await;
        let request = Request::post("https://peer.invalid/hello").body(whole(body)).expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        until(|| sender.is_closed()).await;
    }
}

#[tokio::test]
async fn whoever_has_the_key_and_says_no_hello_is_given_up() {
    let limits = ServerLimits { introduction: Duration::from_millis(200), ..ServerLimits::default() };
    let server = serve(free_port().await, identity(2), Echo, limits);
    let sender = unintroduced(server.address).await;
    until(|| sender.is_closed()).await;
    assert_eq!((server.counts.not_accepted(), server.counts.unproven()), (1, 0));
}

#[tokio::test]
async fn whoever_has_said_hello_may_stay() {
    let limits = ServerLimits { introduction: Duration::from_millis(200), ..ServerLimits::default() };
    let server = serve(free_port().await, identity(2), Echo, limits);
    let peer = peer(server.address);
    call(&peer, "/").await.expect("it answers");
    let since = peer.up_since().expect("it is connected");
    // Another one, which says nothing, is given up later than that.
    let silent = unintroduced(server.address).await;
    until(|| silent.is_closed()).await;
    call(&peer, "/").await.expect("it answers");
    assert_eq!(peer.up_since(), Some(since));
}
