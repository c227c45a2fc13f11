//! Connections while arrivals are refused: each request gets one answer, in the order of the requests.

use super::*;
use crate::domain::{ConcertId, ConcertNo, PlaceRef, Sequence, Timestamp, UserId, WallOffset};
use crate::identity::Signing;

/// A server with one request under way that ends with the notice, so that all further arrivals are too many.
async fn crowded() -> (Running, Arc<Notify>, TcpStream) {
    let notice = Arc::new(Notify::new());
    let waits = Arc::clone(&notice);
    let wait = move || {
        let waits = Arc::clone(&waits);
        async move {
            waits.notified().await;
            "at last"
        }
    };
    let router = Router::new()
        .route("/wait", get(wait))
        .route("/api/v1/token", post(|| async { "come in" }))
        .route("/api/v1/seats", get(|| async { "the map" }).post(|request: Request| std::future::ready(request.body)))
        .route("/api/v1/seats/large", get(|| async { vec![b'x'; LARGE_BYTES] }));
    let mut config = Config::default();
    config.limits.in_flight = 1;
    let server = run(router, config, watch::channel(Phase::Serving));
    let mut waiting = server.connect().await;
    waiting.write_all(b"GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it reads");
    // It is under way once another is refused.
    loop {
        let answer = ask(&mut server.connect().await, ARRIVAL).await;
        if answer.starts_with("HTTP/1.1 503 ") {
            return (server, notice, waiting);
        }
    }
}

const ARRIVAL: &[u8] = b"POST /api/v1/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}";

/// A request of somebody who was let in.
fn purchase(line: &str, body: &str) -> Vec<u8> {
    let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: UserId(1) };
    let concert = ConcertId::parse("spring").expect("an id");
    let token = Tokens::new(&SigningKey::from_bytes([7; 32])).sign(
        place_ref,
        &concert,
        Signing { now: Timestamp(0), opens_at: None, offset: WallOffset(0) },
    );
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn map() -> Vec<u8> {
    purchase("GET /api/v1/seats", "")
}

fn large() -> Vec<u8> {
    purchase("GET /api/v1/seats/large", "")
}

/// One answer to `request`.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> String {
    stream.write_all(request).await.expect("it reads");
    answer(stream).await
}

/// The next answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(Duration::from_secs(5), stream.read_u8()).await.expect("it answers").expect("in order"));
    }
    let head = String::from_utf8(head).expect("heads are text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    timeout(Duration::from_secs(5), stream.read_exact(&mut body)).await.expect("it goes on").expect("in order");
    head + &String::from_utf8(body).expect("bodies are text")
}

#[track_caller]
fn assert_refused(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"reason\":\"OVERLOADED\""), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n") && answer.contains("\r\nx-request-id: "), "{answer}");
}

#[tokio::test]
async fn refusals_and_answers_take_turns_on_a_connection() {
    let (server, notice, mut waiting) = crowded().await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        assert_refused(&ask(&mut stream, ARRIVAL).await);
        assert_refused(&ask(&mut stream, ARRIVAL).await);
        assert!(ask(&mut stream, &map()).await.ends_with("the map"));
        assert!(ask(&mut stream, &purchase("POST /api/v1/seats", "hello")).await.ends_with("hello"));
    }
    notice.notify_one();
    assert!(answer(&mut waiting).await.ends_with("at last"));
    assert!(ask(&mut stream, ARRIVAL).await.ends_with("come in"), "there is room again");
}

#[tokio::test]
async fn requests_in_pieces_and_on_top_of_each_other_are_refused_in_their_order() {
    let (server, notice, mut waiting) = crowded().await;
    // A head in two pieces, the second after the server had time to read the first; nothing rests on whether it did.
    let mut stream = server.connect().await;
    stream.write_all(&ARRIVAL[..20]).await.expect("it reads");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_refused(&ask(&mut stream, &ARRIVAL[20..]).await);
    assert_refused(&ask(&mut stream, ARRIVAL).await);
    // Three at once.
    let mut stream = server.connect().await;
    stream.write_all(&[&map(), ARRIVAL, &map()].concat()).await.expect("it reads");
    assert!(answer(&mut stream).await.ends_with("the map"));
    assert_refused(&answer(&mut stream).await);
    assert!(answer(&mut stream).await.ends_with("the map"));
    // One behind a request that is under way: nothing is said before its turn.
    waiting.write_all(ARRIVAL).await.expect("it reads");
    let early = timeout(Duration::from_millis(100), waiting.read_u8()).await;
    assert!(early.is_err(), "the first is not answered yet");
    notice.notify_one();
    assert!(answer(&mut waiting).await.ends_with("at last"));
    assert!(answer(&mut waiting).await.ends_with("come in"), "there is room again");
}

#[tokio::test]
async fn nothing_is_said_into_a_large_answer() {
    let (server, _notice, _waiting) = crowded().await;
    let mut stream = server.connect().await;
    stream.write_all(&large()).await.expect("it reads");
    // The answer is too large for the system to take at once, so it is under way when its head is here.
    let mut first = [0];
    stream.peek(&mut first).await.expect("it answers");
    stream.write_all(ARRIVAL).await.expect("it reads");
    let large = answer(&mut stream).await;
    let (_, body) = large.split_once("\r\n\r\n").expect("a head and a body");
    assert!(body.len() == LARGE_BYTES && body.bytes().all(|byte| byte == b'x'), "nothing else is in it");
    assert_refused(&answer(&mut stream).await);
}
