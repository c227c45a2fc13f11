//! Proofs: which one belongs where, and forged, foreign or malformed ones.

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::client::Call;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[tokio::test]
async fn the_token_names_its_user_and_its_outer_bound() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let parts: Vec<_> = kim.token.split('.').collect();
    assert_eq!(parts.len(), 3, "a signed JWT");
    let claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    assert_eq!(claims["sub"], kim.user);
    let (issued, expires) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert_eq!(expires - issued, 86_400, "an outer bound of a day: {claims}");
    assert!(claims.to_string().contains("spring"), "the concert is named: {claims}");
}

#[tokio::test]
async fn the_outer_bound_of_a_token_of_the_lobby_is_a_day_past_the_opening() {
    let app = App::start(&[]);
    app.concert("spring", json!({"onSaleAt": "2030-06-01T10:00:00Z"})).await;
    let kim = app.guest("kim", "spring").await;
    let claims: Value = serde_json::from_slice(&decode(kim.token.split('.').nth(1).unwrap())).unwrap();
    let opening = chrono::DateTime::parse_from_rfc3339("2030-06-01T10:00:00Z").unwrap().timestamp();
    assert_eq!(claims["exp"], opening + 86_400, "{claims}");
    let again: Value = app.joining(&kim.user, "spring").await.success(200);
    let claims: Value = serde_json::from_slice(&decode(text(&again["token"]).split('.').nth(1).unwrap())).unwrap();
    assert_eq!(claims["exp"], opening + 86_400, "{claims}");
}

#[tokio::test]
async fn a_stale_token_of_a_live_place_says_so_and_post_gives_the_same_place_with_a_fresh_one() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    for guest in [&kim, &lee] {
        let stale = Guest { token: outlived(&app, &guest.token), ..guest.clone() };
        for call in booking_calls(&app, &stale) {
            let body = call().bearer(&stale.token).await.refused(401, "TOKEN_EXPIRED");
            assert_eq!(body["why"], "token_stale", "{body}");
        }
        let place = app.place(guest).await.success(200);
        let again = app.joining(&guest.user, "spring").await.success(200);
        assert_eq!((&again["status"], &again["queuePosition"]), (&place["status"], &place["queuePosition"]));
        let fresh = Guest { token: text(&again["token"]), ..guest.clone() };
        assert_eq!(app.place(&fresh).await.success(200)["queuePosition"], place["queuePosition"]);
    }
    // Where the place has ended, its own reason counts.
    app.leaving(&kim).await.success(200);
    let stale = outlived(&app, &kim.token);
    assert_eq!(app.get("/api/v1/token").bearer(&stale).await.refused(401, "TOKEN_EXPIRED")["why"], "left");
}

/// The same token as it would have been signed long ago: past its outer bound, and genuine.
fn outlived(app: &App, token: &str) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 90_000);
    claims["exp"] = json!(claims["exp"].as_i64().unwrap() - 90_000);
    let digits = std::fs::read_to_string(app.folder.data().join("token.key")).unwrap();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    let key: Vec<u8> = (0..digits.trim().len()).step_by(2).map(byte).collect();
    let signed = format!("{}.{}", parts[0], encode(claims.to_string().as_bytes()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
    let signature = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(signature.as_ref()))
}

#[tokio::test]
async fn every_booking_endpoint_refuses_what_is_no_queue_token() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let operator_key = std::fs::read_to_string(app.folder.data().join("operator.key")).unwrap();
    let parts: Vec<_> = kim.token.split('.').collect();
    let unsigned = format!("{}.{}.", encode(br#"{"alg":"none","typ":"JWT"}"#), parts[1]);
    let other_algorithm = format!("{}.{}.{}", encode(br#"{"alg":"HS512","typ":"JWT"}"#), parts[1], parts[2]);
    let mut signature = decode(parts[2]);
    signature[0] ^= 1;
    let tampered_signature = format!("{}.{}.{}", parts[0], parts[1], encode(&signature));
    let text = String::from_utf8(decode(parts[1])).unwrap();
    let other_user = text.replace(&kim.user, "11111111-2222-4333-8444-555555555555");
    assert_ne!(text, other_user);
    let tampered_claims = format!("{}.{}.{}", parts[0], encode(other_user.as_bytes()), parts[2]);
    let wrong = [
        "x",
        "a.b.c",
        operator_key.trim(),
        parts[0],
        unsigned.as_str(),
        other_algorithm.as_str(),
        tampered_signature.as_str(),
        tampered_claims.as_str(),
    ];
    for call in booking_calls(&app, &kim) {
        call().await.refused(401, "TOKEN_INVALID");
        call().header("authorization", &kim.token).await.refused(401, "TOKEN_INVALID");
        call().header("authorization", &format!("Basic {}", kim.token)).await.refused(401, "TOKEN_INVALID");
        call().header("authorization", "Bearer").await.refused(401, "TOKEN_INVALID");
        for secret in wrong {
            call().bearer(secret).await.refused(401, "TOKEN_INVALID");
        }
    }
    app.place(&kim).await.success(200);
}

#[tokio::test]
async fn a_connection_tells_tokens_apart_whichever_came_before() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    // One call after the other goes over one and the same connection.
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    for _ in 0..2 {
        for guest in [&kim, &lee] {
            for _ in 0..2 {
                assert_eq!(app.place(guest).await.success(200)["userId"], guest.user);
            }
            let other_claims = guest.token.replacen(".ey", ".eA", 1);
            assert_ne!(other_claims, guest.token);
            for changed in
                [&other_claims, &guest.token[1..], &guest.token[..guest.token.len() - 1], &format!("{}A", guest.token)]
            {
                app.get("/api/v1/token").bearer(changed).await.refused(401, "TOKEN_INVALID");
            }
        }
    }
    app.leaving(&kim).await.success(200);
    assert_eq!(
        app.place(&kim).await.refused(401, "TOKEN_EXPIRED")["why"],
        "left",
        "a known text says nothing of its place"
    );
}

#[tokio::test]
async fn a_token_of_another_server_is_forged() {
    let (ours, theirs) = (App::start(&[]), App::start(&[]));
    for app in [&ours, &theirs] {
        app.concert("spring", json!({})).await;
    }
    let stranger = theirs.guest("kim", "spring").await;
    ours.place(&stranger).await.refused(401, "TOKEN_INVALID");
}

#[tokio::test]
async fn every_operator_endpoint_refuses_what_is_not_the_key() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let user = format!("/api/v1/admin/users/{}", kim.user);
    let refund = "/api/v1/payments/11111111-2222-4333-8444-555555555555/refund".to_owned();
    let calls = [
        ("GET", "/api/v1/admin/concerts".to_owned()),
        ("POST", "/api/v1/admin/concerts".to_owned()),
        ("GET", "/api/v1/admin/concerts/spring".to_owned()),
        ("PATCH", "/api/v1/admin/concerts/spring".to_owned()),
        ("GET", "/api/v1/admin/concerts/spring/queue".to_owned()),
        ("PUT", "/api/v1/admin/concerts/spring/queue".to_owned()),
        ("GET", "/api/v1/admin/concerts/spring/stats".to_owned()),
        ("GET", "/api/v1/admin/users?username=kim".to_owned()),
        ("GET", user.clone()),
        ("PATCH", user.clone()),
        ("DELETE", user),
        ("GET", "/api/v1/admin/events".to_owned()),
        ("GET", "/api/v1/admin/events/stream".to_owned()),
        ("POST", refund),
    ];
    for (method, path) in &calls {
        app.client.call(method, path).text("{}").await.refused(401, "TOKEN_INVALID");
        for secret in ["x", kim.token.as_str()] {
            app.client.call(method, path).bearer(secret).text("{}").await.refused(401, "TOKEN_INVALID");
        }
    }
}

/// Every endpoint that asks for a queue token, without one.
fn booking_calls<'a>(app: &'a App, kim: &Guest) -> Vec<Box<dyn Fn() -> Call + 'a>> {
    let body = json!({"userId": kim.user, "date": DATE, "seat": 5});
    let mut calls: Vec<Box<dyn Fn() -> Call>> = Vec::new();
    for (method, path) in [
        ("GET", "/api/v1/token".to_owned()),
        ("GET", "/api/v1/token/events".to_owned()),
        ("DELETE", "/api/v1/token".to_owned()),
        ("GET", "/api/v1/concerts/spring/availability".to_owned()),
        ("GET", "/api/v1/seats/dates".to_owned()),
        ("GET", format!("/api/v1/seats/available?date={DATE}")),
        ("GET", format!("/api/v1/seats?date={DATE}")),
    ] {
        calls.push(Box::new(move || app.client.call(method, &path)));
    }
    for (method, path) in
        [("POST", "/api/v1/seats/reserve"), ("POST", "/api/v1/seats/payment"), ("DELETE", "/api/v1/seats/cancel")]
    {
        let body = Bytes::from(body.to_string());
        calls.push(Box::new(move || app.client.call(method, path).text(body.clone())));
    }
    calls
}

/// Base64 of the URL alphabet without padding, as JWTs use it.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let word = chunk.iter().fold(0_u32, |word, byte| {
            word << 6 | ALPHABET.iter().position(|letter| letter == byte).expect("base64url") as u32
        }) << (6 * (4 - chunk.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}
