//! What a restart keeps: places, positions, holds and tokens with their original times, and everything sold.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually, text, time_ms};
use crate::shape::assert_ended;

#[tokio::test]
async fn everything_acknowledged_survives() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 2, "admitCount": null}})).await;
    let mut guests = Vec::new();
    for number in 0..6 {
        guests.push(app.guest(&format!("guest-{number}"), "spring").await);
    }
    app.charge(&guests[0].user, 12_345).await;
    app.reserving(&guests[0], json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&guests[1], json!({"seat": 3})).await.success(200);
    let payment = app.paying(&guests[0], json!({"seat": 1})).await.success(200);
    app.leaving(&guests[3]).await.success(200);
    let before = state(&app, &guests).await;
    for round in 0..2 {
        if round == 0 {
            app.process.kill();
        } else {
            app.stop_and_verify();
        }
        app.start_again();
        assert_eq!(state(&app, &guests).await, before, "round {round}");
    }
    app.reserving(&guests[2], json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");
    app.reserving(&guests[2], json!({"seat": 3})).await.refused(409, "SEAT_TAKEN");
    app.post("/api/v1/users").json(json!({"username": "guest-0"})).await.refused(409, "USERNAME_TAKEN");
    app.refunding(&text(&payment["paymentId"])).await.success(200);
    app.canceling(&guests[1], json!({"seat": 3})).await.success(200);
    app.stop_and_verify();
}

#[tokio::test]
async fn what_ends_while_the_server_is_down_ends() {
    let mut app = App::start(&["hold.seconds=1"]);
    let queue = json!({"maxActive": 2, "admitCount": null, "activeSeconds": 2});
    app.concert("spring", json!({ "queue": queue })).await;
    app.concert(
        "summer",
        json!({"closesAt": (chrono::Utc::now() + chrono::TimeDelta::milliseconds(1_500)).to_rfc3339()}),
    )
    .await;
    let (holder, idle, next) =
        (app.guest("holder", "spring").await, app.guest("idle", "spring").await, app.guest("next", "spring").await);
    let late = app.guest("late", "summer").await;
    let opening = (chrono::Utc::now() + chrono::TimeDelta::milliseconds(1_500)).to_rfc3339();
    app.concert(
        "autumn",
        json!({"onSaleAt": opening, "queue": {"maxActive": 1, "admitCount": null, "activeSeconds": 600}}),
    )
    .await;
    let (lobby, behind) = (app.guest("lobby", "autumn").await, app.guest("behind", "autumn").await);
    assert_eq!(lobby.joined["status"], "WAITING");
    app.reserving(&holder, json!({"seat": 1})).await.success(200);
    app.process.kill();
    // Until all of it is due; while the server is down there is no state to wait for.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    let started = chrono::Utc::now().timestamp_millis();
    app.start_again();
    assert_ended(&app.place(&holder).await, "hold_lapsed");
    assert_ended(&app.place(&idle).await, "timed_out");
    assert_ended(&app.place(&late).await, "closed");
    // Nobody was admitted in that time; admission goes on at the start.
    let place = admitted(&app, &next).await;
    assert!(time_ms(&place["expiresAt"]) - 2_000 >= started, "admitted before the start: {place}");
    let place = admitted(&app, &lobby).await;
    assert!(time_ms(&place["expiresAt"]) - 600_000 >= started, "admitted before the start: {place}");
    assert_eq!(app.place(&behind).await.success(200)["queuePosition"], 1);
    app.reserving(&next, json!({"seat": 1})).await.success(200);
    app.stop_and_verify();
}

#[tokio::test]
async fn a_restart_to_throttle_admits_under_the_new_settings_only() {
    let mut app = App::start(&["queue.max_active=3", "queue.active_seconds=1"]);
    app.concert("spring", json!({"queue": {}})).await;
    app.concert("summer", json!({"queue": {"maxActive": null}})).await;
    for concert in ["spring", "summer"] {
        for number in 0..3 {
            app.guest(&format!("{concert}-{number}"), concert).await;
        }
    }
    let mut behind = Vec::new();
    for number in 0..3 {
        behind.push(app.guest(&format!("behind-{number}"), "spring").await);
    }
    assert_eq!(behind[0].joined["status"], "WAITING");
    app.process.kill();
    // Until everybody's time is over; while the server is down there is no state to wait for.
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    app.settings = ["queue.max_active=2", "queue.admit_count=4", "queue.admit_interval=3600"].map(str::to_owned).into();
    app.start_again();
    // Three of the four admissions in an hour were before.
    let mut statuses = Vec::new();
    for guest in &behind {
        statuses.push(app.place(guest).await.success(200)["status"].clone());
    }
    assert_eq!(statuses, ["ACTIVE", "WAITING", "WAITING"]);
    let stats = app.operator("GET", "/api/v1/admin/concerts/spring/stats").await.success(200);
    assert_eq!((&stats["active"], &stats["admitted"]), (&json!(1), &json!(4)), "{stats}");
    app.stop_and_verify();
}

/// The place, once it is ACTIVE.
async fn admitted(app: &App, guest: &Guest) -> Value {
    eventually("admission", async || {
        let place = app.place(guest).await.success(200);
        (place["status"] == "ACTIVE").then_some(place)
    })
    .await
}

/// All that the guests and the operator can read.
async fn state(app: &App, guests: &[Guest]) -> Vec<Value> {
    let mut state = Vec::new();
    for guest in guests {
        let mut place = app.place(guest).await.json();
        for moving in ["estimatedWaitTime", "pollAfter", "expiresIn", "now"] {
            place["body"].as_object_mut().unwrap().remove(moving);
        }
        state.push(place);
        for path in ["balance", "ledger", "payments"] {
            state.push(app.get(&format!("/api/v1/users/{}/{path}", guest.user)).await.json());
        }
        let mut reservations = app.reservations(&guest.user, "spring").await.json();
        for entry in reservations["body"]["reservations"].as_array_mut().into_iter().flatten() {
            entry.as_object_mut().unwrap().remove("expiresIn");
        }
        state.push(reservations);
        state.push(app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.json());
    }
    for path in ["concerts/spring", "concerts/spring/queue", "events?limit=100"] {
        state.push(app.operator("GET", &format!("/api/v1/admin/{path}")).await.success(200));
    }
    let mut stats = app.operator("GET", "/api/v1/admin/concerts/spring/stats").await.success(200);
    stats.as_object_mut().unwrap().remove("admissionsPerMinute");
    state.push(stats);
    state
}
