//! How a place ends, and what its end does: each `why` of the contract, the active time, lapses and abandonment.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually, time_ms};
use crate::harness::client::Call;
use crate::shape::assert_ended;

/// What ends a guest's place.
type End = fn(&App, &Guest) -> Call;

#[tokio::test]
async fn the_active_time_ends_a_place_and_admits_the_next() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null, "activeSeconds": 1}})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.guest("lee", "spring").await;
    let end = time_ms(&kim.joined["expiresAt"]);
    let seen = eventually("the turn of lee", async || {
        let seen = app.place(&lee).await.success(200);
        (seen["status"] == "ACTIVE").then_some(seen)
    })
    .await;
    let admitted = time_ms(&seen["expiresAt"]) - 1_000;
    assert!((end..end + 500).contains(&admitted), "admitted {} ms after the end", admitted - end);
    assert_ended(&app.place(&kim).await, "timed_out");
    assert_ended(&app.reserving(&kim, json!({"seat": 1})).await, "timed_out");
}

#[tokio::test]
async fn holds_made_in_the_active_time_are_honoured() {
    let app = App::start(&["hold.seconds=4"]);
    app.concert("spring", json!({"queue": {"maxActive": null, "admitCount": null, "activeSeconds": 1}})).await;
    let (payer, canceler, idler) =
        (app.guest("payer", "spring").await, app.guest("canceler", "spring").await, app.guest("idler", "spring").await);
    app.charge(&payer.user, 5_000).await;
    for (guest, seats) in [(&payer, json!([1])), (&canceler, json!([2, 3])), (&idler, json!([4]))] {
        let held = app.reserving(guest, json!({ "seats": seats })).await.success(200);
        // The place lives until the last hold lapses, as `expiresAt` says.
        assert_eq!(app.place(guest).await.success(200)["expiresAt"], held["expiresAt"]);
    }
    eventually("the end of the active time", async || {
        let answer = app.reserving(&idler, json!({"seat": 9})).await;
        if answer.status == 200 {
            app.canceling(&idler, json!({"seat": 9})).await.success(200);
        }
        (answer.status == 401).then_some(())
    })
    .await;
    for guest in [&payer, &canceler] {
        assert_ended(&app.reserving(guest, json!({"seat": 9})).await, "timed_out");
        let body = app.place(guest).await.success(200);
        assert_eq!(body["status"], "ACTIVE");
        app.get("/api/v1/seats/dates").bearer(&guest.token).await.success(200);
        let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
        assert!(!map["mine"].as_array().unwrap().is_empty());
    }
    app.canceling(&canceler, json!({"seat": 2})).await.success(200);
    app.paying(&payer, json!({"seat": 1})).await.success(200);
    eventually("the lapse", async || (app.place(&idler).await.status == 401).then_some(())).await;
    assert_ended(&app.place(&idler).await, "hold_lapsed");
}

#[tokio::test]
async fn the_lapse_of_the_last_hold_ends_the_place() {
    let app = App::start(&["hold.seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 2, "admitCount": null}})).await;
    let (kim, lee, next) =
        (app.guest("kim", "spring").await, app.guest("lee", "spring").await, app.guest("next", "spring").await);
    let held = app.reserving(&kim, json!({"seats": [7, 8]})).await.success(200);
    assert_eq!(app.place(&kim).await.success(200)["expiresAt"], held["expiresAt"]);
    app.reserving(&lee, json!({"seat": 7})).await.refused(409, "SEAT_TAKEN");
    // Truth needs no timer: in the instant of the lapse the seat can be taken, never before.
    let taken = eventually("the lapse", async || {
        let answer = app.reserving(&lee, json!({"seat": 7})).await;
        (answer.status == 200).then(|| answer.success(200))
    })
    .await;
    assert!(time_ms(&taken["expiresAt"]) - 1_000 >= time_ms(&held["expiresAt"]), "not before the lapse");
    assert_ended(&app.place(&kim).await, "hold_lapsed");
    assert_ended(&app.paying(&kim, json!({"seat": 8})).await, "hold_lapsed");
    assert_eq!(app.place(&next).await.success(200)["status"], "ACTIVE", "the freed place admits the next");
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    for reservation in listed["reservations"].as_array().unwrap() {
        assert_eq!(reservation["status"], "expired");
    }
}

#[tokio::test]
async fn a_lapse_need_not_end_the_place() {
    let app = App::start(&["hold.seconds=1", "queue.end_on_hold_lapse=false"]);
    app.concert("spring", json!({"queue": {"maxActive": null, "admitCount": null, "activeSeconds": 60}})).await;
    app.concert("short", json!({"queue": {"maxActive": null, "admitCount": null, "activeSeconds": 1}})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.join(&kim.user, "short").await;
    let end = kim.joined["expiresAt"].clone();
    app.reserving(&kim, json!({"seat": 7})).await.success(200);
    assert_eq!(app.place(&kim).await.success(200)["expiresAt"], end, "the later of the two");
    let held = app.reserving(&lee, json!({"seat": 7})).await.success(200);
    assert!(time_ms(&held["expiresAt"]) > time_ms(&lee.joined["expiresAt"]), "a hold is as long as the place is");
    assert_eq!(app.place(&lee).await.success(200)["expiresAt"], held["expiresAt"], "the later of the two");

    eventually("the lapse", async || {
        let answer = app.paying(&kim, json!({"seat": 7})).await;
        assert_eq!(answer.status / 100, 4);
        (answer.reason().unwrap() == "HOLD_EXPIRED").then_some(())
    })
    .await;
    assert_eq!(app.place(&kim).await.success(200)["expiresAt"], end);
    app.reserving(&kim, json!({"seat": 7})).await.success(200);
    eventually("the end of the short place", async || (app.place(&lee).await.status == 401).then_some(())).await;
    assert_ended(&app.place(&lee).await, "timed_out");
}

#[tokio::test]
async fn who_is_not_seen_while_waiting_loses_the_place() {
    let mut app = App::start(&[]);
    let queue = json!({"maxActive": 1, "admitCount": null, "abandonSeconds": 2});
    app.concert("spring", json!({"queue": queue})).await;
    let active = app.guest("active", "spring").await;
    let (silent, polls, asks) =
        (app.guest("silent", "spring").await, app.guest("polls", "spring").await, app.guest("asks", "spring").await);
    let late = app.guest("late", "spring").await;
    app.concert("lobby", json!({"queue": queue, "onSaleAt": "2030-01-01T00:00:00Z"})).await;
    let early = app.guest("early", "lobby").await;
    let stats = "/api/v1/admin/concerts/spring/stats";
    eventually("the abandonment of silent and late", async || {
        app.joining(&asks.user, "spring").await.success(200);
        app.place(&polls).await.success(200);
        // To ask after the silent ones would be to see them.
        (app.operator("GET", stats).await.success(200)["waiting"] == 2).then_some(())
    })
    .await;
    assert_eq!(app.place(&polls).await.success(200)["queuePosition"], 1);
    assert_ended(&app.place(&silent).await, "abandoned");
    assert_ended(&app.place(&late).await, "abandoned");
    assert_eq!(app.place(&early).await.success(200)["status"], "WAITING", "nobody is abandoned before the opening");
    assert_eq!(app.place(&asks).await.success(200)["queuePosition"], 2);
    assert_eq!(app.place(&active).await.success(200)["status"], "ACTIVE", "only who waits is abandoned");

    app.process.kill();
    app.start_again();
    for (guest, position) in [(&polls, 1), (&asks, 2)] {
        assert_eq!(app.place(guest).await.success(200)["queuePosition"], position);
    }
    app.leaving(&polls).await.success(200);
    app.until_places("spring", (0, 1)).await;
    assert_ended(&app.place(&asks).await, "abandoned");
}

#[tokio::test]
async fn the_end_of_a_place_releases_its_holds() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let ends: [(&str, End); 4] = [
        ("left", |app, guest| app.leaving(guest)),
        ("paid", |app, guest| app.paying(guest, json!({"seat": 1}))),
        ("blocked", |app, guest| admin_user(app, "PATCH", guest, json!({"blocked": true}))),
        ("deleted", |app, guest| admin_user(app, "DELETE", guest, json!({}))),
    ];
    let watcher = app.guest("watcher", "spring").await;
    for (why, end) in ends {
        let guest = app.guest(why, "spring").await;
        let seats = if why == "paid" { json!([1, 2, 3]) } else { json!([2, 3]) };
        app.reserving(&guest, json!({ "seats": seats })).await.success(200);
        if why == "paid" {
            app.charge(&guest.user, 5_000).await;
        }
        end(&app, &guest).await.success(200);
        assert_ended(&app.place(&guest).await, why);
        assert_ended(&app.canceling(&guest, json!({"seat": 2})).await, why);
        let free = app.get(&format!("/api/v1/seats/available?date={DATE}")).bearer(&watcher.token).await.success(200);
        let free = free["availableSeats"].as_array().unwrap();
        assert!(free.contains(&json!(2)) && free.contains(&json!(3)), "{why}: {free:?}");
        if why == "left" || why == "paid" {
            let listed = app.reservations(&guest.user, "spring").await.success(200);
            let expected = if why == "left" { vec!["canceled"; 2] } else { vec!["paid", "canceled", "canceled"] };
            let mut by_seat = listed["reservations"].as_array().unwrap().clone();
            by_seat.sort_by_key(|reservation| reservation["seatNumber"].as_u64());
            let statuses: Vec<_> = by_seat.iter().map(|reservation| &reservation["status"]).collect();
            assert_eq!(statuses, expected, "{why}");
        }
    }
}

fn admin_user(app: &App, method: &str, guest: &Guest, body: Value) -> Call {
    app.operator(method, &format!("/api/v1/admin/users/{}", guest.user)).json(body)
}
