//! POST `/api/v1/users`.

use serde_json::json;

use crate::harness::app::{App, text, time_ms};
use crate::shape::{assert_invalid, assert_names};

const USERS: &str = "/api/v1/users";

#[tokio::test]
async fn a_new_user_gets_an_id_and_an_empty_wallet() {
    let app = App::start(&[]);
    let body = app.post(USERS).json(json!({"username": "kim", "email": null, "password": null})).await.success(201);
    assert_names(&body, &["userId", "username", "email", "createdAt"]);
    assert_eq!(body["username"], "kim");
    assert!(body["email"].is_null());
    time_ms(&body["createdAt"]);
    let id = text(&body["userId"]);
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().hyphenated().to_string(), id, "lower case and hyphens");
    assert_eq!(app.balance(&id).await, 0);

    let body = app.post(USERS).json(json!({"username": "lee", "email": "lee@example.org"})).await.success(201);
    assert_eq!(body["email"], "lee@example.org");
    assert_ne!(body["userId"], id);
}

#[tokio::test]
async fn an_id_cannot_be_guessed_from_another() {
    let app = App::start(&[]);
    let mut before: Option<u128> = None;
    for name in ["kim", "lee", "park", "choi", "jung"] {
        let id = uuid::Uuid::parse_str(&app.user(name).await).unwrap();
        assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122), "{id}");
        // Of 122 random bits about half differ: fewer than 24 do in one of 10^11 pairs.
        if let Some(before) = before.replace(id.as_u128()) {
            assert!((before ^ id.as_u128()).count_ones() >= 24, "{id}");
        }
    }
}

#[tokio::test]
async fn a_username_is_unique_and_has_bounds() {
    let app = App::start(&[]);
    app.user("kim").await;
    app.post(USERS).json(json!({"username": "kim"})).await.refused(409, "USERNAME_TAKEN");
    // Characters are counted, not bytes.
    app.user(&"자".repeat(64)).await;
    app.user("k").await;
    app.user("with a blank inside").await;
    let too_long = "자".repeat(65);
    for name in ["", " kim", "kim ", "\u{3000}kim", "k\u{7}im", "k\nim", "k\u{7f}im", too_long.as_str()] {
        assert_invalid(&app.post(USERS).json(json!({ "username": name })).await, &["username"]);
    }
    for body in ["{}", r#"{"username":null}"#, r#"{"username":7}"#, r#"{"username":["kim"]}"#, r#"{"username":true}"#] {
        assert_invalid(&app.post(USERS).text(body).await, &["username"]);
    }
}

#[tokio::test]
async fn optional_fields_are_checked_and_unknown_ones_ignored() {
    let app = App::start(&[]);
    for email in ["7", "[]", "{}", "false"] {
        let body = format!(r#"{{"username":"kim","email":{email}}}"#);
        assert_invalid(&app.post(USERS).text(body).await, &["email"]);
    }
    for password in ["\"secret\"", "7"] {
        let body = format!(r#"{{"username":"kim","password":{password}}}"#);
        assert_invalid(&app.post(USERS).text(body).await, &["password"]);
    }
    let chosen = "00000000-0000-4000-8000-000000000001";
    let body = json!({"username": "kim", "userId": chosen, "balance": 1_000_000, "blocked": true, "status": "x"});
    let body = app.post(USERS).json(body).await.success(201);
    let id = text(&body["userId"]);
    assert_ne!(id, chosen, "an id sent by a client is not trusted");
    assert_eq!(app.balance(&id).await, 0);
}

#[tokio::test]
async fn one_person_has_one_name_however_it_is_written() {
    let mut app = App::start(&[]);
    for (first, others) in [
        ("Kim", &["kim", "KIM", "ｋｉｍ", "ＫＩＭ"][..]),
        ("김철수", &["\u{1100}\u{1175}\u{11b7}\u{110e}\u{1165}\u{11af}\u{1109}\u{116e}"]),
        ("José", &["jose\u{301}", "JOSÉ"]),
        ("Mary  Ann", &["mary ann", "Mary\u{a0}Ann", "Mary\u{3000}Ann", "MARY \u{2009} ANN"]),
        ("oﬃce", &["office", "Office"]),
        ("straße", &["STRASSE"]),
    ] {
        let body = app.post(USERS).json(json!({ "username": first })).await.success(201);
        assert_eq!(body["username"], first, "the spelling that was given is shown");
        for other in others {
            app.post(USERS).json(json!({ "username": other })).await.refused(409, "USERNAME_TAKEN");
        }
    }
    // What looks different is another name.
    for name in ["kimm", "k.im", "김철", "jose", "maryann"] {
        app.user(name).await;
    }
    // The operator finds it in any spelling, across a restart.
    app.process.kill();
    app.start_again();
    for spelling in ["kim", "KIM", "%EF%BD%8B%EF%BD%89%EF%BD%8D", "%20kim%20"] {
        let found = app.operator("GET", &format!("/api/v1/admin/users?username={spelling}")).await.success(200);
        assert_eq!(found["username"], "Kim");
    }
    app.stop_and_verify();
}

#[tokio::test]
async fn a_name_that_nobody_can_see_or_that_turns_text_round_is_refused() {
    let app = App::start(&[]);
    for sign in [
        "\u{200b}",
        "\u{200d}",
        "\u{2060}",
        "\u{feff}",
        "\u{ad}",
        "\u{3164}",
        "\u{115f}",
        "\u{ffa0}",
        "\u{2800}",
        "\u{202e}",
        "\u{2066}",
        "\u{200f}",
        "\u{61c}",
        "\u{e000}",
        "\u{378}",
        "\u{ffff}",
        "\u{2028}",
        "\u{e0041}",
    ] {
        for name in [sign.to_owned(), format!("ki{sign}m"), format!("{sign}kim"), format!("kim{sign}")] {
            assert_invalid(&app.post(USERS).json(json!({ "username": name })).await, &["username"]);
        }
    }
    for name in ["\u{301}", "\u{301}kim", "\u{a0}kim", "kim\u{3000}", "\u{2003}", &"\u{fdfa}".repeat(10)] {
        assert_invalid(&app.post(USERS).json(json!({ "username": name })).await, &["username"]);
    }
}
