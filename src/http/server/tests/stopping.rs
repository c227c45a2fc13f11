//! A server that stops while clients have connected whom it has not taken yet, or ask on connections that they have.

use std::io::Write;
use std::net;
use std::thread;

use super::*;

/// Longer than a server that stops waits for a request.
const PATIENCE: Duration = Duration::from_millis(200);

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

#[tokio::test]
async fn an_answer_of_a_server_that_stops_says_that_the_connection_ends() {
    let server = start(|_| {});
    let mut client = server.connect().await;
    client.write_all(FINE).await.expect("it reads");
    let answer = read_some(&mut client).await;
    assert!(answer.ends_with("fine") && !answer.contains("connection: close"), "{answer}");
    server.phase.send_replace(Phase::Stopping);
    // The connection hears of it, and is not closed for it.
    tokio::time::sleep(Duration::from_millis(20)).await;
    client.write_all(FINE).await.expect("it reads");
    let answer = read_all(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("fine"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    server.task.await.expect("it ends");
}

#[tokio::test]
async fn a_request_that_comes_as_its_idle_connection_is_given_up_is_answered() {
    let server = start(|settings| settings.idle_seconds = 60);
    let mut client = server.connect().await;
    client.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut client).await.ends_with("fine"));
    let mut client = client.into_std().expect("a socket");
    client.set_nonblocking(false).expect("a socket");
    // A machine that is busy does not move the time of the runtime.
    tokio::time::pause();
    server.phase.send_replace(Phase::Stopping);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    // This test goes on when the runtime has looked at sockets and times, before the connection that is to be closed does.
    thread::sleep(PATIENCE);
    tokio::time::advance(PATIENCE).await;
    client.write_all(FINE).expect("the system takes it");
    tokio::time::resume();
    client.set_nonblocking(true).expect("a socket");
    let answer = read_all(&mut TcpStream::from_std(client).expect("a socket")).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("fine"), "{answer:?}");
    server.task.await.expect("it ends");
}
