//! Being seen: an admitted place that nobody uses ends, whatever uses it keeps it, and every request judges it alike.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::app::{App, DATE, Guest, eventually, text};
use crate::harness::stream::Stream;
use crate::shape::assert_ended;

/// Admits a user to a concert of its own and waits until that place has ended since nobody used it: then every place
/// that was admitted before is past the claim time, too.
async fn let_the_claim_time_pass(app: &App) {
    app.concert("witness", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let before = app.guest("before-witness", "witness").await;
    app.guest("witness", "witness").await;
    app.leaving(&before).await.success(200);
    app.until_places("witness", (0, 0)).await;
}

async fn waiting(app: &App, names: &[&str]) -> Vec<Guest> {
    let mut guests = Vec::new();
    for name in names {
        guests.push(app.guest(name, "spring").await);
    }
    guests
}

#[tokio::test]
async fn an_admitted_place_that_nobody_asks_after_ends_and_the_next_is_admitted() {
    let app = App::start(&["queue.claim_seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let guests = waiting(&app, &["first", "ghost", "last"]).await;
    app.leaving(&guests[0]).await.success(200);
    let admitted = Instant::now();
    eventually("the turn of the last", async || {
        (app.place(&guests[2]).await.success(200)["status"] == "ACTIVE").then_some(())
    })
    .await;
    assert!(admitted.elapsed() >= Duration::from_millis(900), "not before its time");
    let ghost = &guests[1];
    assert_ended(&app.place(ghost).await, "abandoned");
    assert_ended(&app.reserving(ghost, json!({"seat": 1})).await, "abandoned");
    assert_ended(&app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&ghost.token).await, "abandoned");
    assert_ended(&app.leaving(ghost).await, "abandoned");
    let again = app.joining(&ghost.user, "spring").await.success(201);
    assert_eq!(again["queuePosition"], 1, "a new place");
}

#[tokio::test]
async fn whatever_uses_an_admitted_place_claims_it() {
    let app = App::start(&["queue.claim_seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let guests = waiting(&app, &["first", "polls", "asks", "looks", "reserves", "follows", "silent"]).await;
    let [first, polls, asks, looks, reserves, follows, silent] = guests.as_slice() else { unreachable!("seven") };
    let mut stream = Stream::open(app.process.address, "/api/v1/token/events", &follows.token, "").await;
    app.operator("PUT", "/api/v1/admin/concerts/spring/queue").json(json!({"maxActive": null})).await.success(200);
    app.place(polls).await.success(200);
    app.joining(&asks.user, "spring").await.success(200);
    app.get("/api/v1/seats/dates").bearer(&looks.token).await.success(200);
    app.reserving(reserves, json!({"seat": 1})).await.success(200);
    stream.until("active").await;
    app.until_places("spring", (0, 6)).await;
    assert_ended(&app.place(silent).await, "abandoned");
    for guest in [first, polls, asks, looks, reserves, follows] {
        assert_eq!(app.place(guest).await.success(200)["status"], "ACTIVE", "{}", guest.user);
    }
}

#[tokio::test]
async fn a_restart_counts_as_being_seen() {
    let mut app = App::start(&["queue.claim_seconds=60"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let guests = waiting(&app, &["first", "second"]).await;
    app.leaving(&guests[0]).await.success(200);
    app.process.kill();
    app.settings = vec!["queue.claim_seconds=1".to_owned()];
    app.start_again();
    let_the_claim_time_pass(&app).await;
    assert_eq!(app.place(&guests[1]).await.success(200)["status"], "ACTIVE");
}

#[tokio::test]
async fn nobody_is_abandoned_before_an_opening_that_was_moved_later() {
    let app = App::start(&["queue.claim_seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null, "abandonSeconds": 1}})).await;
    let guests = waiting(&app, &["first", "second", "third"]).await;
    app.leaving(&guests[0]).await.success(200);
    let later = json!({"onSaleAt": "2030-01-01T00:00:00Z"});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(later).await.success(200);
    // Whoever waits has been silent for as long by then.
    let_the_claim_time_pass(&app).await;
    assert_eq!(app.place(&guests[1]).await.success(200)["status"], "ACTIVE");
    assert_eq!(app.place(&guests[2]).await.success(200)["queuePosition"], 1);
    app.reserving(&guests[1], json!({"seat": 1})).await.refused(403, "NOT_ON_SALE");
}

#[tokio::test]
async fn asking_keeps_the_place_and_positions_do_not_count_who_is_overdue() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null, "abandonSeconds": 2}})).await;
    let mut guests = waiting(&app, &["active", "silent"]).await;
    let silent = guests[1].clone();
    let joined = Instant::now();
    guests.extend(waiting(&app, &["behind"]).await);
    let behind = guests[2].clone();
    let mut told = behind.joined.clone();
    eventually("the abandonment of silent", async || {
        assert_eq!(told["pollAfter"], 1);
        let silent_for = joined.elapsed();
        told = app.place(&behind).await.success(200);
        assert!(told["queuePosition"] == 1 || silent_for <= Duration::from_millis(2_050), "{told}");
        (told["queuePosition"] == 1).then_some(())
    })
    .await;
    assert_ended(&app.reserving(&silent, json!({"seat": 1})).await, "abandoned");
    let again = app.joining(&silent.user, "spring").await.success(201);
    assert_eq!(again["queuePosition"], 2, "a new place");
    assert_ne!(text(&again["token"]), silent.token);
}

#[tokio::test]
async fn whatever_tells_a_waiting_client_to_come_again_keeps_its_place() {
    let app = App::start(&["queue.guard=all"]);
    let queue = json!({"maxActive": 1, "admitCount": null, "abandonSeconds": 8});
    app.concert("spring", json!({"queue": queue, "onSaleAt": "2030-01-01T00:00:00Z"})).await;
    let kim = app.guest("kim", "spring").await;
    assert_eq!(kim.joined["pollAfter"], 4);
    for call in
        [app.get("/api/v1/seats/dates").bearer(&kim.token), app.get(&format!("/api/v1/users/{}/balance", kim.user))]
    {
        let answer = call.await;
        answer.refused(403, "QUEUE_WAITING");
        assert_eq!(answer.header("retry-after"), Some("4"), "{}", answer.story());
    }
}

#[tokio::test]
async fn a_stream_says_when_to_come_again() {
    let app = App::start(&[]);
    app.concert("spring", json!({"onSaleAt": "2030-01-01T00:00:00Z"})).await;
    let mut told = Vec::new();
    for name in ["kim", "lee", "max"] {
        let guest = app.guest(name, "spring").await;
        let mut stream = Stream::open(app.process.address, "/api/v1/token/events", &guest.token, "").await;
        let retry = stream.next().await.expect("the present state").retry.expect("a time to come again");
        assert!((15_000..=30_000).contains(&retry), "{retry} ms");
        told.push(retry);
    }
    assert!(told[0] != told[1] || told[1] != told[2], "each at another time: {told:?}");
}
