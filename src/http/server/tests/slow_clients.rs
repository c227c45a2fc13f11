//! Clients that end their side, take their answers slowly, or not at all.

use super::*;

/// Tells when it is dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A server with a stream of `events`, and the notice of its end.
fn streaming<S>(events: impl Fn() -> S + Clone + Send + Sync + 'static) -> (Running, Arc<Notify>)
where
    S: Stream<Item = SseEvent> + Send + 'static,
{
    let ended = Arc::new(Notify::new());
    let told = Arc::clone(&ended);
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let streams = shutdown.clone();
    let follow = move |Extension(connection): Extension<Arc<Connection>>| {
        let told = Told(Arc::clone(&told));
        let events = events().map(move |event| {
            let _told = &told;
            event
        });
        std::future::ready(until_stopped(stopped(streams.clone()), connection, RETRY, events))
    };
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    (run(Router::new().route("/stream", get(follow)), config, (phase, shutdown)), ended)
}

const FOLLOW: &[u8] = b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test]
async fn a_client_that_has_ended_its_side_gets_its_answers() {
    let late = || async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        "at last"
    };
    let router = Router::new().route("/late", get(late)).route("/fine", get(|| async { "fine" }));
    let router = router.route("/taken", post(|_: Request| async { "taken" }));
    let server = run(router, Config::default(), watch::channel(Phase::Serving));
    let mut stream = server.connect().await;
    stream.write_all(&[b"GET /late HTTP/1.1\r\nhost: localhost\r\n\r\n", FINE].concat()).await.expect("it reads");
    stream.shutdown().await.expect("it is open");
    let answers = read_all(&mut stream).await;
    assert!(answers.contains("at last") && answers.ends_with("fine"), "{answers}");
    // A body may be in many pieces, and half a body is none.
    for (sent, status) in
        [(200_000, "HTTP/1.1 413 "), (60_000, "HTTP/1.1 200 "), (6, "HTTP/1.1 200 "), (5, "HTTP/1.1 400 ")]
    {
        let mut stream = server.connect().await;
        let head = format!("POST /taken HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", sent.max(6));
        stream.write_all(&[head.as_bytes(), &vec![b'x'; sent]].concat()).await.expect("it reads");
        stream.shutdown().await.expect("it is open");
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with(status), "{sent} bytes: {answer}");
    }
}

#[tokio::test]
async fn a_stream_outlives_the_end_of_its_clients_side_but_not_the_client() {
    let first = || SseEvent { name: "position", data: "{}".into(), id: None };
    let quiet = move || stream::iter([first()]).chain(stream::pending());
    let (server, ended) = streaming(quiet);
    let mut client = server.connect().await;
    client.write_all(FOLLOW).await.expect("it reads");
    client.shutdown().await.expect("it is open");
    let mut heard = String::new();
    while heard.matches("\n:").count() < 2 {
        heard.push_str(&read_some(&mut client).await);
    }
    assert!(heard.contains("event: position"), "{heard}");
    drop(client);
    timeout(Duration::from_secs(5), ended.notified()).await.expect("the stream ends");
}

#[tokio::test]
async fn a_stream_whose_client_takes_nothing_is_cut_off() {
    let flood = || stream::repeat(SseEvent { name: "position", data: "x".repeat(8_000), id: None });
    let (server, ended) = streaming(flood);
    let mut client = server.connect().await;
    client.write_all(FOLLOW).await.expect("it reads");
    timeout(Duration::from_secs(10), ended.notified()).await.expect("the stream ends");
}

#[tokio::test]
async fn a_client_that_reads_steadily_gets_a_large_answer_however_slowly() {
    const BYTES: usize = 3 * 1024 * 1024;
    let router = Router::new().route("/map", get(|| async { vec![b'x'; BYTES] }));
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    let server = run(router, config, watch::channel(Phase::Serving));
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
    let mut client = socket.connect(server.address).await.expect("it listens");
    client.write_all(b"GET /map HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.expect("it reads");
    let (mut taken, mut piece) = (0, vec![0; 8 * 1024]);
    loop {
        match client.read(&mut piece).await.expect("it goes on") {
            0 => break,
            count => taken += count,
        }
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    assert!(taken > BYTES, "{taken} bytes of head and body");
}

#[tokio::test]
async fn a_client_that_takes_a_large_answer_slowly_gets_all_of_it() {
    let server = start(|_| {});
    let mut slow = server.connect().await;
    slow.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    let mut taken = 0;
    let mut buffer = vec![0; LARGE_BYTES / 5];
    let begun = Instant::now();
    for _ in 0..4 {
        taken += slow.read_exact(&mut buffer).await.expect("it goes on");
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "longer than a client may be silent");
    taken += read_all(&mut slow).await.len();
    assert!(taken > LARGE_BYTES, "{taken} bytes of head and body");
}

#[tokio::test]
async fn nothing_is_said_into_the_middle_of_an_answer_that_a_client_does_not_take() {
    let server = start(|_| {});
    let mut still = server.connect().await;
    let two = [&b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n"[..], FINE].concat();
    still.write_all(&two).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let mut taken = Vec::new();
    // The connection is closed with some of the answer unsent, so its end may be one out of order.
    let _ = timeout(Duration::from_secs(5), still.read_to_end(&mut taken)).await.expect("it is closed");
    assert!(taken.len() < LARGE_BYTES, "the answer is not complete");
    let text = String::from_utf8(taken).expect("answers are text");
    assert!(!text.contains("HTTP/1.1 408"), "behind half an answer nothing more can be said");
}
