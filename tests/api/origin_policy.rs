//! By which names the server is asked, and from which pages: `Host`, `Origin`, CORS.

use serde_json::json;

use crate::harness::app::{App, DATE};
use crate::harness::client::{Answer, Call};
use crate::pipeline::exchange;

/// Status and reason of the answer to a request with these lines between the first one and the body.
async fn asked(app: &App, first: &str, lines: &str) -> (u16, String) {
    let request = format!("{first}\r\n{lines}Connection: close\r\n\r\n");
    let (status, body) = exchange(app.process.address, &[request.as_bytes()]).await;
    (status, body["body"]["reason"].as_str().unwrap_or("none").to_owned())
}

async fn hosted(app: &App, lines: &str) -> (u16, String) {
    asked(app, "GET /api/v1/concerts HTTP/1.1", lines).await
}

fn expected(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

#[tokio::test]
async fn a_request_names_its_server_once_and_well() {
    let app = App::start(&[]);
    for lines in [
        "",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host:\r\n",
        "Host: a b\r\n",
        "Host: localhost:http\r\n",
        "Host: localhost:65536\r\n",
        "Host: http://localhost\r\n",
        "Host: localhost/\r\n",
        "Host: user@localhost\r\n",
        "Host: ::1\r\n",
        "Host: [::1\r\n",
        "Host: localhost, localhost\r\n",
    ] {
        assert_eq!(hosted(&app, lines).await, expected(400, "INVALID_REQUEST"), "{lines:?}");
    }
    // Older clients name none; a whole URL names its own.
    assert_eq!(asked(&app, "GET /api/v1/concerts HTTP/1.0", "").await.0, 200);
    let target = "GET http://localhost/api/v1/concerts HTTP/1.1";
    assert_eq!(asked(&app, target, "Host: localhost\r\n").await.0, 200);
    assert_eq!(asked(&app, target, "").await, expected(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn on_loopback_only_own_names_are_answered() {
    let app = App::start(&["server.public_url=https://Tickets.example.com/shop"]);
    let port = app.process.address.port();
    for own in [
        "localhost",
        "LOCALHOST.",
        "shop.localhost",
        "127.0.0.1",
        "127.5.5.5:1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "tickets.example.com",
        "TICKETS.example.com.:8443",
        &format!("localhost:{port}"),
    ] {
        assert_eq!(hosted(&app, &format!("Host: {own}\r\n")).await.0, 200, "{own}");
    }
    for foreign in ["evil.example", "localhost.evil.example", "example.com", "0.0.0.0", "192.168.0.1", "127.1", "[::]"]
    {
        assert_eq!(hosted(&app, &format!("Host: {foreign}\r\n")).await, expected(421, "MISDIRECTED"), "{foreign}");
    }
    // A whole URL in the first line counts more than the header.
    let target = "GET http://evil.example/api/v1/concerts HTTP/1.1";
    assert_eq!(asked(&app, target, "Host: localhost\r\n").await, expected(421, "MISDIRECTED"));
    // Health, pages and unknown paths too, and the refusal names the setting.
    for path in ["/healthz", "/docs", "/nothing"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example:80\r\n\r\n");
        let (status, body) = exchange(app.process.address, &[request.as_bytes()]).await;
        assert_eq!((status, &body["body"]["reason"]), (421, &json!("MISDIRECTED")), "{path}");
        assert!(body["body"]["message"].as_str().unwrap().contains("server.public_url"), "{body}");
    }
}

fn signing_up(app: &App, name: &str) -> Call {
    app.post("/api/v1/users").json(json!({ "username": name }))
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let settings = ["server.public_url=https://tickets.example.com", "server.allowed_origins=https://shop.example"];
    let app = App::start(&settings);
    let own = format!("http://{}", app.process.address);
    for (number, origin) in
        ["https://evil.example", "null", "http://localhost:1", "https://tickets.example.com:8443", "nonsense"]
            .into_iter()
            .enumerate()
    {
        let answer = signing_up(&app, &format!("a-{number}")).header("origin", origin).await;
        answer.refused(403, "CROSS_SITE");
    }
    for (number, site) in ["cross-site", "same-site"].into_iter().enumerate() {
        signing_up(&app, &format!("b-{number}")).header("sec-fetch-site", site).await.refused(403, "CROSS_SITE");
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let call = app.operator(method, "/api/v1/admin/concerts/x").header("origin", "https://evil.example");
        call.json(json!({})).await.refused(403, "CROSS_SITE");
    }
    for (number, origin) in
        [own.as_str(), "https://tickets.example.com", "https://shop.example"].into_iter().enumerate()
    {
        signing_up(&app, &format!("c-{number}")).header("origin", origin).await.success(201);
    }
    for (number, site) in ["same-origin", "none"].into_iter().enumerate() {
        signing_up(&app, &format!("d-{number}")).header("sec-fetch-site", site).await.success(201);
    }
    // A browser says it once; and what is the operator's is for no other origin, trusted as it may be.
    let call = signing_up(&app, "f").header("sec-fetch-site", "same-origin");
    call.header("sec-fetch-site", "cross-site").await.refused(403, "CROSS_SITE");
    let concert = json!({"title": "x", "dates": [{"date": DATE, "price": 1}]});
    let call = app.operator("POST", "/api/v1/admin/concerts").header("origin", "https://shop.example").json(concert);
    call.await.refused(403, "CROSS_SITE");
    // A browser's word counts behind a proxy that gives the server another name; looking does no harm.
    let call = signing_up(&app, "e").header("origin", "https://other.example");
    call.header("sec-fetch-site", "same-origin").await.success(201);
    app.get("/api/v1/concerts").header("origin", "https://evil.example").await.success(200);
}

fn varies_by_origin(answer: &Answer) -> bool {
    answer.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("origin"))
}

#[tokio::test]
async fn pages_of_allowed_origins_use_the_api_and_never_what_is_the_operators() {
    const SHOP: &str = "https://shop.example";
    let app = App::start(&["server.allowed_origins=https://other.example, https://shop.example"]);
    let preflight = |path: &str, origin: &str| {
        let call = app.client.call("OPTIONS", path).header("origin", origin);
        call.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization")
    };
    let answer = preflight("/api/v1/seats/reserve", SHOP).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(SHOP)));
    for (name, needed) in [
        ("access-control-allow-methods", &["POST", "DELETE"][..]),
        ("access-control-allow-headers", &["authorization", "idempotency-key", "content-type"]),
    ] {
        let told = answer.header(name).unwrap();
        assert!(needed.iter().all(|needed| told.contains(needed)), "{name}: {told}");
    }
    assert!(varies_by_origin(&answer), "{}", answer.story());
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    // What is answered is shared, refusals too.
    for (answer, status) in [
        (app.get("/api/v1/concerts").header("origin", SHOP).await, 200),
        (app.get("/api/v1/token").header("origin", SHOP).await, 401),
        (app.get("/api/v1/nothing").header("origin", SHOP).await, 404),
    ] {
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, Some(SHOP)));
        assert!(answer.header("access-control-expose-headers").unwrap().contains("retry-after"));
        assert!(varies_by_origin(&answer), "{}", answer.story());
    }
    let answer = app.get("/api/v1/concerts").await;
    assert_eq!((answer.header("access-control-allow-origin"), varies_by_origin(&answer)), (None, true));
    // Others and the operator's part.
    let payment = "/api/v1/payments/11111111-2222-4333-8444-555555555555/refund";
    for (path, origin) in [
        ("/api/v1/seats/reserve", "https://evil.example"),
        ("/api/v1/seats/reserve", "http://shop.example"),
        ("/api/v1/admin/concerts", SHOP),
        ("/api/v1/admin/nothing", SHOP),
        (payment, SHOP),
    ] {
        let answer = preflight(path, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path} for {origin}");
        assert!(answer.status >= 400, "{}", answer.story());
    }
    let answer = app.operator("GET", "/api/v1/admin/concerts").header("origin", SHOP).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn without_the_setting_nothing_is_shared() {
    let app = App::start(&[]);
    let call = app.client.call("OPTIONS", "/api/v1/users").header("origin", "https://shop.example");
    let answer = call.header("access-control-request-method", "POST").await;
    answer.refused(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
