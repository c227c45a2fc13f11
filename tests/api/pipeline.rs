//! The pipeline: what every answer carries, and the failures of the framework in the one envelope.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::app::{App, eventually};
use crate::shape::assert_invalid;

const BODY_MAX: usize = 64 * 1024;

/// Every path of the contract with the methods that it takes.
const ROUTES: &[(&str, &[&str])] = &[
    ("/api/v1/users", &["POST"]),
    ("/api/v1/token", &["GET", "POST", "DELETE"]),
    ("/api/v1/token/events", &["GET"]),
    ("/api/v1/concerts", &["GET"]),
    ("/api/v1/concerts/x", &["GET"]),
    ("/api/v1/concerts/x/availability", &["GET"]),
    ("/api/v1/concerts/x/reservations", &["GET"]),
    ("/api/v1/seats/dates", &["GET"]),
    ("/api/v1/seats/available", &["GET"]),
    ("/api/v1/seats", &["GET"]),
    ("/api/v1/seats/reserve", &["POST"]),
    ("/api/v1/seats/cancel", &["DELETE"]),
    ("/api/v1/seats/payment", &["POST"]),
    ("/api/v1/users/11111111-2222-4333-8444-555555555555/balance/charge", &["POST"]),
    ("/api/v1/users/11111111-2222-4333-8444-555555555555/balance", &["GET"]),
    ("/api/v1/users/11111111-2222-4333-8444-555555555555/ledger", &["GET"]),
    ("/api/v1/users/11111111-2222-4333-8444-555555555555/payments", &["GET"]),
    ("/api/v1/payments/11111111-2222-4333-8444-555555555555/refund", &["POST"]),
    ("/api/v1/admin/concerts", &["GET", "POST"]),
    ("/api/v1/admin/concerts/x", &["GET", "PATCH", "DELETE"]),
    ("/api/v1/admin/concerts/x/queue", &["GET", "PUT"]),
    ("/api/v1/admin/concerts/x/stats", &["GET"]),
    ("/api/v1/admin/concerts/x/stats/series", &["GET"]),
    ("/api/v1/admin/concerts/x/stats/stream", &["GET"]),
    ("/api/v1/admin/concerts/x/dates/2030-12-24/seats/1", &["GET"]),
    ("/api/v1/admin/payments", &["GET"]),
    ("/api/v1/admin/tickets", &["GET"]),
    ("/api/v1/admin/users", &["GET"]),
    ("/api/v1/admin/users/11111111-2222-4333-8444-555555555555", &["GET", "PATCH", "DELETE"]),
    ("/api/v1/admin/events", &["GET"]),
    ("/api/v1/admin/events/stream", &["GET"]),
    ("/healthz", &["GET"]),
    ("/readyz", &["GET"]),
    ("/metrics", &["GET"]),
    ("/openapi.json", &["GET"]),
];

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let app = App::start(&[]);
    for path in ["/api/v1/nothing", "/nothing", "/api/v2/token", "/api/v1/seats/5", "/api/v1/token/"] {
        app.get(path).await.refused(404, "NOT_FOUND");
        app.post(path).text("{").bearer("x").await.refused(404, "NOT_FOUND");
        app.post(path).text(vec![b' '; BODY_MAX + 1]).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_allowed_ones() {
    let app = App::start(&[]);
    for (path, allowed) in ROUTES {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = app.client.call(method, path).await;
            answer.refused(405, "METHOD_NOT_ALLOWED");
            let named = answer.header("allow").unwrap_or_default();
            let named: Vec<_> = named.split(',').map(str::trim).filter(|&name| name != "HEAD").collect();
            assert!(
                named.len() == allowed.len() && named.iter().all(|name| allowed.contains(name)),
                "{path}: {named:?} where {allowed:?} are allowed"
            );
        }
    }
    // The method is judged before the size and the token.
    app.client
        .call("PUT", "/api/v1/seats/reserve")
        .text(vec![b' '; BODY_MAX + 1])
        .await
        .refused(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let app = App::start(&[]);
    app.post("/api/v1/users").text(vec![b' '; BODY_MAX + 1]).await.refused(413, "BODY_TOO_LARGE");
    app.post("/api/v1/users").text(vec![b'x'; 10 * BODY_MAX]).await.refused(413, "BODY_TOO_LARGE");
    let mut whole = br#"{"username":"kim"}"#.to_vec();
    whole.resize(BODY_MAX, b' ');
    app.post("/api/v1/users").text(whole).await.success(201);
    // The size is judged before the token and the media type.
    let call = app.post("/api/v1/seats/reserve").text(vec![b' '; BODY_MAX + 1]);
    call.header("content-type", "text/plain").await.refused(413, "BODY_TOO_LARGE");

    // Sent in chunks, the size shows only while reading.
    for path in ["/api/v1/users", "/api/v1/seats/reserve"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let chunk = format!("{:x}\r\n{}\r\n", BODY_MAX + 1, " ".repeat(BODY_MAX + 1));
        let (status, body) = exchange(app.process.address, &[head.as_bytes(), chunk.as_bytes(), b"0\r\n\r\n"]).await;
        assert_eq!((status, &body["body"]["reason"]), (413, &json!("BODY_TOO_LARGE")), "{path}");
        // One that never ends is too large as well, and not slow.
        let (status, body) = exchange(app.process.address, &[head.as_bytes(), chunk.as_bytes()]).await;
        assert_eq!((status, &body["body"]["reason"]), (413, &json!("BODY_TOO_LARGE")), "{path}");
    }
}

#[tokio::test]
async fn a_body_is_json() {
    let app = App::start(&[]);
    let users = "/api/v1/users";
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", "multipart/form-data"] {
        let answer = app.post(users).text(r#"{"username":"kim"}"#).header("content-type", kind).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for (kind, name) in [("application/json; charset=utf-8", "kim"), ("Application/JSON", "lee")] {
        app.post(users).json(json!({ "username": name })).header("content-type", kind).await.success(201);
    }
    for body in
        ["{", "", "{\"username\":\"a\"", "{\"username\":\"a\"}}", "{'username':'a'}", "{\"username\":\"a\",}", "nul"]
    {
        app.post(users).text(body).await.refused(400, "INVALID_REQUEST");
    }
    app.post(users).text(b"{\"username\":\"\xff\"}".to_vec()).await.refused(400, "INVALID_REQUEST");
    for body in ["[]", "\"kim\"", "7", "null", "[{\"username\":\"kim\"}]"] {
        app.post(users).text(body).await.refused(400, "INVALID_REQUEST");
    }
    let deep = format!("{{\"username\":\"deep\",\"more\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let answer = app.post(users).text(deep).await;
    assert!(matches!(answer.status, 201 | 400), "{}", answer.story());
    app.get("/healthz").await;
}

#[tokio::test]
async fn a_slow_request_is_given_up() {
    let app = App::start(&["server.request_timeout_seconds=1"]);
    let head =
        b"POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"u";
    let (status, body) = exchange(app.process.address, &[head]).await;
    assert_eq!((status, &body["body"]["reason"]), (408, &json!("REQUEST_TIMEOUT")));
    assert_eq!((&body["result"], &body["body"]["code"]), (&json!("error"), &json!(408)));

    // A head that never ends does not hold its connection for ever.
    let mut socket = TcpStream::connect(app.process.address).await.unwrap();
    socket.write_all(b"GET /healthz HTT").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut rest))
        .await
        .expect("the connection is ended")
        .ok();
}

#[tokio::test]
async fn overload_is_refused_before_any_work() {
    let app = App::start(&["limits.in_flight=1"]);
    // One request at a time is never refused.
    for number in 0..20 {
        app.user(&format!("alone-{number}")).await;
    }
    let refused = eventually("overload", async || {
        let storm: JoinSet<_> = (0..64).map(|_| app.post("/api/v1/users").text("{").into_future()).collect();
        storm.join_all().await.into_iter().find(|answer| answer.status == 503)
    });
    refused.await.refused(503, "OVERLOADED");
    app.post("/api/v1/users").text("{").await.refused(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn bodies_that_trickle_in_keep_nobody_out() {
    let app = App::start(&["limits.in_flight=4", "server.request_timeout_seconds=60"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut sockets = Vec::new();
    for path in ["/api/v1/users", "/api/v1/seatsXYZ", "/api/v1/seats/reserve", "/api/v1/admin/concerts"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
            app.process.address
        );
        for _ in 0..32 {
            let mut socket = TcpStream::connect(app.process.address).await.unwrap();
            socket.write_all(head.as_bytes()).await.unwrap();
            sockets.push(socket);
        }
    }
    // The server has read all of them once it has answered on a connection behind them.
    for number in 0..20 {
        app.user(&format!("guest-{number}")).await;
        app.place(&kim).await.success(200);
        app.operator("GET", "/api/v1/admin/concerts").await.success(200);
    }
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    drop(sockets);
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let app = App::start(&[]);
    let longest = "r".repeat(128);
    for sane in ["7", "trace-1.a_B", longest.as_str()] {
        for path in ["/healthz", "/nothing", "/api/v1/concerts", "/api/v1/token", "/metrics"] {
            let answer = app.get(path).header("x-request-id", sane).await;
            assert_eq!(answer.header("x-request-id"), Some(sane), "{path}");
        }
    }
    let too_long = "r".repeat(129);
    let answer = app.get("/api/v1/concerts").header("x-request-id", &too_long).await;
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty() && id.len() <= 128 && id != too_long));
    let (one, two) = (app.get("/healthz").await, app.get("/healthz").await);
    assert_ne!(one.header("x-request-id").unwrap(), two.header("x-request-id").unwrap());
}

#[tokio::test]
async fn a_malformed_query_is_refused() {
    let app = App::start(&[]);
    assert_invalid(&app.get("/api/v1/concerts?limit=1e1").await, &["limit"]);
    assert_invalid(&app.get("/api/v1/concerts?limit=99999999999999999999").await, &["limit"]);
    assert_invalid(&app.get("/api/v1/concerts?cursor=%00%FF").await, &["cursor", "query"]);
    app.get("/api/v1/concerts?unknown=7").await.success(200);
    assert_invalid(&app.get("/api/v1/concerts?limit=%zz").await, &["limit", "query"]);
    assert_invalid(&app.get("/api/v1/concerts?limit=1&limit=2").await, &["limit", "query"]);
    assert_invalid(&app.get("/api/v1/concerts/%FF").await, &["concertId"]);
    assert_invalid(&app.get("/api/v1/users/%FF/balance").await, &["userId"]);
    assert_invalid(&app.get("/api/v1/concerts/spring/reservations?userId=%FF").await, &["userId", "query"]);
}

#[tokio::test]
async fn the_protocol_is_kept() {
    let app = App::start(&[]);
    let head = app.client.call("HEAD", "/api/v1/concerts").await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    app.client.call("OPTIONS", "/api/v1/users").await.refused(405, "METHOD_NOT_ALLOWED");
    let long = "h".repeat(100_000);
    let answer = app.get("/healthz").header("x-long", &long).attempt().await;
    // Too long a head is refused, or its connection ended; the server goes on.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status / 100 == 4));
    assert_eq!(app.get("/healthz").await.status, 200);
}

/// Writes the parts of a request as they stand and reads the status and the JSON body of the answer.
pub(crate) async fn exchange(address: SocketAddr, parts: &[&[u8]]) -> (u16, Value) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    for part in parts {
        // A server that has seen enough may answer and close before it has read all.
        socket.write_all(part).await.ok();
    }
    let mut bytes = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        while !answer_is_whole(&bytes) {
            match socket.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("no answer to a raw request");
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    assert!(head.to_ascii_lowercase().contains("\r\nx-request-id: "), "{head}");
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
}

/// Error answers are small and carry their length.
fn answer_is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.trim().parse().unwrap())
}
