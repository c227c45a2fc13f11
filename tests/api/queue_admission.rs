//! Admission: in the order of arrival, by `maxActive` and the sliding window, changeable while on sale; the lobby.

use serde_json::{Value, json};

use crate::harness::app::{App, Guest, eventually, time_ms};
use crate::shape::{assert_ended, assert_invalid, assert_waiting};

const ACTIVE_SECONDS: i64 = 600;

#[tokio::test]
async fn a_changed_policy_takes_effect_at_once() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let guests = arrivals(&app, "spring", 8).await;
    assert_eq!(active(&app, &guests).await, [0]);

    put_queue(&app, json!({"maxActive": 4, "admitCount": null})).await;
    assert_eq!(active(&app, &guests).await, [0, 1, 2, 3]);
    assert_eq!(app.place(&guests[4]).await.success(200)["queuePosition"], 1);

    // Lowering ends nobody; it only stops admission until the number has fallen below.
    put_queue(&app, json!({"maxActive": 2, "admitCount": null})).await;
    assert_eq!(active(&app, &guests).await, [0, 1, 2, 3]);
    for leaver in [0, 1] {
        app.leaving(&guests[leaver]).await.success(200);
    }
    assert_eq!(active(&app, &guests[2..]).await, [0, 1], "two are ACTIVE, nobody is admitted");
    app.leaving(&guests[2]).await.success(200);
    assert_eq!(active(&app, &guests[3..]).await, [0, 1], "the next one, not more");

    put_queue(&app, json!({"maxActive": null, "admitCount": null})).await;
    assert_eq!(active(&app, &guests[3..]).await, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn the_sliding_window_bounds_admissions_across_a_restart() {
    const COUNT: usize = 2;
    const INTERVAL_MS: i64 = 1_000;
    let mut app = App::start(&[]);
    let queue = json!({"maxActive": null, "admitCount": COUNT, "admitInterval": 1, "activeSeconds": ACTIVE_SECONDS});
    app.concert("spring", json!({ "queue": queue })).await;
    let guests = arrivals(&app, "spring", 7).await;
    assert_eq!(active(&app, &guests).await, [0, 1], "as many as the window allows, at once");
    all_active(&app, &guests[..4]).await;
    app.process.kill();
    app.start_again();
    all_active(&app, &guests).await;
    let mut admitted = Vec::new();
    for guest in &guests {
        admitted.push(time_ms(&app.place(guest).await.success(200)["expiresAt"]) - ACTIVE_SECONDS * 1_000);
    }
    assert!(admitted.is_sorted(), "first come, first served: {admitted:?}");
    for window in admitted.windows(COUNT + 1) {
        assert!(window[COUNT] - window[0] >= INTERVAL_MS, "more than {COUNT} within {INTERVAL_MS} ms: {admitted:?}");
    }
}

#[tokio::test]
async fn the_window_slides() {
    let app = App::start(&[]);
    let queue = json!({"maxActive": null, "admitCount": 2, "admitInterval": 2, "activeSeconds": ACTIVE_SECONDS});
    app.concert("spring", json!({ "queue": queue })).await;
    let guests = arrivals(&app, "spring", 4).await;
    assert_eq!(active(&app, &guests).await, [0, 1]);
    all_active(&app, &guests).await;
    let mut admitted = Vec::new();
    for guest in &guests {
        admitted.push(time_ms(&app.place(guest).await.success(200)["expiresAt"]) - ACTIVE_SECONDS * 1_000);
    }
    assert!(admitted[0] < admitted[1], "each has a window of its own: {admitted:?}");
    // The third comes in when the first has left the window, the fourth when the second has: not before, soon after.
    for (earlier, later) in [(0, 2), (1, 3)] {
        let apart = admitted[later] - admitted[earlier];
        assert!((2_000..2_400).contains(&apart), "{apart} ms between {earlier} and {later}: {admitted:?}");
    }
}

#[tokio::test]
async fn all_parts_of_the_policy_must_allow_an_admission() {
    let app = App::start(&[]);
    let queue = json!({"maxActive": 3, "admitCount": 2, "admitInterval": 1});
    app.concert("spring", json!({ "queue": queue })).await;
    let guests = arrivals(&app, "spring", 5).await;
    assert_eq!(active(&app, &guests).await, [0, 1], "the window");
    all_active(&app, &guests[..3]).await;
    // The same window at another concert: when it has let in another one, that of this one would have, too.
    app.concert("autumn", json!({"queue": {"maxActive": null, "admitCount": 1, "admitInterval": 1}})).await;
    all_active(&app, &[app.join(&guests[3].user, "autumn").await, app.join(&guests[4].user, "autumn").await]).await;
    assert_eq!(active(&app, &guests).await, [0, 1, 2], "the number of ACTIVE places");
}

#[tokio::test]
async fn before_the_opening_users_gather_in_a_lobby() {
    let app = App::start(&[]);
    let opening = chrono::Utc::now() + chrono::TimeDelta::milliseconds(2_500);
    let fields = json!({
        "onSaleAt": opening.to_rfc3339(),
        "queue": {"maxActive": 2, "admitCount": null, "activeSeconds": ACTIVE_SECONDS},
    });
    app.concert("spring", fields).await;
    let guests = arrivals(&app, "spring", 4).await;
    assert!(chrono::Utc::now() < opening, "the machine is too slow for this scenario");
    for (position, guest) in (1..).zip(&guests) {
        assert_eq!((&guest.joined["status"], &guest.joined["queuePosition"]), (&json!("WAITING"), &json!(position)));
        assert!(guest.joined["expiresAt"].is_null());
    }
    assert_waiting(&app.get("/api/v1/seats/dates").bearer(&guests[0].token).await, 1);
    app.leaving(&guests[0]).await.success(200);
    all_active(&app, &guests[1..3]).await;
    assert_eq!(app.place(&guests[3]).await.success(200)["queuePosition"], 1);
    for guest in &guests[1..3] {
        let admitted = time_ms(&app.place(guest).await.success(200)["expiresAt"]) - ACTIVE_SECONDS * 1_000;
        assert!(admitted >= opening.timestamp_millis(), "nobody before the opening");
    }
}

#[tokio::test]
async fn an_opening_that_is_moved_into_the_past_opens() {
    let app = App::start(&[]);
    app.concert("spring", json!({"onSaleAt": "2030-01-01T00:00:00Z"})).await;
    let guests = arrivals(&app, "spring", 2).await;
    assert!(active(&app, &guests).await.is_empty());
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"onSaleAt": null})).await.success(200);
    assert_eq!(active(&app, &guests).await, [0, 1]);
}

#[tokio::test]
async fn a_policy_has_bounds() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let path = "/api/v1/admin/concerts/spring/queue";
    for (field, values) in [
        ("maxActive", ["0", "-1", "\"3\"", "1.0", "1e2"]),
        ("admitCount", ["-1", "\"3\"", "1.0", "{}", "1e3"]),
        ("admitInterval", ["0", "-1", "\"3\"", "3601", "1.5"]),
        ("activeSeconds", ["0", "null", "-1", "86401", "\"9\""]),
        ("abandonSeconds", ["-1", "86401", "true", "1.0", "\"9\""]),
        ("order", ["\"lottery\"", "\"random\"", "7", "[]", "\"\""]),
    ] {
        for value in values {
            let mut policy = json!({"maxActive": 5, "admitCount": 5, "admitInterval": 5}).as_object().unwrap().clone();
            policy.remove(field);
            let rest = Value::Object(policy).to_string();
            let body = format!("{{\"{field}\":{value},{}", &rest[1..]);
            assert_invalid(&app.operator("PUT", path).text(body).await, &[field]);
        }
    }
    for body in ["[]", "null", "7", "\"x\""] {
        app.operator("PUT", path).text(body).await.refused(400, "INVALID_REQUEST");
    }
    app.operator("PUT", "/api/v1/admin/concerts/summer/queue").text("{}").await.refused(404, "CONCERT_NOT_FOUND");
    app.operator("GET", "/api/v1/admin/concerts/summer/queue").await.refused(404, "CONCERT_NOT_FOUND");
}

#[tokio::test]
async fn what_a_policy_leaves_out_is_the_servers_setting() {
    let app = App::start(&["queue.max_active=7", "queue.active_seconds=77", "queue.abandon_seconds=0"]);
    app.concert("spring", json!({"queue": {"maxActive": 3}})).await;
    let path = "/api/v1/admin/concerts/spring/queue";
    let policy = app.operator("GET", path).await.success(200);
    assert_eq!((&policy["maxActive"], &policy["activeSeconds"]), (&json!(3), &json!(77)), "{policy}");
    assert!(policy["admitCount"].is_null() && policy["abandonSeconds"].is_null(), "{policy}");
    assert_eq!(policy["order"], "arrival");

    // PUT replaces the policy whole.
    let policy = app.operator("PUT", path).json(json!({"activeSeconds": 5, "order": "arrival"})).await.success(200);
    assert_eq!((&policy["maxActive"], &policy["activeSeconds"]), (&json!(7), &json!(5)), "{policy}");
    assert_eq!(app.operator("GET", path).await.success(200), policy);
}

#[tokio::test]
async fn closing_ends_the_places_without_holds() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 3, "admitCount": null}})).await;
    let guests = arrivals(&app, "spring", 4).await;
    for guest in &guests[..2] {
        app.charge(&guest.user, 10_000).await;
    }
    app.reserving(&guests[0], json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&guests[1], json!({"seat": 3})).await.success(200);
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"status": "closed"})).await.success(200);
    for guest in &guests[2..] {
        assert_ended(&app.place(guest).await, "closed");
    }
    app.joining(&guests[3].user, "spring").await.refused(403, "NOT_ON_SALE");
    // Who holds seats keeps the place, pays or cancels, and takes no more seats.
    app.joining(&guests[0].user, "spring").await.success(200);
    app.reserving(&guests[0], json!({"seat": 9})).await.refused(403, "NOT_ON_SALE");
    app.canceling(&guests[0], json!({"seat": 2})).await.success(200);
    app.paying(&guests[0], json!({"seat": 1})).await.success(200);
    app.canceling(&guests[1], json!({"seat": 3})).await.success(200);

    // Opened again, the sale takes new places.
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"status": "on_sale"})).await.success(200);
    let again = app.join(&guests[3].user, "spring").await;
    app.reserving(&again, json!({"seat": 9})).await.success(200);
}

#[tokio::test]
async fn a_sale_closes_by_the_clock() {
    let app = App::start(&[]);
    let closing = chrono::Utc::now() + chrono::TimeDelta::milliseconds(1_500);
    app.concert("spring", json!({"closesAt": closing.to_rfc3339()})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.guest("lee", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    eventually("the closing", async || (app.place(&lee).await.status == 401).then_some(())).await;
    assert!(chrono::Utc::now() >= closing, "not before its time");
    assert_ended(&app.place(&lee).await, "closed");
    app.joining(&lee.user, "spring").await.refused(403, "NOT_ON_SALE");
    app.reserving(&kim, json!({"seat": 2})).await.refused(403, "NOT_ON_SALE");
    app.charge(&kim.user, 5_000).await;
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    assert_eq!(app.get("/api/v1/concerts/spring").await.success(200)["status"], "closed");
}

async fn arrivals(app: &App, concert: &str, count: usize) -> Vec<Guest> {
    let mut guests = Vec::new();
    for number in 0..count {
        guests.push(app.guest(&format!("guest-{number}"), concert).await);
    }
    guests
}

/// Which of these guests are ACTIVE, by their index.
async fn active(app: &App, guests: &[Guest]) -> Vec<usize> {
    let mut active = Vec::new();
    for (number, guest) in guests.iter().enumerate() {
        if app.place(guest).await.success(200)["status"] == "ACTIVE" {
            active.push(number);
        }
    }
    active
}

async fn all_active(app: &App, guests: &[Guest]) {
    eventually("admission of all", async || (active(app, guests).await.len() == guests.len()).then_some(())).await;
}

async fn put_queue(app: &App, policy: Value) {
    app.operator("PUT", "/api/v1/admin/concerts/spring/queue").json(policy).await.success(200);
}
