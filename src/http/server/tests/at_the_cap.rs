//! Which connections leave for newcomers, and what is there beyond the cap.

use super::*;

#[tokio::test]
async fn at_the_cap_the_idlest_connection_is_closed_for_a_newcomer() {
    let server = start(|settings| {
        settings.max_connections = 1;
        settings.idle_seconds = 60;
    });
    let mut first = server.connect().await;
    first.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut first).await.starts_with("HTTP/1.1 200 "));
    // A client that has just been answered may be about to ask again, so it stays for a second.
    while !server.say(b"GET /fine HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.ends_with("fine") {}
    assert_eq!(read_all(&mut first).await, "");
}

#[tokio::test]
async fn a_request_that_comes_while_its_connection_is_told_to_leave_is_answered() {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let mut client = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
    let (stream, address) = listener.accept().await.expect("it comes");
    let limit = ConnectionLimit::new(1, ClientLimit { most: 9, loopback: Loopback::Free });
    let connection = limit.take(address.ip(), std::time::Instant::now()).expect("there is room");
    let _newcomer = limit.take(address.ip(), std::time::Instant::now()).expect("the first leaves");
    client.write_all(FINE).await.expect("it reads");
    stream.readable().await.expect("the request is here");
    let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asks, waits) = (Arc::clone(&asked), Arc::clone(&go_on));
    let fine = move || async move {
        asks.notify_one();
        waits.notified().await;
        "fine"
    };
    let pipeline = pipeline(Router::new().route("/fine", get(fine)), &Config::default());
    let patience = Patience { idle: Duration::from_secs(60), request: Duration::from_secs(60) };
    let (_phase, shutdown) = watch::channel(Phase::Serving);
    let serving = tokio::spawn(serve_connection(Transport::Plain(stream), connection, pipeline, patience, shutdown));
    timeout(Duration::from_secs(5), asked.notified()).await.expect("it is under way");
    go_on.notify_one();
    let answer = read_all(&mut client).await;
    assert!(answer.ends_with("fine") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    drop(client);
    timeout(Duration::from_secs(5), serving).await.expect("it ends").expect("no panic");
}

#[tokio::test]
async fn a_connection_that_only_waits_for_its_client_to_close_leaves_for_a_newcomer() {
    let server = start(|settings| settings.max_connections = 1);
    let mut first = server.connect().await;
    first.write_all(b"GET /fine HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.expect("it reads");
    assert!(read_all(&mut first).await.ends_with("fine"));
    let mut second = server.connect().await;
    second.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut second).await.starts_with("HTTP/1.1 200 "));
    drop(first);
}

#[tokio::test]
async fn silent_connections_make_room_from_their_first_moment() {
    let server = start(|settings| {
        settings.max_connections = 2;
        settings.idle_seconds = 60;
    });
    let silent = [server.connect().await, server.connect().await, server.connect().await];
    let mut client = server.connect().await;
    client.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut client).await.starts_with("HTTP/1.1 200 "));
    drop(silent);
}

#[tokio::test]
async fn when_no_connection_is_idle_health_is_told_and_all_others_are_refused() {
    let server = start(|settings| settings.max_connections = 1);
    let mut stream = server.connect().await;
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200 "));
    let silent = [server.connect().await, server.connect().await];
    let answer = server.say(FINE).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n") && answer.contains("\"OVERLOADED\""), "{answer}");
    let health = server.say(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(health.starts_with("HTTP/1.1 200 ") && health.contains("\r\nconnection: close\r\n"), "{health}");
    drop((stream, silent));
    // The server notices that the stream is gone, and there is room again.
    while !server.say(b"GET /fine HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.ends_with("fine") {}
}

#[tokio::test]
async fn a_client_has_so_many_connections_and_harms_no_other() {
    let server = start(|settings| {
        settings.connections_per_client = ClientLimit { most: 2, loopback: Loopback::Counted };
        settings.idle_seconds = 60;
    });
    let mut own = [server.connect().await, server.connect().await];
    for stream in &mut own {
        stream.write_all(FINE).await.expect("it reads");
        assert!(read_some(stream).await.starts_with("HTTP/1.1 200 "));
    }
    let refusal = server.say(FINE).await;
    assert!(refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("\r\nconnection: close\r\n"), "{refusal}");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 2], 0).into()).expect("an address of this machine");
    let mut other = socket.connect(server.address).await.expect("it listens");
    other.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut other).await.starts_with("HTTP/1.1 200 "));
    let [first, mut second] = own;
    drop(first);
    while !server.say(b"GET /fine HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.ends_with("fine") {}
    second.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut second).await.starts_with("HTTP/1.1 200 "), "it was not touched");
}
