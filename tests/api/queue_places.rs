//! Taking a place, looking at it, leaving it: one place a user and concert, exact positions.

use serde_json::json;

use crate::harness::app::{App, DATE, Guest, text, time_ms};
use crate::shape::{assert_ended, assert_invalid, assert_names, assert_waiting};

const TOKEN: &str = "/api/v1/token";
const NOBODY: &str = "11111111-2222-4333-8444-555555555555";
const PLACE: [&str; 13] = [
    "concertId",
    "userId",
    "status",
    "queuePosition",
    "estimatedWaitTime",
    "pollAfter",
    "expiresAt",
    "expiresIn",
    "now",
    "ahead",
    "freeSeats",
    "soldOut",
    "paused",
];

#[tokio::test]
async fn a_place_is_active_at_once_where_nobody_waits() {
    let app = App::start(&["queue.active_seconds=60"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let mut names = PLACE.to_vec();
    assert_names(&app.place(&kim).await.success(200), &names);
    names.push("token");
    assert_names(&kim.joined, &names);
    assert_eq!((&kim.joined["concertId"], &kim.joined["userId"]), (&json!("spring"), &json!(kim.user)));
    assert_eq!((&kim.joined["status"], &kim.joined["queuePosition"]), (&json!("ACTIVE"), &json!(0)));
    let left_ms = time_ms(&kim.joined["expiresAt"]) - chrono::Utc::now().timestamp_millis();
    assert!((55_000..=60_500).contains(&left_ms), "{left_ms} ms of 60 s are left");
    let seen = app.place(&kim).await.success(200);
    assert_eq!(seen["expiresAt"], kim.joined["expiresAt"]);
    // Asking again gives the same place, with a token that is as good.
    let again = app.joining(&kim.user.to_uppercase(), "spring").await.success(200);
    assert_eq!((&again["status"], &again["expiresAt"]), (&json!("ACTIVE"), &kim.joined["expiresAt"]));
    let again = Guest { user: kim.user.clone(), token: text(&again["token"]), joined: again };
    for guest in [&kim, &again] {
        app.place(guest).await.success(200);
    }
}

#[tokio::test]
async fn positions_are_exact_and_close_up_when_somebody_leaves() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let mut guests = Vec::new();
    for position in 0..=5 {
        let guest = app.guest(&format!("guest-{position}"), "spring").await;
        assert_eq!(guest.joined["queuePosition"], position);
        assert_eq!(guest.joined["status"], if position == 0 { "ACTIVE" } else { "WAITING" });
        let poll_after = guest.joined["pollAfter"].as_u64().unwrap();
        assert!((1..=30).contains(&poll_after), "{poll_after}");
        assert!(guest.joined["estimatedWaitTime"].is_u64());
        assert_eq!(guest.joined["expiresAt"].is_null(), position > 0);
        guests.push(guest);
    }
    let again = app.joining(&guests[3].user, "spring").await.success(200);
    assert_eq!(again["queuePosition"], 3, "neither better nor worse");

    assert_eq!(app.leaving(&guests[2]).await.success(200), json!({"status": "left"}));
    for (guest, position) in [(0, 0), (1, 1), (3, 2), (4, 3), (5, 4)] {
        let seen = app.place(&guests[guest]).await.success(200);
        assert_eq!(seen["queuePosition"], position, "guest {guest}");
    }
    assert_ended(&app.place(&guests[2]).await, "left");
    assert_ended(&app.leaving(&guests[2]).await, "left");

    // The freed ACTIVE place admits the next in the same step: the very next answers show it.
    app.leaving(&guests[0]).await.success(200);
    let seen = app.place(&guests[1]).await.success(200);
    assert_eq!((&seen["status"], &seen["queuePosition"]), (&json!("ACTIVE"), &json!(0)));
    assert_eq!(app.place(&guests[3]).await.success(200)["queuePosition"], 1);

    // Who left comes back behind everybody.
    let back = app.join(&guests[2].user, "spring").await;
    assert_eq!(back.joined["queuePosition"], 4);
}

#[tokio::test]
async fn a_waiting_place_sees_nothing_of_the_seats() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    app.guest("first", "spring").await;
    app.guest("second", "spring").await;
    let kim = app.guest("kim", "spring").await;
    for path in [
        "/api/v1/concerts/spring/availability".to_owned(),
        "/api/v1/seats/dates".to_owned(),
        format!("/api/v1/seats/available?date={DATE}"),
        format!("/api/v1/seats?date={DATE}"),
    ] {
        assert_waiting(&app.get(&path).bearer(&kim.token).await, 2);
    }
    for answer in [
        app.reserving(&kim, json!({"seat": 1})).await,
        app.paying(&kim, json!({"seat": 1})).await,
        app.canceling(&kim, json!({"seat": 1})).await,
    ] {
        assert_waiting(&answer, 2);
    }
}

#[tokio::test]
async fn the_concert_may_be_left_out_while_exactly_one_is_on_sale() {
    let app = App::start(&[]);
    let kim = app.user("kim").await;
    let call = || app.post(TOKEN).json(json!({ "userId": kim }));
    call().await.refused(400, "CONCERT_REQUIRED");
    app.concert("autumn", json!({"status": "draft"})).await;
    app.concert("winter", json!({"status": "closed"})).await;
    call().await.refused(400, "CONCERT_REQUIRED");
    app.concert("spring", json!({})).await;
    assert_eq!(call().await.success(201)["concertId"], "spring");
    let wish = json!({"userId": kim, "concertId": null, "status": "WAITING", "queuePosition": 7, "expiresAt": DATE});
    let body = app.post(TOKEN).json(wish).await.success(200);
    assert_eq!((&body["status"], &body["queuePosition"]), (&json!("ACTIVE"), &json!(0)));
    assert_eq!(body["concertId"], "spring");
    app.concert("summer", json!({})).await;
    call().await.refused(400, "CONCERT_REQUIRED");
}

#[tokio::test]
async fn a_place_needs_a_user_and_a_concert_on_sale() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    app.concert("autumn", json!({"status": "draft"})).await;
    app.concert("winter", json!({"status": "closed"})).await;
    let kim = app.user("kim").await;
    app.joining(NOBODY, "spring").await.refused(404, "USER_NOT_FOUND");
    app.joining(&kim, "summer").await.refused(404, "CONCERT_NOT_FOUND");
    app.joining(&kim, "autumn").await.refused(404, "CONCERT_NOT_FOUND");
    app.joining(&kim, "winter").await.refused(403, "NOT_ON_SALE");
    for user in ["null", "7", "\"kim\"", "\"\"", "[]", "\"11111111-2222-4333-8444-55555555555\""] {
        let body = format!(r#"{{"userId":{user},"concertId":"spring"}}"#);
        assert_invalid(&app.post(TOKEN).text(body).await, &["userId"]);
    }
    assert_invalid(&app.post(TOKEN).text(r#"{"concertId":"spring"}"#).await, &["userId"]);
    let too_long = format!("\"{}\"", "s".repeat(65));
    for concert in ["7", "\"\"", "\"Spring\"", "\"sp ring\"", "\"sp_ring\"", "[]", too_long.as_str()] {
        let body = format!(r#"{{"userId":"{kim}","concertId":{concert}}}"#);
        assert_invalid(&app.post(TOKEN).text(body).await, &["concertId"]);
    }
}

#[tokio::test]
async fn a_user_may_stand_in_several_queues() {
    let app = App::start(&[]);
    for id in ["spring", "summer"] {
        app.concert(id, json!({})).await;
    }
    let kim = app.user("kim").await;
    let (spring, summer) = (app.join(&kim, "spring").await, app.join(&kim, "summer").await);
    app.leaving(&spring).await.success(200);
    assert_ended(&app.place(&spring).await, "left");
    assert_eq!(app.place(&summer).await.success(200)["concertId"], "summer");
    let path = "/api/v1/concerts/spring/availability";
    app.get(path).bearer(&summer.token).await.refused(403, "WRONG_CONCERT");
}

#[tokio::test]
async fn the_wait_is_estimated_and_falls_with_the_place() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let mut guests = Vec::new();
    for number in 0..40 {
        guests.push(app.guest(&format!("guest-{number}"), "spring").await);
    }
    // Admissions happen, so that there is a rate to measure.
    for guest in &guests[..10] {
        app.leaving(guest).await.success(200);
    }
    let (near, far) = (app.place(&guests[11]).await.success(200), app.place(&guests[39]).await.success(200));
    assert_eq!((&near["queuePosition"], &far["queuePosition"]), (&json!(1), &json!(29)));
    let (near_wait, far_wait) =
        (near["estimatedWaitTime"].as_u64().unwrap(), far["estimatedWaitTime"].as_u64().unwrap());
    assert!(near_wait <= far_wait, "{near_wait} s at the head, {far_wait} s far from it");
    assert!(near["pollAfter"].as_u64().unwrap() <= far["pollAfter"].as_u64().unwrap());
}
