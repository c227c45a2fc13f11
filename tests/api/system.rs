//! Health, metrics and the description of the API.

use serde_json::json;

use crate::harness::app::App;

/// Paths as the OpenAPI description writes them, with their methods.
const DESCRIBED: &[(&str, &[&str])] = &[
    ("/api/v1/users", &["post"]),
    ("/api/v1/token", &["get", "post", "delete"]),
    ("/api/v1/token/events", &["get"]),
    ("/api/v1/concerts", &["get"]),
    ("/api/v1/concerts/{concertId}", &["get"]),
    ("/api/v1/concerts/{concertId}/availability", &["get"]),
    ("/api/v1/concerts/{concertId}/reservations", &["get"]),
    ("/api/v1/seats/dates", &["get"]),
    ("/api/v1/seats/available", &["get"]),
    ("/api/v1/seats", &["get"]),
    ("/api/v1/seats/reserve", &["post"]),
    ("/api/v1/seats/cancel", &["delete"]),
    ("/api/v1/seats/payment", &["post"]),
    ("/api/v1/users/{userId}/balance/charge", &["post"]),
    ("/api/v1/users/{userId}/balance", &["get"]),
    ("/api/v1/users/{userId}/ledger", &["get"]),
    ("/api/v1/users/{userId}/payments", &["get"]),
    ("/api/v1/payments/{paymentId}/refund", &["post"]),
    ("/api/v1/admin/concerts", &["get", "post"]),
    ("/api/v1/admin/concerts/{concertId}", &["get", "patch"]),
    ("/api/v1/admin/concerts/{concertId}/queue", &["get", "put"]),
    ("/api/v1/admin/concerts/{concertId}/stats", &["get"]),
    ("/api/v1/admin/concerts/{concertId}/stats/series", &["get"]),
    ("/api/v1/admin/concerts/{concertId}/stats/stream", &["get"]),
    ("/api/v1/admin/concerts/{concertId}/dates/{date}/seats/{seat}", &["get"]),
    ("/api/v1/admin/payments", &["get"]),
    ("/api/v1/admin/tickets", &["get"]),
    ("/api/v1/admin/users", &["get"]),
    ("/api/v1/admin/users/{userId}", &["get", "patch", "delete"]),
    ("/api/v1/admin/events", &["get"]),
    ("/api/v1/admin/events/stream", &["get"]),
];

#[tokio::test]
async fn the_server_says_that_it_is_alive_and_ready() {
    let app = App::start(&[]);
    for path in ["/healthz", "/readyz"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.story());
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let app = App::start(&[]);
    app.user("kim").await;
    let answer = app.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
    assert!(text.contains("# TYPE "), "{text}");
    assert!(text.contains("/api/v1/users"), "requests are counted by route:\n{text}");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }

    // The queue and the seats of a concert, by state.
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let kim = app.guest("active", "spring").await;
    for name in ["waiting", "waiting too"] {
        app.guest(name, "spring").await;
    }
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    let text = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    for (state, count) in [("waiting", 2.0), ("active", 1.0), ("held", 3.0), ("free", 47.0), ("sold", 0.0)] {
        let of_state = |line: &&str| line.contains("\"spring\"") && line.to_ascii_lowercase().contains(state);
        let line = text.lines().find(of_state).unwrap_or_else(|| panic!("no {state} of the concert in\n{text}"));
        assert_eq!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap(), count, "{line}");
    }
}

#[tokio::test]
async fn every_route_is_told_apart_in_the_metrics() {
    let app = App::start(&[]);
    let plain: [(&str, &[&str]); 5] = [
        ("/healthz", &["get"]),
        ("/readyz", &["get"]),
        ("/openapi.json", &["get"]),
        ("/docs", &["get"]),
        ("/metrics", &["get"]),
    ];
    let routes =
        || DESCRIBED.iter().chain(&plain).flat_map(|(path, methods)| methods.iter().map(move |method| (path, method)));
    for (path, method) in routes() {
        app.client.call(&method.to_ascii_uppercase(), &path.replace(['{', '}'], "")).await;
    }
    let text = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    let counted: Vec<&str> = text.lines().filter(|line| line.starts_with("jari_requests_total{")).collect();
    for (path, method) in routes() {
        let (route, method) = (format!("route=\"{path}\""), format!("method=\"{}\"", method.to_ascii_uppercase()));
        assert!(
            counted.iter().any(|line| line.contains(&route) && line.contains(&method)),
            "{method} {route}:\n{text}"
        );
    }
    assert!(!text.contains("unmatched"), "every request had a route:\n{text}");
}

#[tokio::test]
async fn the_description_covers_every_endpoint() {
    let app = App::start(&[]);
    let answer = app.get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    for (path, methods) in DESCRIBED {
        for method in *methods {
            let operation = &document["paths"][path][method];
            assert!(operation.is_object(), "{method} {path} is not described");
            let answers = operation["responses"].as_object().unwrap().values();
            for content in answers.chain([&operation["requestBody"]]).map(|part| &part["content"]["application/json"]) {
                let shown = content.get("example").or(content.get("examples"));
                assert!(content.is_null() || shown.is_some(), "{method} {path} has no example for {content}");
            }
        }
    }
}

#[tokio::test]
async fn the_documentation_comes_out_of_the_binary() {
    let app = App::start(&[]);
    let mut answer = app.get("/docs").await;
    if answer.status / 100 == 3 {
        let target = answer.header("location").unwrap().to_owned();
        answer = app.get(&target).await;
    }
    assert_eq!(answer.status, 200, "{}", answer.story());
    let page = String::from_utf8(answer.bytes.to_vec()).unwrap().to_ascii_lowercase();
    assert!(page.contains("swagger"), "{page}");
    for part in page.split("src=\"").skip(1) {
        let source = part.split('"').next().unwrap().trim_start_matches("./");
        let path = if source.starts_with('/') { source.to_owned() } else { format!("/docs/{source}") };
        assert_eq!(app.get(&path).await.status, 200, "{path} of the page");
    }
    let script = app.get("/docs/initializer.js").await;
    let script = String::from_utf8(script.bytes.to_vec()).unwrap();
    assert!(script.contains("persistAuthorization: false") && script.contains("url: \"../openapi.json\""), "{script}");
    assert!(!page.contains("<script>"), "no script stands in the page: {page}");
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"), "nothing is fetched from elsewhere: {page}");
}
