//! A server that stops while clients have connected whom it has not taken yet.

use std::io::Write;
use std::net;

use super::*;

#[tokio::test]
async fn whoever_has_connected_before_the_end_is_answered() {
    const CLIENTS: usize = 20;
    let server = start(|_| {});
    // Nothing of the server runs before this test waits.
    let clients: Vec<net::TcpStream> = (0..CLIENTS)
        .map(|_| {
            let mut client = net::TcpStream::connect(server.address).expect("it listens");
            client.write_all(b"GET /fine HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the system takes it");
            client
        })
        .collect();
    server.phase.send_replace(Phase::Stopping);
    for client in clients {
        client.set_nonblocking(true).expect("a socket");
        let answer = read_all(&mut TcpStream::from_std(client).expect("a socket")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("fine"), "{answer}");
    }
    server.task.await.expect("it ends");
}
