//! The states of a date's seats in two bits each, and the stream of how they change.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::stream::{Event, Stream};

async fn office(settings: &[&str]) -> (App, Guest) {
    let app = App::start(settings);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 6, "price": 5000}]})).await;
    let kim = app.guest("kim", "spring").await;
    (app, kim)
}

async fn states(app: &App, guest: &Guest) -> Value {
    app.get(&format!("/api/v1/seats/states?date={DATE}")).bearer(&guest.token).await.success(200)
}

/// The state of each seat, from seat 1.
fn decoded(states: &Value, seats: usize) -> Vec<u8> {
    let bytes = STANDARD.decode(text(&states["states"])).unwrap();
    assert_eq!(bytes.len(), seats.div_ceil(4));
    (0..seats).map(|at| bytes[at / 4] >> (2 * (at % 4)) & 3).collect()
}

async fn follow(app: &App, guest: &Guest) -> Stream {
    Stream::open(app.process.address, &format!("/api/v1/seats/events?date={DATE}"), &guest.token, "").await
}

fn version(event: &Event) -> u64 {
    event.id.as_ref().expect("it has an id").parse().unwrap()
}

async fn change(app: &App, verb: &str, seats: Value) {
    let mut body = json!({ "seats": seats });
    if verb == "block" {
        body["reason"] = json!("x");
    }
    let path = format!("/api/v1/admin/concerts/spring/dates/{DATE}/{verb}");
    app.operator("POST", &path).json(body).await.success(200);
}

#[tokio::test]
async fn two_bits_tell_how_a_seat_stands() {
    let (app, kim) = office(&[]).await;
    let before = states(&app, &kim).await;
    assert_eq!(decoded(&before, 6), [0; 6]);
    let lee = app.guest("lee", "spring").await;
    app.charge(&lee.user, 5_000).await;
    app.reserving(&lee, json!({"seat": 2})).await.success(200);
    app.paying(&lee, json!({"seat": 2})).await.success(200);
    app.reserving(&kim, json!({"seats": [1, 5]})).await.success(200);
    change(&app, "block", json!([4])).await;
    let after = states(&app, &kim).await;
    assert_eq!(decoded(&after, 6), [1, 2, 0, 3, 1, 0]);
    assert_eq!((&after["date"], &after["layout"]), (&json!(DATE), &before["layout"]));
    assert!(after["version"].as_u64() > before["version"].as_u64());
    let plan = app.get("/api/v1/concerts/spring/plan").await.success(200);
    assert_eq!(plan["dates"], json!([{"date": DATE, "layout": after["layout"]}]));
    let wider = json!({"dates": [{"date": DATE, "seats": 9, "price": 5000}]});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(wider).await.success(200);
    let wider = states(&app, &kim).await;
    assert_eq!(decoded(&wider, 9), [1, 2, 0, 3, 1, 0, 0, 0, 0]);
    assert_ne!(wider["layout"], after["layout"]);
}

#[tokio::test]
async fn a_stream_opens_with_all_states_and_tells_what_changes() {
    let (app, kim) = office(&[]).await;
    let mut stream = follow(&app, &kim).await;
    let opening = stream.next().await.unwrap();
    assert_eq!((opening.name.as_str(), &opening.data), ("states", &states(&app, &kim).await));
    assert!(opening.retry.is_some(), "it says when to come again");
    assert_eq!(opening.data["version"], version(&opening));
    app.reserving(&kim, json!({"seats": [1, 5]})).await.success(200);
    let held = stream.next().await.unwrap();
    assert_eq!((held.name.as_str(), &held.data), ("seats", &json!([[1, 1], [5, 1]])));
    assert!(version(&held) > version(&opening));
    app.canceling(&kim, json!({"seat": 5})).await.success(200);
    assert_eq!(stream.next().await.unwrap().data, json!([[5, 0]]));
    change(&app, "block", json!([6])).await;
    assert_eq!(stream.next().await.unwrap().data, json!([[6, 3]]));
    let wider = json!({"dates": [{"date": DATE, "seats": 9, "price": 5000}]});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(wider).await.success(200);
    let anew = stream.next().await.unwrap();
    assert_eq!((anew.name.as_str(), &anew.data), ("states", &states(&app, &kim).await));
    let mut late = follow(&app, &kim).await;
    assert_eq!(late.next().await.unwrap().data, anew.data, "who comes later is told the same");
}

#[tokio::test]
async fn a_lapse_is_told_and_however_much_happens_there_are_four_events_a_second() {
    let (app, kim) = office(&["hold.seconds=2", "queue.end_on_hold_lapse=false"]).await;
    let mut stream = follow(&app, &kim).await;
    stream.next().await.unwrap();
    let began = Instant::now();
    let mut told = Vec::new();
    for _ in 0..20 {
        app.reserving(&kim, json!({"seat": 1})).await.success(200);
        app.canceling(&kim, json!({"seat": 1})).await.success(200);
        app.reserving(&kim, json!({"seat": 2})).await.success(200);
        app.canceling(&kim, json!({"seat": 2})).await.success(200);
    }
    app.reserving(&kim, json!({"seat": 3})).await.success(200);
    while told.last() != Some(&json!([[3, 0]])) {
        told.push(stream.next().await.unwrap().data);
    }
    let most = 2 + began.elapsed().as_millis() / 250;
    assert!(told.len() as u128 <= most, "{} events in {:?}", told.len(), began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn a_stream_ends_with_its_place_and_only_active_ones_have_it() {
    let (app, kim) = office(&[]).await;
    let mut stream = follow(&app, &kim).await;
    stream.next().await.unwrap();
    app.leaving(&kim).await.success(200);
    while stream.next().await.is_some() {}
    let path = format!("/api/v1/seats/events?date={DATE}");
    app.get(&path).bearer(&kim.token).await.refused(401, "TOKEN_EXPIRED");
    app.concert("full", json!({"queue": {"maxActive": 1}})).await;
    app.guest("ann", "full").await;
    let bob = app.guest("bob", "full").await;
    for list in ["events", "states"] {
        let path = format!("/api/v1/seats/{list}?date={DATE}");
        app.get(&path).bearer(&bob.token).await.refused(403, "QUEUE_WAITING");
    }
}

#[tokio::test]
async fn a_place_has_two_streams_and_the_newest_stay() {
    let (app, kim) = office(&[]).await;
    let mut first = follow(&app, &kim).await;
    first.next().await.unwrap();
    let (mut second, mut third) = (follow(&app, &kim).await, follow(&app, &kim).await);
    assert!(first.next().await.is_none(), "it gave way");
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    for stream in [&mut second, &mut third] {
        assert_eq!(stream.until("seats").await, json!([[1, 1]]));
    }
}
