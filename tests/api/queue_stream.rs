//! The event stream of a queue place.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::app::{App, Guest};
use crate::harness::stream::Stream;
use crate::shape::assert_ended;

#[tokio::test]
async fn the_stream_tells_every_change_of_place() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let first = app.guest("first", "spring").await;
    let second = app.guest("second", "spring").await;
    let kim = app.guest("kim", "spring").await;

    let mut stream = follow(&app, &kim).await;
    let opening = stream.next().await.unwrap();
    assert_eq!(opening.name, "position", "it opens with the present state");
    assert_same_place(&opening.data, &app.place(&kim).await.success(200));
    assert_eq!(opening.data["queuePosition"], 2);

    app.leaving(&first).await.success(200);
    let moved = stream.next().await.unwrap();
    assert_eq!((moved.name.as_str(), &moved.data["queuePosition"]), ("position", &json!(1)));
    app.leaving(&second).await.success(200);
    let admitted = stream.until("active").await;
    assert_eq!((&admitted["status"], &admitted["queuePosition"]), (&json!("ACTIVE"), &json!(0)));
    assert_same_place(&admitted, &app.place(&kim).await.success(200));
    app.leaving(&kim).await.success(200);
    stream.until("ended").await;
    assert_ended(&app.get("/api/v1/token/events").bearer(&kim.token).await, "left");
}

#[tokio::test]
async fn the_stream_of_an_active_place_opens_with_active() {
    let app = App::start(&["hold.seconds=1"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut stream = follow(&app, &kim).await;
    let opening = stream.next().await.unwrap();
    assert_eq!(opening.name, "active");
    assert_same_place(&opening.data, &app.place(&kim).await.success(200));
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    // Nobody asks: the lapse is told by itself.
    stream.until("ended").await;
    assert_ended(&app.place(&kim).await, "hold_lapsed");
}

#[tokio::test]
async fn an_open_stream_is_being_seen() {
    let app = App::start(&[]);
    let queue = json!({"maxActive": 1, "admitCount": null, "abandonSeconds": 1});
    app.concert("spring", json!({ "queue": queue })).await;
    app.guest("first", "spring").await;
    let silent = app.guest("silent", "spring").await;
    let kim = app.guest("kim", "spring").await;
    let mut stream = follow(&app, &kim).await;
    assert_eq!(stream.next().await.unwrap().data["queuePosition"], 2);
    let moved = stream.next().await.unwrap();
    assert_eq!((moved.name.as_str(), &moved.data["queuePosition"]), ("position", &json!(1)));
    assert_ended(&app.place(&silent).await, "abandoned");
    // Whoever comes now and is silent is abandoned; a follower who was seen before that is not.
    app.guest("witness", "spring").await;
    app.until_places("spring", (1, 1)).await;
    assert_eq!(app.place(&kim).await.success(200)["queuePosition"], 1);
    drop(stream);
    app.until_places("spring", (0, 1)).await;
    assert_ended(&app.place(&kim).await, "abandoned");
}

#[tokio::test]
async fn positions_come_at_most_once_a_second() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    app.guest("active", "spring").await;
    let mut before = Vec::new();
    for number in 0..12 {
        before.push(app.guest(&format!("guest-{number}"), "spring").await);
    }
    let kim = app.guest("kim", "spring").await;
    let mut stream = follow(&app, &kim).await;
    assert_eq!(stream.next().await.unwrap().data["queuePosition"], 13);
    let begun = Instant::now();
    for guest in &before {
        app.leaving(guest).await.success(200);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let mut positions = 0;
    while stream.until("position").await["queuePosition"] != 1 {
        positions += 1;
    }
    // Many changes, few events; the last one always comes, and soon.
    assert!(positions <= 1 + begun.elapsed().as_secs(), "{positions} events before the last in {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn streams_end_with_the_server() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut stream = follow(&app, &kim).await;
    assert_eq!(stream.next().await.unwrap().name, "active");
    let begun = Instant::now();
    app.stop_and_verify();
    assert!(begun.elapsed().as_secs() < 5, "an open stream does not hold up the end: {:?}", begun.elapsed());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_place_has_two_streams_and_the_newest_win() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    let mut other = follow(&app, &lee).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = follow(&app, &kim).await;
        assert_eq!(stream.next().await.unwrap().name, "active");
        streams.push(stream);
    }
    for stream in &mut streams[..3] {
        assert!(stream.next().await.is_none(), "ended for a newer one");
    }
    app.leaving(&kim).await.success(200);
    for stream in &mut streams[3..] {
        stream.until("ended").await;
    }
    app.leaving(&lee).await.success(200);
    other.until("ended").await;
}

async fn follow(app: &App, guest: &Guest) -> Stream {
    Stream::open(app.process.address, "/api/v1/token/events", &guest.token, "").await
}

/// Both tell the same place; estimates may differ by the time between them.
#[track_caller]
fn assert_same_place(streamed: &Value, polled: &Value) {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(streamed), names(polled));
    for name in ["concertId", "userId", "status", "queuePosition", "expiresAt"] {
        assert_eq!(streamed[name], polled[name], "{name}");
    }
}
