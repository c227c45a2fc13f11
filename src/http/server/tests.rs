//! Real connections over the loopback interface.

mod crowded;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use axum::routing::{get, post};
use axum::{Extension, Router};
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{Accepted, Patience, Roster, UNSENT_BYTES_MAX, USER_TIMEOUT, connection, listen, serve};
use crate::config::{ClientLimit, Config, Loopback, Server};
use crate::http::sse::{SseEvent, until_stopped};
use crate::http::{Call, Connection, Edge, Keys, OperatorKey, Phase, Purpose, Purposes, SigningKey, Tokens};

/// When a client of a stream is to come again.
const RETRY: Duration = Duration::from_secs(1);

struct Running {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    task: JoinHandle<()>,
}

fn start(change: impl FnOnce(&mut Server)) -> Running {
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    config.server.idle_seconds = 1;
    change(&mut config.server);
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let streams = shutdown.clone();
    let router =
        Router::new().route("/fine", get(|| async { "fine" })).route("/healthz", get(|| async { "ok" })).route(
            "/stream",
            get(move || {
                let first = SseEvent { name: "position", data: "{}".into(), id: Some(7) };
                let events = stream::iter([first]);
                let events = events.chain(stream::pending());
                std::future::ready(until_stopped(streams, Connection::default(), RETRY, events))
            }),
        );
    run(router.route("/large", get(|| async { vec![b'x'; LARGE_BYTES] })), config, (phase, shutdown))
}

type Phases = (watch::Sender<Phase>, watch::Receiver<Phase>);

fn run(router: Router, config: Config, (phase, shutdown): Phases) -> Running {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let edge = edge(router, &config);
    let task = tokio::spawn(async move { serve(listener, edge, &config.server, shutdown).await });
    Running { address, phase, task }
}

fn edge(router: Router, config: &Config) -> Edge {
    let purposes =
        [(Method::GET, "/api/v1/seats"), (Method::GET, "/api/v1/seats/large"), (Method::POST, "/api/v1/seats")];
    let health = [(Method::GET, "/healthz".to_owned(), Purpose::Health)];
    let purposes =
        purposes.map(|(method, path)| (method, path.to_owned(), Purpose::Purchase)).into_iter().chain(health);
    let operator_key = OperatorKey::parse("the-operator-of-the-tests").expect("it is long enough");
    let keys = Keys { tokens: Tokens::new(&SigningKey::from_bytes([7; 32])), operator_key };
    Edge::new(router, config, Purposes::new(purposes), keys)
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// What the server says to `bytes` until it closes the connection.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("it reads");
        read_all(&mut stream).await
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("it closes").expect("in order");
    String::from_utf8(answer).expect("answers are text")
}

async fn read_some(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4_096];
    let count = timeout(Duration::from_secs(5), stream.read(&mut answer)).await.expect("it answers").expect("in order");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// More than the system takes at once for a client that does not read.
const LARGE_BYTES: usize = 16 * 1024 * 1024;

const FINE: &[u8] = b"GET /fine HTTP/1.1\r\nhost: localhost\r\n\r\n";

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
async fn a_client_that_has_ended_its_side_gets_its_answers() {
    let late = || async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        "at last"
    };
    let router = Router::new().route("/late", get(late)).route("/fine", get(|| async { "fine" }));
    let router = router.route("/taken", post(|_: Call| async { "taken" }));
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
    let follow = move |Extension(connection): Extension<Connection>| {
        let told = Told(Arc::clone(&told));
        let events = events().map(move |event| {
            let _told = &told;
            event
        });
        std::future::ready(until_stopped(streams.clone(), connection, RETRY, events))
    };
    let mut config = Config::default();
    config.server.request_timeout_seconds = 1;
    (run(Router::new().route("/stream", get(follow)), config, (phase, shutdown)), ended)
}

const FOLLOW: &[u8] = b"GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n";

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
async fn connections_take_over_what_ends_them_when_their_client_is_gone() {
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let client = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
    let (accepted, _) = listener.accept().await.expect("it comes");
    let socket = socket2::SockRef::from(&accepted);
    let is_watched = socket.keepalive().expect("an option") && accepted.nodelay().expect("an option");
    assert!(is_watched);
    let silence = socket.tcp_keepalive_time().expect("an option");
    let asking =
        socket.tcp_keepalive_interval().expect("an option") * socket.tcp_keepalive_retries().expect("an option");
    assert!(silence + asking < Duration::from_secs(60), "{silence:?} and {asking:?}");
    assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(USER_TIMEOUT));
    assert_eq!(socket.tcp_notsent_lowat().expect("an option"), UNSENT_BYTES_MAX);
    drop(client);
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
    let roster = Roster::new(1, ClientLimit { most: 9, loopback: Loopback::Free });
    let shared = Connection::default();
    let (seat, room) = roster.seat(address.ip(), &shared.progress).expect("there is room");
    let _newcomer = roster.seat(address.ip(), &Connection::default().progress).expect("the first leaves");
    client.write_all(FINE).await.expect("it reads");
    stream.readable().await.expect("the request is here");
    let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asks, waits) = (Arc::clone(&asked), Arc::clone(&go_on));
    let fine = move || async move {
        asks.notify_one();
        waits.notified().await;
        "fine"
    };
    let edge = edge(Router::new().route("/fine", get(fine)), &Config::default());
    let patience = Patience { idle: Duration::from_secs(60), request: Duration::from_secs(60) };
    let (_phase, shutdown) = watch::channel(Phase::Serving);
    let serving = tokio::spawn(connection(Accepted { stream, shared, seat, room }, edge, patience, shutdown));
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
