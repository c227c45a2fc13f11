//! Heads that are not read, connections that ask nothing, and the end of the server.

use super::*;

#[tokio::test]
async fn a_head_that_cannot_be_read_is_refused_in_the_envelope() {
    let server = start(|_| {});
    let long = [b"GET /fine HTTP/1.1\r\nhost: localhost\r\na: ", vec![b'x'; 40_000].as_slice(), b"\r\n\r\n"].concat();
    let many = [&b"GET /fine HTTP/1.1\r\n"[..], "a: x\r\n".repeat(150).as_bytes(), b"\r\n"].concat();
    for (head, line, reason) in [
        (&b"garbage\r\n\r\n"[..], "HTTP/1.1 400 ", "INVALID_REQUEST"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 ", "INVALID_REQUEST"),
        (b"GET /fine HTTP/1.1\r\nno colon\r\n\r\n", "HTTP/1.1 400 ", "INVALID_REQUEST"),
        (&long, "HTTP/1.1 431 ", "HEADERS_TOO_LARGE"),
        (&many, "HTTP/1.1 431 ", "HEADERS_TOO_LARGE"),
    ] {
        let answer = server.say(head).await;
        assert!(answer.starts_with(line), "{answer}");
        assert!(answer.contains(&format!("\"reason\":\"{reason}\"")), "{answer}");
        assert!(answer.contains("\r\nx-request-id: ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_slow_head_is_a_timeout_and_a_silent_connection_just_closes() {
    let server = start(|_| {});
    let begun = Instant::now();
    let (slow, silent) = tokio::join!(server.say(b"GET /fine HTTP/1.1\r\nho"), server.say(b""));
    assert!(slow.starts_with("HTTP/1.1 408 ") && slow.contains("\"reason\":\"REQUEST_TIMEOUT\""), "{slow}");
    assert_eq!(silent, "");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_connection_idles_for_longer_than_a_request_may_take() {
    let server = start(|settings| settings.idle_seconds = 60);
    let (mut used, mut fresh) = (server.connect().await, server.connect().await);
    used.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut used).await.ends_with("fine"));
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    for stream in [&mut used, &mut fresh] {
        stream.write_all(FINE).await.expect("it reads");
        assert!(read_some(stream).await.ends_with("fine"), "more than twice the time of a request later");
    }
    // Once it has begun to ask, it has the time of a request.
    used.write_all(b"GET /fine HT").await.expect("it reads");
    assert!(read_all(&mut used).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed_and_an_open_stream_is_not() {
    let server = start(|_| {});
    let (mut idle, mut stream) = (server.connect().await, server.connect().await);
    idle.write_all(FINE).await.expect("it reads");
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    assert!(read_all(&mut idle).await.ends_with("fine"), "answered, and closed after a second");
    assert!(read_some(&mut stream).await.starts_with("HTTP/1.1 200 "));
    // Twice the time that a client has to ask.
    let mut rest = String::new();
    let ended = timeout(Duration::from_secs(2), stream.read_to_string(&mut rest)).await;
    assert!(ended.is_err(), "only the stop ends a stream, after {rest}");
    server.phase.send_replace(Phase::Stopping);
    assert!(read_all(&mut stream).await.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn stopping_ends_streams_and_idle_connections_and_then_the_server() {
    let server = start(|settings| settings.idle_seconds = 60);
    let mut idle = server.connect().await;
    idle.write_all(FINE).await.expect("it reads");
    assert!(read_some(&mut idle).await.contains("fine"));
    let mut stream = server.connect().await;
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    let mut opened = read_some(&mut stream).await;
    while !opened.contains("data: {}") {
        opened.push_str(&read_some(&mut stream).await);
    }
    assert!(opened.contains("content-type: text/event-stream") && opened.contains("event: position\n"), "{opened}");
    assert!(opened.contains("id: 7\n"), "{opened}");
    server.phase.send_replace(Phase::Stopping);
    assert!(read_all(&mut stream).await.ends_with("0\r\n\r\n"), "the stream ends in order");
    assert_eq!(read_all(&mut idle).await, "");
    timeout(Duration::from_secs(5), server.task).await.expect("nothing is left to wait for").expect("no panic");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}
