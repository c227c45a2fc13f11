//! What every answer owes to the headers of its request: challenges, problems, caches, codings.

use std::io::Read;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::app::{App, DATE};
use crate::harness::client::{Answer, Call};

const PROBLEM: &str = "application/problem+json";

#[tokio::test]
async fn a_401_says_which_credentials_it_wants() {
    let app = App::start(&[]);
    for path in
        ["/api/v1/token", "/api/v1/seats?date=2030-12-24", "/api/v1/admin/concerts", "/api/v1/admin/events/stream"]
    {
        let answer = app.get(path).await;
        answer.refused(401, "TOKEN_INVALID");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer") && !challenge.contains("error"), "{path}: {challenge}");
        for credentials in ["Bearer wrong", "Bearer", "Basic a2ltOmtpbQ==", "nonsense"] {
            let answer = app.get(path).header("authorization", credentials).await;
            answer.refused(401, "TOKEN_INVALID");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer") && challenge.contains("error=\"invalid_token\""), "{challenge}");
        }
    }
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.leaving(&kim).await.success(200);
    let answer = app.place(&kim).await;
    answer.refused(401, "TOKEN_EXPIRED");
    assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    assert!(app.get("/api/v1/concerts").await.header("www-authenticate").is_none());
}

#[tokio::test]
async fn failures_are_problems_for_those_who_prefer_them() {
    let app = App::start(&[]);
    let problem = |answer: Answer, status: u16, reason: &str| {
        assert_eq!(answer.status, status, "{}", answer.story());
        assert_eq!(answer.header("content-type"), Some(PROBLEM), "{}", answer.story());
        let body = answer.json();
        assert_eq!((&body["status"], &body["reason"]), (&json!(status), &json!(reason)), "{body}");
        for field in ["type", "title", "detail", "instance"] {
            assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {body}");
        }
        assert!(body.get("result").is_none() && body.get("body").is_none(), "{body}");
        body
    };
    problem(app.get("/nothing").header("accept", PROBLEM).await, 404, "NOT_FOUND");
    let wrong_method = app.client.call("PUT", "/api/v1/users").header("accept", PROBLEM).await;
    assert_eq!(wrong_method.header("allow"), Some("POST"));
    problem(wrong_method, 405, "METHOD_NOT_ALLOWED");
    let typed = app.post("/api/v1/users").text("{}").header("content-type", "text/plain");
    problem(typed.header("accept", PROBLEM).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    let long = app.post("/api/v1/users").text(vec![b' '; 64 * 1024 + 1]).header("accept", PROBLEM).await;
    problem(long, 413, "BODY_TOO_LARGE");
    problem(app.get("/api/v1/token").header("accept", PROBLEM).await, 401, "TOKEN_INVALID");
    let body = problem(
        app.post("/api/v1/users").json(json!({"username": 7})).header("accept", PROBLEM).await,
        400,
        "INVALID_REQUEST",
    );
    assert_eq!((&body["field"], &body["instance"]), (&json!("username"), &json!("/api/v1/users")));
    for accept in [
        "application/json, application/problem+json",
        "application/problem+json;q=0.9, application/json;q=0.8",
        "text/html, application/problem+json;q=0.2, */*;q=0.1",
    ] {
        problem(app.get("/nothing").header("accept", accept).await, 404, "NOT_FOUND");
    }
    for accept in ["*/*", "application/json", "application/json, application/problem+json;q=0.5", "text/html", "junk"] {
        app.get("/nothing").header("accept", accept).await.refused(404, "NOT_FOUND");
    }
    // A success has one form.
    app.post("/api/v1/users").json(json!({"username": "kim"})).header("accept", PROBLEM).await.success(201);
}

#[tokio::test]
async fn what_is_personal_is_kept_by_nobody_and_types_are_not_guessed() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let user = &kim.user;
    let operators = |path: &str| app.operator("GET", path);
    let personal = [
        app.place(&kim),
        app.get(&format!("/api/v1/users/{user}/balance")),
        app.get(&format!("/api/v1/users/{user}/ledger")),
        app.reservations(user, "spring"),
        app.get("/api/v1/seats/dates").bearer(&kim.token),
        operators("/api/v1/admin/concerts"),
        operators("/api/v1/admin/events"),
        operators(&format!("/api/v1/admin/users/{user}")),
        app.get("/nothing"),
        app.joining(user, "spring"),
    ];
    for call in personal {
        let answer = call.await;
        assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{}", answer.story());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{}", answer.story());
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{}", answer.story());
    }
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await;
    assert_eq!(map.header("cache-control"), Some("private, no-cache"));
    for path in ["/api/v1/concerts", "/api/v1/concerts/spring", "/openapi.json", "/docs", "/docs/swagger-ui.css"] {
        let answer = app.get(path).await;
        let cache = answer.header("cache-control").unwrap();
        assert!(!cache.contains("no-store") && !cache.contains("private"), "{path}: {cache}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    // Also where there was no request that could be read.
    let mut socket = TcpStream::connect(app.process.address).await.unwrap();
    socket.write_all(b"\x01\x02 nonsense\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
    assert!(text.contains("\r\nx-content-type-options: nosniff\r\n"), "{text}");
    assert!(text.contains("\r\nreferrer-policy: same-origin\r\n"), "{text}");
    assert!(text.contains("\r\ncache-control: private, no-store\r\n"), "{text}");
}

#[tokio::test]
async fn the_front_door_leads_to_the_description_also_below_another_path() {
    let app = App::start(&[]);
    let answer = app.get("/").await;
    assert!(matches!(answer.status, 302 | 303 | 307), "{}", answer.story());
    assert_eq!(answer.header("location"), Some("./docs"));
    for (path, base) in [("/docs", "docs/"), ("/docs/", "./")] {
        let answer = app.get(path).await;
        let page = String::from_utf8(answer.bytes.to_vec()).unwrap();
        assert!(page.contains(&format!("<base href=\"{base}\">")), "{page}");
        assert!(!page.contains("=\"/"), "no address starts at the root: {page}");
    }
    let script = app.get("/docs/swagger-initializer.js").await;
    let script = String::from_utf8(script.bytes.to_vec()).unwrap();
    assert!(script.contains("../openapi.json") && !script.contains("\"/openapi.json"), "{script}");
}

/// The text of an answer, whatever it is coded in.
fn decoded(answer: &Answer) -> Vec<u8> {
    let mut text = Vec::new();
    match answer.header("content-encoding") {
        None => text.extend_from_slice(&answer.bytes),
        Some("gzip") => drop(flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_end(&mut text).unwrap()),
        Some("zstd") => text = zstd::decode_all(&answer.bytes[..]).unwrap(),
        Some(other) => panic!("coded in {other}"),
    }
    text
}

fn accepting(call: Call, codings: &str) -> Call {
    call.header("accept-encoding", codings)
}

#[tokio::test]
async fn large_answers_are_compressed_as_the_client_takes_them() {
    let app = App::start(&[]);
    for number in 0..12 {
        let fields = json!({"title": format!("Concert number {number}"), "description": "A long evening. ".repeat(30)});
        app.concert(&format!("concert-{number}"), fields).await;
    }
    let paths = ["/api/v1/concerts", "/openapi.json", "/metrics", "/docs/swagger-ui-bundle.js"];
    for path in paths {
        let plain = app.get(path).await;
        assert_eq!(plain.header("content-encoding"), None);
        for (codings, expected) in [
            ("gzip", Some("gzip")),
            ("zstd", Some("zstd")),
            ("gzip;q=0.5, zstd;q=0.4, br", Some("gzip")),
            ("gzip, identity;q=0", Some("gzip")),
            ("*;q=0.5", Some("zstd")),
            ("br, deflate", None),
            ("gzip;q=0", None),
            ("identity", None),
        ] {
            let answer = accepting(app.get(path), codings).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-encoding"), expected, "{path}, {codings}");
            assert!(answer.header("vary").is_some_and(|vary| vary.eq_ignore_ascii_case("accept-encoding")), "{path}");
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            if expected.is_some() {
                assert!(answer.bytes.len() < plain.bytes.len() / 2, "{path}, {codings}");
            }
            if path != "/metrics" {
                assert_eq!(decoded(&answer), plain.bytes, "{path}, {codings}");
            }
        }
    }
    // Small ones are not worth it, and one with a secret never is.
    let kim = app.user("kim").await;
    for call in [app.get("/healthz"), app.get(&format!("/api/v1/users/{kim}/balance")), app.get("/nothing")] {
        let answer = accepting(call, "gzip, zstd").await;
        assert_eq!(answer.header("content-encoding"), None, "{}", answer.story());
    }
    let joined = accepting(app.joining(&kim, "concert-1"), "gzip, identity;q=0").await;
    assert_eq!(joined.header("content-encoding"), None);
    joined.success(201);
}

#[tokio::test]
async fn conditions_name_the_tag_of_either_form() {
    let app = App::start(&[]);
    let dates = json!({"dates": [{"date": DATE, "seats": 200, "price": 5000}]});
    app.concert("spring", dates).await;
    let kim = app.guest("kim", "spring").await;
    let map = || app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token);
    let plain = map().await;
    let coded = accepting(map(), "gzip").await;
    assert_eq!(coded.header("content-encoding"), Some("gzip"));
    assert_eq!(decoded(&coded), plain.bytes);
    let (plain_tag, coded_tag) = (plain.header("etag").unwrap(), coded.header("etag").unwrap());
    assert_ne!(plain_tag, coded_tag, "other bytes, another strong tag");
    for tag in [plain_tag, coded_tag] {
        let again = accepting(map().header("if-none-match", tag), "gzip").await;
        assert_eq!((again.status, again.bytes.len()), (304, 0));
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(map().header("if-none-match", tag).await.status, 304);
    }
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!(accepting(map().header("if-none-match", coded_tag), "gzip").await.status, 200);

    let document = accepting(app.get("/openapi.json"), "zstd").await;
    let tag = document.header("etag").unwrap();
    let again = accepting(app.get("/openapi.json").header("if-none-match", tag), "zstd").await;
    assert_eq!((again.status, again.header("etag")), (304, Some(tag)));
}

#[tokio::test]
async fn a_stream_is_never_compressed() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut socket = TcpStream::connect(app.process.address).await.unwrap();
    let address = app.process.address;
    let head = format!(
        "GET /api/v1/token/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nAccept-Encoding: gzip, \
         zstd, identity;q=0\r\n\r\n",
        kim.token
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut piece = [0; 4096];
    while !text.contains("\"ACTIVE\"") {
        let count = socket.read(&mut piece).await.unwrap();
        assert!(count > 0, "the stream ended: {text}");
        text.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    let head = text.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    assert!(!head.contains("content-encoding"), "{head}");
    assert!(head.contains("cache-control: private, no-store") && head.contains("nosniff"), "{head}");
}

#[tokio::test]
async fn metrics_tell_of_build_and_process_and_forget_closed_concerts() {
    let app = App::start(&[]);
    for name in ["spring", "autumn"] {
        app.concert(name, json!({})).await;
    }
    let read = async || String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    let text = read().await;
    for expected in [
        concat!("jari_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "jari_uptime_seconds ",
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "process_open_fds ",
        "process_start_time_seconds ",
        "concert=\"spring\"",
    ] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    let closing: Value = json!({"status": "closed"});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(closing).await.success(200);
    let text = read().await;
    assert!(!text.contains("concert=\"spring\"") && text.contains("concert=\"autumn\""), "{text}");
}

#[tokio::test]
async fn metrics_are_for_the_operator_where_others_can_reach_them() {
    let port = free_port();
    let elsewhere = |settings: &[&str]| {
        let mut all = vec!["server.listen=0.0.0.0:0".to_owned()];
        all.extend(settings.iter().map(|&setting| setting.to_owned()));
        all
    };
    let own = format!("metrics.listen=127.0.0.1:{port}");
    for (settings, is_open) in [(vec![], false), (vec!["metrics.open=true"], true), (vec![own.as_str()], false)] {
        let app = App::start_elsewhere(&elsewhere(&settings));
        let answer = app.get("/metrics").await;
        if is_open {
            assert_eq!(answer.status, 200);
        } else {
            answer.refused(401, "TOKEN_INVALID");
            app.get("/metrics").bearer("wrong").await.refused(401, "TOKEN_INVALID");
            assert_eq!(app.operator("GET", "/metrics").await.status, 200);
        }
        if !settings.is_empty() && !is_open {
            let client = crate::harness::client::Client::new(([127, 0, 0, 1], port).into());
            for path in ["/metrics", "/healthz", "/readyz"] {
                assert_eq!(client.call("GET", path).await.status, 200, "{path}");
            }
            client.call("GET", "/api/v1/concerts").await.refused(404, "NOT_FOUND");
        }
        app.stop_and_verify();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
