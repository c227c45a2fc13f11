//! The keys of operators: what each role may do, who did what, and that a key that was taken away is good for nothing.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually, text};
use crate::harness::client::Answer;
use crate::harness::described::{self, Operation};
use crate::harness::stream::Stream;
use crate::shape::{assert_invalid, assert_names};

const KEYS: &str = "/api/v1/admin/keys";
const AUDIT: &str = "/api/v1/admin/audit";
const ROLES: [&str; 5] = ["viewer", "door", "box_office", "manager", "owner"];
const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

/// Which roles may do what an operator's route is for, as the design has it.
fn allowed(operation: &Operation) -> &'static [&'static str] {
    let Operation { method, path, .. } = operation;
    let changes = method != "GET";
    match path.strip_prefix("/api/v1/admin/").unwrap_or(path) {
        "keys" | "keys/{keyId}" => &["owner"],
        path if path.starts_with("cluster/members") => &["owner"],
        path if path.starts_with("check-ins") => &["door", "box_office", "manager", "owner"],
        "tickets" | "concerts/{concertId}/dates/{date}/door" => &ROLES,
        path if path.ends_with("/refund") || path.ends_with("/withdraw") || path == "sales" => {
            &["box_office", "manager", "owner"]
        }
        path if path.ends_with("/block") || path.ends_with("/release") => &["box_office", "manager", "owner"],
        _ if changes => &["manager", "owner"],
        _ => &["viewer", "box_office", "manager", "owner"],
    }
}

/// The operations that take the key of an operator, but that to which the operator's is a way among others.
fn of_operators() -> impl Iterator<Item = &'static Operation> {
    let is_operators = |operation: &&Operation| {
        operation.path.starts_with("/api/v1/admin/") || operation.path == "/api/v1/payments/{paymentId}/refund"
    };
    described::operations().iter().filter(is_operators)
}

async fn give(app: &App, name: &str, role: &str) -> (String, String) {
    let made = app.operator("POST", KEYS).json(json!({"name": name, "role": role})).await.success(201);
    (text(&made["keyId"]), text(&made["key"]))
}

async fn audit(app: &App, query: &str) -> Vec<Value> {
    let body = app.operator("GET", AUDIT).query(query).await.success(200);
    body["events"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn every_route_of_operators_is_for_the_roles_that_it_is_for_and_for_nobody_else() {
    let app = App::start(&[]);
    let mut keys = Vec::new();
    for role in ROLES {
        keys.push((role, app.operator_with(role).await));
    }
    assert!(of_operators().count() > 30);
    for operation in of_operators() {
        let path = operation.path.replace("{userId}", NOBODY).replace("{concertId}", "none").replace("{date}", DATE);
        let path = ["{ticketId}", "{paymentId}", "{keyId}"].iter().fold(path, |path, part| path.replace(part, NOBODY));
        // A field that no route has: a request that is let in is refused for it, or for what it is about.
        let path = path.replace("{seat}", "1").replace("{nodeId}", "9") + "?nothing=1";
        let call = || app.client.call(&operation.method, &path);
        call().await.refused(401, "TOKEN_INVALID");
        for (role, key) in &keys {
            let answer: Answer = call().bearer(key).await;
            let story = format!("{role}: {}", answer.story());
            if allowed(operation).contains(role) {
                assert!(!matches!(answer.reason().as_deref(), Some("NOT_ALLOWED" | "TOKEN_INVALID")), "{story}");
            } else {
                let refused = answer.refused(403, "NOT_ALLOWED");
                let could = text(&refused["role"]);
                assert!(allowed(operation).contains(&could.as_str()), "{story}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_known_by_its_id() {
    let app = App::start(&[]);
    let body = json!({"name": "김, 창구", "role": "box_office", "expiresAt": "2099-01-01T00:00:00Z"});
    let made = app.operator("POST", KEYS).key("once").json(body.clone()).await.success(201);
    assert_names(&made, &["keyId", "name", "role", "createdAt", "expiresAt", "lastUsedAt", "key"]);
    let key = text(&made["key"]);
    assert!(key.starts_with("jari_") && key.len() == 54, "{key}");
    let again = app.operator("POST", KEYS).key("once").json(body).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let again = again.success(201);
    assert_eq!((&again["keyId"], &again["key"]), (&made["keyId"], &Value::Null), "only its hash is kept");
    app.client.call("GET", "/api/v1/admin/users").bearer(&key).await.success(200);
    let listed = eventually("its use", async || {
        let listed = app.operator("GET", KEYS).await.success(200);
        listed["keys"][0]["lastUsedAt"].is_string().then_some(listed)
    })
    .await;
    assert_eq!(listed["keys"].as_array().map(Vec::len), Some(1), "once means once");
    assert_names(&listed["keys"][0], &["keyId", "name", "role", "createdAt", "expiresAt", "lastUsedAt"]);
    assert!(!listed.to_string().contains("jari_"));
    for (body, field) in [
        (json!({"role": "door"}), "name"),
        (json!({"name": "", "role": "door"}), "name"),
        (json!({"name": "a\u{7}", "role": "door"}), "name"),
        (json!({"name": "a", "role": "king"}), "role"),
        (json!({"name": "a", "role": "door", "expiresAt": "2001-01-01T00:00:00Z"}), "expiresAt"),
        (json!({"name": "a", "role": "door", "key": "jari_x"}), "key"),
    ] {
        assert_invalid(&app.operator("POST", KEYS).json(body).await, &[field]);
    }
    let mut wrong = key.clone();
    wrong.replace_range(10..11, if &key[10..11] == "A" { "B" } else { "A" });
    for bad in [wrong.as_str(), &key[..53], "jari_"] {
        app.client.call("GET", "/api/v1/admin/users").bearer(bad).await.refused(401, "TOKEN_INVALID");
    }
}

#[tokio::test]
async fn a_key_that_was_taken_away_is_good_for_nothing_and_ends_its_streams() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (id, key) = give(&app, "Lee", "viewer").await;
    let mut events = Stream::open(app.process.address, "/api/v1/admin/events/stream", &key, "").await;
    let mut stats = Stream::open(app.process.address, "/api/v1/admin/concerts/spring/stats/stream", &key, "").await;
    events.until("key.created").await;
    stats.until("stats").await;
    let removed = app.operator("DELETE", &format!("{KEYS}/{id}")).await.success(200);
    assert_eq!((&removed["keyId"], &removed["name"]), (&json!(id), &json!("Lee")));
    app.client.call("GET", "/api/v1/admin/users").bearer(&key).await.refused(401, "TOKEN_INVALID");
    while events.next().await.is_some() {}
    while stats.next().await.is_some() {}
    app.operator("DELETE", &format!("{KEYS}/{id}")).await.refused(404, "KEY_NOT_FOUND");
    app.operator("DELETE", &format!("{KEYS}/owner")).await.refused(404, "KEY_NOT_FOUND");
}

#[tokio::test]
async fn what_an_operator_changes_is_told_with_who_it_was() {
    let mut app = App::start(&["wallet.charge=operator"]);
    app.concert("spring", json!({})).await;
    let user = app.user("kim").await;
    let (id, key) = give(&app, "Kim, box office", "box_office").await;
    let by = json!({"keyId": id, "name": "Kim, box office", "role": "box_office"});
    let ask = |method: &str, path: &str, body: Value| app.client.call(method, path).bearer(&key).json(body);
    ask("POST", &format!("/api/v1/users/{user}/balance/charge"), json!({"amount": 500})).await.success(200);
    let block = format!("/api/v1/admin/concerts/spring/dates/{DATE}/block");
    ask("POST", &block, json!({"seats": [3], "reason": "camera"})).await.success(200);
    let sale = json!({"concertId": "spring", "date": DATE, "seats": [1], "paidBy": "cash"});
    ask("POST", "/api/v1/admin/sales", sale).await.success(201);
    ask("PATCH", &format!("/api/v1/admin/users/{user}"), json!({"blocked": true})).await.refused(403, "NOT_ALLOWED");
    app.operator("PATCH", &format!("/api/v1/admin/users/{user}")).json(json!({"blocked": true})).await.success(200);
    let policy = json!({"maxActive": 7, "admitCount": null, "abandonSeconds": null});
    app.operator("PUT", "/api/v1/admin/concerts/spring/queue").json(policy).await.success(200);
    let venue = json!({"venue": "Hall"});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(venue).await.success(200);

    let told = async |app: &App, query: &str| -> Vec<String> {
        audit(app, query).await.iter().map(|event| text(&event["type"])).collect()
    };
    let of_kim = ["payment.paid", "seat.sold", "seat.blocked", "wallet.charged"];
    assert_eq!(told(&app, &format!("by={id}")).await, of_kim);
    assert!(audit(&app, &format!("by={id}")).await.iter().all(|event| event["by"] == by));
    let of_owner = ["concert.changed", "concert.changed", "user.blocked", "key.created", "concert.changed"];
    assert_eq!(told(&app, "by=owner").await, of_owner);
    let feed = app.operator("GET", "/api/v1/admin/events").query("limit=100").await.success(200);
    let with_by = feed["events"].as_array().expect("a list").iter().filter(|event| event["by"].is_object());
    assert_eq!(with_by.count(), of_kim.len() + of_owner.len(), "the feed says the same");

    // By pages, and after a restart.
    let whole = told(&app, "limit=100").await;
    assert_eq!(whole.len(), of_kim.len() + of_owner.len());
    app.process.kill();
    app.start_again();
    let (mut pages, mut query) = (Vec::new(), "limit=4".to_owned());
    loop {
        let body = app.operator("GET", AUDIT).query(&query).await.success(200);
        pages.extend(body["events"].as_array().expect("a list").iter().map(|event| text(&event["type"])));
        let Some(next) = body["next"].as_u64() else { break };
        query = format!("limit=4&after={next}");
    }
    assert_eq!(pages, whole);
    assert_invalid(&app.operator("GET", AUDIT).query("by=kim").await, &["by"]);
    ask_again(&app, &key, &block).await;
    app.stop_and_verify();
}

/// The key is good after a restart.
async fn ask_again(app: &App, key: &str, path: &str) {
    let body = json!({"seats": [4], "reason": "camera"});
    app.client.call("POST", path).bearer(key).json(body).await.success(200);
}

#[tokio::test]
async fn a_stopped_server_is_given_keys_by_whoever_has_its_data() {
    let mut app = App::start(&[]);
    app.process.signal("TERM");
    assert!(app.process.ended().success());
    let run = |arguments: &[&str]| {
        let mut command = app.folder.jari();
        command.arg("key").args(arguments);
        app.folder.run(command)
    };
    let made = run(&["add", "--name", "Kim", "--role", "manager"]);
    assert_eq!(made.code, Some(0), "{}", made.text);
    let key = made.text.lines().last().expect("the key").to_owned();
    assert!(key.starts_with("jari_"), "{}", made.text);
    let listed = run(&["list"]).text;
    assert!(listed.contains("manager") && listed.contains("Kim") && !listed.contains("jari_"), "{listed}");
    for (arguments, says) in [
        (["add", "--name", "", "--role", "door"].as_slice(), "1 to 64 characters"),
        (&["add", "--name", "x", "--role", "king"], "possible values"),
        (&["add", "--name", "x", "--role", "door", "--expires-at", "2001-01-01T00:00:00Z"], "still ahead"),
        (&["remove", NOBODY], "no key of this id"),
    ] {
        let refused = run(arguments);
        assert!(refused.code != Some(0) && refused.text.contains(says), "{arguments:?}: {}", refused.text);
    }
    app.start_again();
    app.client.call("GET", "/api/v1/admin/users").bearer(&key).await.success(200);
    assert_eq!(audit(&app, "by=owner").await[0]["data"]["name"], "Kim");
    let jari = |arguments: &[&str]| {
        let mut command = app.folder.jari();
        command.args(arguments);
        app.folder.run(command)
    };
    assert_eq!(jari(&["key", "list"]).code, Some(1), "the server has the data");
    let id = text(&app.operator("GET", KEYS).await.success(200)["keys"][0]["keyId"]);
    app.process.signal("TERM");
    assert!(app.process.ended().success());
    assert_eq!(jari(&["key", "remove", &id]).code, Some(0));
    app.start_again();
    app.client.call("GET", "/api/v1/admin/users").bearer(&key).await.refused(401, "TOKEN_INVALID");
}
