//! What the door reads of a request, and when it knows that one begins.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::get;

use super::{Arrival, Door, Standing};
use crate::config::Config;
use crate::http::Edge;
use crate::http::turn::Turn;

const BODY: &[u8] = b"{\"userId\":1}";

/// Method, path and id that the door reads of `bytes`.
fn read(bytes: &[u8]) -> Option<(Method, String, Option<String>)> {
    let Arrival { method, path, id } = Arrival::read(bytes)?;
    Some((method, path.to_owned(), id.map(|id| String::from_utf8_lossy(id).into_owned())))
}

#[test]
fn one_whole_request_of_the_plain_kind_is_read() {
    let post = Method::POST;
    for (head, method, path, id) in [
        ("POST /api/v1/token HTTP/1.1\r\nhost: x\r\nContent-Length: 12\r\n\r\n", &post, "/api/v1/token", None),
        ("POST /t HTTP/1.1\r\ncontent-length: 12\r\nX-Request-ID: seven\r\n\r\n", &post, "/t", Some("seven")),
        ("POST /t?a=b?c HTTP/1.1\r\nconnection: Keep-Alive\r\ncontent-length: 12\r\n\r\n", &post, "/t", None),
        ("DELETE /t HTTP/1.1\r\ncontent-length: 012\r\n\r\n", &Method::DELETE, "/t", None),
    ] {
        let expected = Some((method.clone(), path.to_owned(), id.map(str::to_owned)));
        assert_eq!(read(&[head.as_bytes(), BODY].concat()), expected, "{head}");
    }
    assert_eq!(read(b"GET / HTTP/1.1\r\n\r\n"), Some((Method::GET, "/".to_owned(), None)));
}

#[test]
fn everything_else_goes_on_to_the_library() {
    let whole = [&b"POST /t HTTP/1.1\r\ncontent-length: 12\r\n\r\n"[..], BODY].concat();
    assert!(read(&whole).is_some());
    for cut in 0..whole.len() {
        assert_eq!(read(&whole[..cut]), None, "cut after {cut} bytes");
    }
    assert_eq!(read(&[&whole[..], b"G"].concat()), None, "the beginning of another");
    assert_eq!(read(&[&whole[..], &whole].concat()), None, "two");
    let many = "a: b\r\n".repeat(40);
    for head in [
        "HEAD /t HTTP/1.1\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\n\r\n",
        "GET http://x/t HTTP/1.1\r\n\r\n",
        "GET /t#part HTTP/1.1\r\n\r\n",
        "GET /t HTTP/1.0\r\n\r\n",
        "GET /t HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /t HTTP/1.1\r\nexpect: 100-continue\r\n\r\n",
        "GET /t HTTP/1.1\r\nupgrade: websocket\r\n\r\n",
        "GET /t HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
        "GET /t HTTP/1.1\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
        "GET /t HTTP/1.1\r\ncontent-length: +0\r\n\r\n",
        "GET /t HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "GET /t HTTP/1.1\r\ncontent-length: 18446744073709551615\r\n\r\n",
        "GET /t HTTP/1.1\r\nno colon\r\n\r\n",
        &format!("GET /t HTTP/1.1\r\n{many}\r\n"),
        "garbage\r\n\r\n",
        "",
    ] {
        assert_eq!(read(head.as_bytes()), None, "{head}");
    }
}

fn door() -> (Door, Turn) {
    let turn = Turn::new();
    (Door::new(Edge::new(Router::new(), &Config::default()), turn.clone()), turn)
}

/// One exchange whose request reaches the library in `pieces` and tells of `body_bytes`.
fn exchange(door: &mut Door, turn: &Turn, pieces: &[&[u8]], body_bytes: Option<u64>) {
    pieces.iter().for_each(|piece| door.passed(piece));
    door.written();
    assert_ne!(door.standing, Standing::Between, "it is not answered");
    turn.take(body_bytes);
    door.written();
    assert_ne!(door.standing, Standing::Between, "it is not answered");
    let answer = turn.pass_with(Body::from("an answer"));
    door.written();
    assert_ne!(door.standing, Standing::Between, "some of the answer is still to come");
    drop(answer);
    door.written();
}

#[test]
fn a_request_begins_once_the_one_before_is_answered_to_the_last_byte() {
    let (mut door, turn) = door();
    for _ in 0..3 {
        exchange(&mut door, &turn, &[b"GET / HTTP/1.1\r\n\r\n"], Some(0));
        assert_eq!(door.standing, Standing::Between);
        exchange(&mut door, &turn, &[b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n", b"he", b"llo"], Some(5));
        assert_eq!(door.standing, Standing::Between);
    }
}

#[test]
fn where_a_request_begins_is_not_known_any_more_when_the_library_may_have_some_of_the_next() {
    for (pieces, body_bytes) in [
        (&[&b"GET / HT"[..], b"TP/1.1\r\n\r\n"][..], Some(0)),
        (&[b"GET / HTTP/1.1\r\n\r\nGET"], Some(0)),
        (&[b"GET / HTTP/1.1\r\n\r\n", b"GET"], Some(0)),
        (&[b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhe"], Some(5)),
        (&[b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"], None),
        // The library also takes lines that end in another way, so that a head may end before the first empty line.
        (&[b"GET / HTTP/1.1\n\n"], Some(0)),
        (&[b"GET / HTTP/1.1\na: b\n\nGET / HTTP/1.1\r\n\r\n"], Some(0)),
        (&[b"GET / HTTP/1.1\r\na: b\n\r\nGET / HTTP/1.1\r\n\r\n"], Some(0)),
        (&[b"GET / HTTP/1.1\r\na: b\r\n\nGET / HTTP/1.1\r\n\r\n"], Some(0)),
        (&[b"\r\n\r\nPOST / HTTP/1.1\r\ncontent-length: 40\r\n\r\n"], Some(40)),
        (&[b"POST / HTTP/1.1\r\ncontent-length: 18446744073709551613\r\n\r\n"], Some(u64::MAX - 2)),
    ] {
        let (mut door, turn) = door();
        exchange(&mut door, &turn, pieces, body_bytes);
        assert_eq!(door.standing, Standing::Lost, "{pieces:?}");
        exchange(&mut door, &turn, &[b"GET / HTTP/1.1\r\n\r\n"], Some(0));
        assert_eq!(door.standing, Standing::Lost, "for good");
    }
}

#[test]
fn the_length_of_another_request_is_not_taken_for_that_of_the_first() {
    let (mut door, turn) = door();
    door.passed(b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello");
    turn.take(Some(5));
    drop(turn.pass_with(Body::from("an answer")));
    turn.take(Some(5));
    door.written();
    assert_eq!(door.standing, Standing::Lost);
}

#[tokio::test]
async fn only_arrivals_are_refused_and_only_while_there_are_too_many() {
    let mut config = Config::default();
    config.limits.in_flight = 1;
    let slow = || async { std::future::pending::<String>().await };
    let edge = Edge::new(Router::new().route("/slow", get(slow)), &config);
    let door = Door::new(edge.clone(), Turn::new());
    let token = b"POST /api/v1/token HTTP/1.1\r\nx-request-id: seven\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(door.refuse(token), None, "there is room");
    let under_way = tokio::spawn(async move {
        edge.answer(Request::get("/slow").body(Body::empty()).expect("a request")).await;
    });
    tokio::task::yield_now().await;
    let refusal = String::from_utf8(door.refuse(token).expect("it is too much")).expect("answers are text");
    assert!(refusal.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{refusal}");
    let (head, body) = refusal.split_once("\r\n\r\n").expect("a head and a body");
    for line in ["content-type: application/json", "retry-after: 1", "x-request-id: seven"] {
        assert!(head.lines().any(|found| found == line), "{line} is not in {head}");
    }
    assert!(head.contains(&format!("content-length: {}", body.len())), "{refusal}");
    assert!(body.contains("\"reason\":\"OVERLOADED\""), "{body}");
    for path in ["/api/v1/seats/reserve", "/api/v1/admin/concerts", "/healthz", "/metrics"] {
        assert_eq!(door.refuse(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes()), None, "{path}");
    }
    under_way.abort();
}
