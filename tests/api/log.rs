//! What the server says about itself: start and stop, acts of the operator, wrong keys, the course of sales.

use std::fs;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually};
use crate::harness::process::Folder;

#[tokio::test]
async fn the_start_and_the_stop_are_told() {
    let folder = Folder::new();
    let mut app = App::start_in(folder, &["sale.time_zone=Europe/Vienna"]);
    let text = output(&app.folder);
    let started = line(&text, "started");
    for told in [env!("CARGO_PKG_VERSION"), &app.process.address.to_string(), "Europe/Vienna", "KRW"] {
        assert!(started.contains(told), "{told} is not in {started}");
    }
    // People are told how to go on.
    for told in ["/docs", "operator.key", "curl http://"] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    app.user("kim").await;
    app.process.kill();
    app.start_again();
    assert!(line(&output(&app.folder), "started").contains("replayed"), "{}", output(&app.folder));
    app.stop_and_verify();
    let text = output(&app.folder);
    line(&text, "stopping");
    line(&text, "stopped");
}

#[tokio::test]
async fn the_demo_is_linked() {
    let folder = Folder::new();
    let mut command = folder.serve(&[]);
    command.arg("--demo");
    let process = crate::harness::process::Process::start(&folder, command);
    let text = output(&folder);
    assert!(text.contains(&format!("curl http://{}/api/v1/concerts/demo", process.address)), "{text}");
}

#[tokio::test]
async fn what_the_operator_does_is_told_without_secrets() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let user = app.user("kim").await;
    let blocking = json!({"blocked": true, "note": "body-of-the-request"});
    let path = format!("/api/v1/admin/users/{user}");
    app.operator("PATCH", &path).json(blocking).header("x-request-id", "blocking-7").await;
    app.refunding("01930000-0000-7000-8000-000000000000").await.refused(404, "PAYMENT_NOT_FOUND");
    app.operator("GET", "/api/v1/admin/concerts").await.success(200);
    let text = output(&app.folder);
    line(&text, "POST /api/v1/admin/concerts");
    assert!(line(&text, &format!("PATCH {path}")).contains("blocking-7"));
    assert!(line(&text, "/refund").contains("404"));
    assert!(!text.contains("GET /api/v1/admin"), "looking is no act: {text}");
    let key = fs::read_to_string(app.folder.data().join("operator.key")).unwrap();
    assert!(!text.contains(key.trim()) && !text.contains("body-of-the-request"), "{text}");
}

#[tokio::test]
async fn wrong_keys_are_told_and_do_not_fill_the_log() {
    let app = App::start(&[]);
    for attempt in 0..200 {
        let path = if attempt % 2 == 0 { "/api/v1/admin/concerts" } else { "/api/v1/admin/events" };
        app.get(path).bearer(&format!("guess-{attempt}")).await.refused(401, "TOKEN_INVALID");
    }
    let text = output(&app.folder);
    let count = text.lines().filter(|line| line.contains("wrong operator key")).count();
    assert!((1..=3).contains(&count), "{count} lines:\n{text}");
    assert!(!text.contains("guess-"), "{text}");
    let metrics = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    assert!(metrics.contains("jari_operator_keys_refused_total 200"), "{metrics}");
}

#[tokio::test]
async fn the_course_of_a_sale_is_told() {
    let app = App::start(&[]);
    let one_seat = json!([{"date": DATE, "seats": 1, "price": 0}]);
    app.concert("spring", json!({"dates": one_seat, "status": "draft"})).await;
    let path = "/api/v1/admin/concerts/spring";
    let change = async |fields: Value| app.operator("PATCH", path).json(fields).await.success(200);
    change(json!({"onSaleAt": "2030-01-01T00:00:00.000Z", "status": "on_sale"})).await;
    told(&app, "lobby").await;
    change(json!({"onSaleAt": null})).await;
    told(&app, "open").await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    told(&app, "sold out").await;
    change(json!({"status": "closed"})).await;
    told(&app, "closed").await;
    app.concert("autumn", json!({})).await;
    told_of(&app, "autumn", "open").await;
    app.operator("PATCH", "/api/v1/admin/concerts/autumn").json(json!({"status": "draft"})).await.success(200);
    told_of(&app, "autumn", "paused").await;
}

#[tokio::test]
async fn as_json_every_line_is_json() {
    let folder = Folder::new();
    let mut app = App::start_in(folder, &["log.format=json", "log.level=debug"]);
    app.concert("spring", json!({})).await;
    app.get("/api/v1/admin/concerts").bearer("wrong").await.refused(401, "TOKEN_INVALID");
    app.process.signal("HUP");
    eventually("the settings", async || output(&app.folder).contains("read again").then_some(())).await;
    all_json(&output(&app.folder));
    let refused = app.folder.run(app.folder.serve(&["log.format=json".to_owned()]));
    assert_eq!(refused.code, Some(1));
    all_json(&refused.text);
    let refused = app.folder.run(app.folder.serve(&["log.format=json".to_owned(), "hold.seconds=0".to_owned()]));
    assert_eq!(refused.code, Some(2));
    all_json(&refused.text);
    assert!(refused.text.contains("hold.seconds"), "{}", refused.text);
    app.stop_and_verify();
    let text = output(&app.folder);
    all_json(&text);
    for told in ["started", "stopping", "stopped"] {
        let is_told = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["message"].as_str().is_some_and(|message| message.starts_with(told))
        };
        assert!(text.lines().any(is_told), "{told}:\n{text}");
    }
    app.start_again();
}

#[track_caller]
fn all_json(text: &str) {
    assert!(!text.is_empty());
    for line in text.lines() {
        let parsed: Result<Value, _> = serde_json::from_str(line);
        assert!(parsed.is_ok_and(|line| line["level"].is_string() && line["message"].is_string()), "{line}");
    }
}

fn output(folder: &Folder) -> String {
    fs::read_to_string(folder.root().join("output.txt")).unwrap()
}

/// The line of the log that has `words` in it.
#[track_caller]
fn line<'a>(text: &'a str, words: &str) -> &'a str {
    text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words} is not told:\n{text}"))
}

async fn told(app: &App, words: &str) {
    told_of(app, "spring", words).await;
}

async fn told_of(app: &App, concert: &str, words: &str) {
    let is_told = |text: &str| text.lines().any(|line| line.contains(concert) && line.contains(words));
    eventually(words, async || is_told(&output(&app.folder)).then_some(())).await;
}
