//! POST `/api/v1/seats/reserve` with named seats.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, eventually, time_ms};
use crate::shape::{assert_invalid, assert_names};

const RESERVE: &str = "/api/v1/seats/reserve";

#[tokio::test]
async fn a_seat_is_held_for_a_while() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let sent = json!({"seat": 5, "price": 1, "amount": 1, "status": "sold", "expiresIn": 9, "owner": "x"});
    let body = app.reserving(&kim, sent).await.success(200);
    let names = ["status", "date", "seatNumber", "seats", "places", "amount", "expiresIn", "expiresAt"];
    assert_names(&body, &names);
    assert_eq!((&body["status"], &body["date"]), (&json!("reserved"), &json!(DATE)));
    assert_eq!((&body["seatNumber"], &body["seats"]), (&json!(5), &json!([5])));
    assert_eq!((&body["amount"], &body["expiresIn"]), (&json!(5000), &json!(300)));
    let left_ms = time_ms(&body["expiresAt"]) - chrono::Utc::now().timestamp_millis();
    assert!((295_000..=300_500).contains(&left_ms), "{left_ms} ms");
    // Seats ascend, whatever the order in which they were asked for; null is absent.
    let body = app.reserving(&kim, json!({"seats": [8, 7], "seat": null, "bestAvailable": null})).await.success(200);
    assert_eq!((&body["seatNumber"], &body["seats"], &body["amount"]), (&json!(7), &json!([7, 8]), &json!(10_000)));
    let user = kim.user.to_uppercase();
    app.reserving(&kim, json!({"seat": 9, "userId": user})).await.success(200);
}

#[tokio::test]
async fn a_seat_has_one_holder() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 5})).await.success(200);
    let body = app.reserving(&lee, json!({"seat": 5})).await.refused(409, "SEAT_TAKEN");
    assert_eq!(body["message"], "Seat is already reserved.");
    // All or nothing: the free seats of a refused request stay free.
    app.reserving(&lee, json!({"seats": [4, 5, 6]})).await.refused(409, "SEAT_TAKEN");
    app.reserving(&kim, json!({"seats": [4, 6]})).await.success(200);
    app.paying(&kim, json!({"seat": 5})).await.success(200);
    app.reserving(&lee, json!({"seat": 5})).await.refused(409, "SEAT_TAKEN");
    app.reserving(&lee, json!({"seats": [4, 6]})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    app.reserving(&kim, json!({"seat": 5})).await.refused(409, "ALREADY_PAID");
}

/// Waits until everything that was acknowledged is in the tables.
async fn at_rest(app: &App) {
    eventually("the tables to be up to date", async || {
        let metrics = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
        metrics.lines().any(|line| line == "jari_overlay_rows 0").then_some(())
    })
    .await;
}

#[tokio::test]
async fn losing_to_a_committed_hold_takes_no_disk() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.reserving(&kim, json!({"seats": [5, 6]})).await.success(200);
    at_rest(&app).await;
    let before = files(&app.folder.data());
    for _ in 0..200 {
        app.reserving(&lee, json!({"seat": 5})).await.refused(409, "SEAT_TAKEN");
    }
    // Whatever had been taken in would be in the log before its answer, and in the tables once all is at rest.
    at_rest(&app).await;
    assert_eq!(files(&app.folder.data()), before);
    app.reserving(&lee, json!({"seat": 7})).await.success(200);
    assert_ne!(files(&app.folder.data()), before, "a hold is written");
}

/// Bytes that were appended to the log, and the entries that they are.
async fn log_written(app: &App) -> Vec<String> {
    let metrics = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    let of_log =
        |line: &&str| line.starts_with("jari_log_bytes_total ") || line.starts_with("jari_batch_commands_count");
    metrics.lines().filter(of_log).map(str::to_owned).collect()
}

#[tokio::test]
async fn whatever_refuses_a_reservation_takes_no_disk() {
    let app = App::start(&[]);
    let fields =
        |queue: Value| json!({"seatLimit": 2, "queue": queue, "dates": [{"date": DATE, "seats": 4, "price": 5000}]});
    app.concert("spring", fields(json!({"maxActive": null}))).await;
    let (kim, lee, ann) =
        (app.guest("kim", "spring").await, app.guest("lee", "spring").await, app.guest("ann", "spring").await);
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    app.reserving(&lee, json!({"seat": 3})).await.success(200);
    // Seat 1 is sold, seat 3 is held; 2 and 4 are free and stand alone.
    let cases = [
        (&kim, json!({"seat": 1}), 409, "ALREADY_PAID"),
        (&ann, json!({"seat": 1}), 409, "SEAT_TAKEN"),
        (&ann, json!({"seats": [2, 3]}), 409, "SEAT_TAKEN"),
        (&ann, json!({"seat": 5}), 404, "SEAT_NOT_FOUND"),
        (&ann, json!({"seat": 2, "date": "2030-01-01"}), 404, "DATE_NOT_FOUND"),
        (&kim, json!({"seats": [2, 4]}), 409, "SEAT_LIMIT"),
        (&ann, json!({"bestAvailable": {"count": 3}}), 409, "SEAT_LIMIT"),
        (&ann, json!({"bestAvailable": {"count": 2}}), 409, "NO_ADJACENT_SEATS"),
        (&ann, json!({"bestAvailable": {"count": 2, "section": "A"}}), 409, "NO_ADJACENT_SEATS"),
    ];
    let before = log_written(&app).await;
    assert_eq!(before.len(), 2, "{before:?}");
    for (guest, seats, status, reason) in &cases {
        app.reserving(guest, seats.clone()).await.refused(*status, reason);
    }
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"onSaleAt": null})).await.success(200);
    assert_eq!(log_written(&app).await, before, "nothing of it went through the log");
    app.reserving(&ann, json!({"seat": 2})).await.success(200);
    assert_ne!(log_written(&app).await, before, "a hold is written");
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"status": "closed"})).await.success(200);
    let before = log_written(&app).await;
    app.reserving(&ann, json!({"seat": 4})).await.refused(403, "NOT_ON_SALE");
    assert_eq!(log_written(&app).await, before);
}

#[tokio::test]
async fn repetition_extends_nothing() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let first = app.reserving(&kim, json!({"seat": 5})).await.success(200);
    let again = app.reserving(&kim, json!({"seat": 5})).await.success(200);
    assert_eq!(again["expiresIn"], 300, "rounded up");
    eventually("less being left of it", async || {
        let again = app.reserving(&kim, json!({"seat": 5})).await.success(200);
        assert_eq!(again["expiresAt"], first["expiresAt"]);
        (again["expiresIn"].as_u64().unwrap() < 300).then_some(())
    })
    .await;
    let left_ms = time_ms(&again["expiresAt"]) - chrono::Utc::now().timestamp_millis();
    assert!(again["expiresIn"].as_i64().unwrap() * 1_000 >= left_ms, "never too early: {again}, {left_ms} ms");
    // Together with a new seat: the answer gives the earliest, the new seat has its own time.
    let mixed = app.reserving(&kim, json!({"seats": [5, 6]})).await.success(200);
    assert_eq!((&mixed["expiresAt"], &mixed["amount"]), (&first["expiresAt"], &json!(10_000)));
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    let ends: Vec<_> =
        listed["reservations"].as_array().unwrap().iter().map(|hold| time_ms(&hold["expiresAt"])).collect();
    assert_eq!(ends.len(), 2, "one reservation a seat: {listed}");
    assert!(ends[0] >= ends[1] + 1_000, "newest first, with its own time: {listed}");
}

#[tokio::test]
async fn the_limit_counts_held_and_owned_seats_over_all_dates() {
    let app = App::start(&[]);
    let dates = json!([{"date": DATE, "seats": 50, "price": 10}, {"date": "2030-12-25", "seats": 50, "price": 10}]);
    app.concert("spring", json!({"seatLimit": 3, "dates": dates})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 100).await;
    app.reserving(&kim, json!({"seats": [1, 2, 3, 4]})).await.refused(409, "SEAT_LIMIT");
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&kim, json!({"date": "2030-12-25", "seats": [1, 2]})).await.refused(409, "SEAT_LIMIT");
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    app.canceling(&kim, json!({"seat": 3})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    let kim = app.join(&kim.user, "spring").await;
    app.reserving(&kim, json!({"seats": [5, 6, 7]})).await.refused(409, "SEAT_LIMIT");
    app.reserving(&kim, json!({"date": "2030-12-25", "seats": [5, 6]})).await.success(200);

    // The server's setting where the concert has none.
    app.concert("autumn", json!({})).await;
    let lee = app.guest("lee", "autumn").await;
    app.reserving(&lee, json!({"seats": [1, 2, 3, 4, 5]})).await.refused(409, "SEAT_LIMIT");
    app.reserving(&lee, json!({"seats": [1, 2, 3, 4]})).await.success(200);
}

#[tokio::test]
async fn a_lapsed_hold_counts_no_more() {
    let app = App::start(&["hold.seconds=1", "queue.end_on_hold_lapse=false", "sale.seat_limit=2"]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&kim, json!({"seat": 3})).await.refused(409, "SEAT_LIMIT");
    eventually("the lapse", async || {
        let answer = app.paying(&kim, json!({"seats": [1, 2]})).await;
        assert_eq!(answer.status / 100, 4, "the wallet is empty");
        (answer.reason().unwrap() == "HOLD_EXPIRED").then_some(())
    })
    .await;
    app.reserving(&kim, json!({"seats": [3, 1]})).await.success(200);
}

#[tokio::test]
async fn seats_and_dates_must_exist() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for seat in [json!(0), json!(51), json!(100_001), json!(4_294_967_297_u64), json!(-1)] {
        app.reserving(&kim, json!({ "seat": seat })).await.refused(404, "SEAT_NOT_FOUND");
        app.reserving(&kim, json!({ "seats": [1, seat] })).await.refused(404, "SEAT_NOT_FOUND");
    }
    app.reserving(&kim, json!({"seat": 1, "date": "2030-12-25"})).await.refused(404, "DATE_NOT_FOUND");
    assert_free(&app, &kim).await;
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    let head = format!(r#""userId":"{}","date":"{DATE}""#, kim.user);
    for seat in ["1.0", "1.5", "1e0", "\"1\"", "true", "[]", "[1]", "{}", "18446744073709551616"] {
        assert_invalid(&send(&app, &kim, &format!("{head},\"seat\":{seat}")).await, &["seat"]);
    }
    for seats in ["[]", "[5,5]", "5", "\"5\"", "{}", "[5.0]", "[\"5\"]", "[null]", "[[5]]", "[5e0]", "[true]"] {
        assert_invalid(&send(&app, &kim, &format!("{head},\"seats\":{seats}")).await, &["seats"]);
    }
    for count in ["null", "0", "-1", "1.0", "\"1\"", "1e0", "true", "[]", "18446744073709551616"] {
        let body = format!("{head},\"bestAvailable\":{{\"count\":{count}}}");
        assert_invalid(&send(&app, &kim, &body).await, &["count", "bestAvailable"]);
    }
    for best in ["7", "\"2\"", "[]", "{}", "true", "{\"count\":1,\"section\":7}"] {
        let body = format!("{head},\"bestAvailable\":{best}");
        assert_invalid(&send(&app, &kim, &body).await, &["bestAvailable", "count", "section"]);
    }
    // Exactly one of the three ways.
    for ways in ["", ",\"seat\":null", ",\"seat\":1,\"seats\":[1]", ",\"seat\":1,\"bestAvailable\":{\"count\":1}"] {
        let answer = send(&app, &kim, &format!("{head}{ways}")).await;
        assert_invalid(&answer, &["seat", "seats", "bestAvailable"]);
    }
    for date in ["null", "7", "\"\"", "\"tomorrow\"", "\"2030-13-01\"", "\"2030-02-30\"", "\"24.12.2030\"", "[]"] {
        let body = format!(r#""userId":"{}","date":{date},"seat":1"#, kim.user);
        assert_invalid(&send(&app, &kim, &body).await, &["date"]);
    }
    for user in ["null", "7", "\"\"", "\"kim\"", "[]"] {
        assert_invalid(&send(&app, &kim, &format!(r#""userId":{user},"date":"{DATE}","seat":1"#)).await, &["userId"]);
    }
    assert_invalid(&send(&app, &kim, &format!(r#""date":"{DATE}","seat":1"#)).await, &["userId"]);
    assert_invalid(&send(&app, &kim, &format!(r#""userId":"{}","seat":1"#, kim.user)).await, &["date"]);
    assert_free(&app, &kim).await;
}

#[tokio::test]
async fn a_place_serves_its_own_user_only() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    for user in [lee.user.as_str(), "11111111-2222-4333-8444-555555555555"] {
        let body = json!({"seat": 1, "userId": user});
        app.reserving(&kim, body.clone()).await.refused(403, "NOT_YOURS");
        app.paying(&kim, body.clone()).await.refused(403, "NOT_YOURS");
        app.canceling(&kim, body).await.refused(403, "NOT_YOURS");
    }
    assert_free(&app, &kim).await;
}

async fn send(app: &App, guest: &Guest, fields: &str) -> crate::harness::client::Answer {
    app.post(RESERVE).bearer(&guest.token).text(format!("{{{fields}}}")).await
}

/// Every file below a folder with its length and the time of its last change.
fn files(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path(), (about.len(), about.modified().unwrap()));
        }
    }
    found
}

/// All 50 seats are free: nothing that was refused left a trace.
async fn assert_free(app: &App, guest: &Guest) {
    let map: Value = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
    let free = map["seats"].as_array().unwrap().iter().filter(|seat| seat["status"] == "free").count();
    assert_eq!(free, 50);
}
