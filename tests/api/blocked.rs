//! Seats that the operator keeps back: not free, not anybody's, and free again when they are released.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};
use crate::harness::client::Call;

const SPRING: &str = "/api/v1/admin/concerts/spring";

fn changing(app: &App, verb: &str, body: Value) -> Call {
    app.operator("POST", &format!("{SPRING}/dates/{DATE}/{verb}")).json(body)
}

async fn office() -> (App, Guest) {
    let app = App::start(&[]);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 5, "price": 5000}]})).await;
    let kim = app.guest("kim", "spring").await;
    (app, kim)
}

async fn statuses(app: &App, guest: &Guest) -> Vec<String> {
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
    map["seats"].as_array().unwrap().iter().map(|seat| text(&seat["status"])).collect()
}

async fn counts(app: &App) -> [Value; 4] {
    let stats = app.operator("GET", &format!("{SPRING}/stats")).await.success(200);
    ["free", "held", "sold", "blocked"].map(|name| stats["dates"][0][name].clone())
}

#[tokio::test]
async fn blocked_seats_are_nobodys_until_they_are_released() {
    let (app, kim) = office().await;
    let asked = json!({"seats": [4, 2], "reason": "A camera."});
    let blocked = changing(&app, "block", asked.clone()).key("camera").await.success(200);
    assert_eq!(
        (&blocked["status"], &blocked["date"], &blocked["seats"]),
        (&json!("blocked"), &json!(DATE), &json!([2, 4]))
    );
    let place =
        |seat: u32| json!({"seat": seat, "section": "A", "row": 1, "rowLabel": "1", "label": format!("1-{seat}")});
    assert_eq!(blocked["places"], json!([place(2), place(4)]));
    let again = changing(&app, "block", asked).key("camera").await.success(200);
    assert_eq!(again, blocked);
    assert_eq!(statuses(&app, &kim).await, ["free", "blocked", "free", "blocked", "free"]);
    assert_eq!(counts(&app).await, [3, 0, 0, 2].map(Value::from));
    let free = app.get(&format!("/api/v1/seats/available?date={DATE}")).bearer(&kim.token).await.success(200);
    assert_eq!(free["availableSeats"], json!([1, 3, 5]));
    let taken = app.reserving(&kim, json!({"seat": 2})).await.refused(409, "SEAT_TAKEN");
    assert_eq!((&taken["seat"], &taken["label"]), (&json!(2), &json!("1-2")));
    app.reserving(&kim, json!({"bestAvailable": {"count": 2}})).await.refused(409, "NO_ADJACENT_SEATS");
    let released = changing(&app, "release", json!({"seats": [2]})).await.success(200);
    assert_eq!((&released["status"], &released["seats"]), (&json!("released"), &json!([2])));
    assert_eq!(released["places"], json!([place(2)]));
    let held = app.reserving(&kim, json!({"bestAvailable": {"count": 3}})).await.success(200);
    assert_eq!(held["seats"], json!([1, 2, 3]));
    assert_eq!(counts(&app).await, [1, 3, 0, 1].map(Value::from));
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let told = |kind: &str| {
        let all = events["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind);
        all.map(|event| event["data"].clone()).collect::<Vec<Value>>()
    };
    let blocked = |seat: u32| {
        let label = format!("1-{seat}");
        json!({"date": DATE, "seat": seat, "rowLabel": "1", "label": label, "reason": "A camera."})
    };
    assert_eq!(told("seat.blocked"), [blocked(2), blocked(4)]);
    assert_eq!(told("seat.unblocked"), [json!({"date": DATE, "seat": 2, "rowLabel": "1", "label": "1-2"})]);
    app.stop_and_verify();
}

#[tokio::test]
async fn what_is_held_or_sold_is_not_blocked_and_a_blocked_seat_is_not_taken_away() {
    let (app, kim) = office().await;
    app.reserving(&kim, json!({"seat": 3})).await.success(200);
    let refused = changing(&app, "block", json!({"seats": [2, 3], "reason": "x"})).await.refused(409, "SEAT_TAKEN");
    assert_eq!((&refused["seat"], &refused["label"]), (&json!(3), &json!("1-3")));
    assert_eq!(counts(&app).await, [4, 1, 0, 0].map(Value::from), "all or nothing");
    changing(&app, "block", json!({"seats": [5], "reason": "x"})).await.success(200);
    let fewer = json!({"dates": [{"date": DATE, "seats": 4, "price": 5000}]});
    let refused = app.operator("PATCH", SPRING).json(fewer).await.refused(409, "CONCERT_IN_USE");
    assert_eq!(refused["seats"], json!([5]));
}

#[tokio::test]
async fn blocked_seats_outlast_a_restart() {
    let (mut app, kim) = office().await;
    changing(&app, "block", json!({"seats": [1], "reason": "x"})).await.success(200);
    app.stop_and_verify();
    app.start_again();
    assert_eq!(statuses(&app, &kim).await[0], "blocked");
    changing(&app, "release", json!({"seats": [1]})).await.success(200);
    assert_eq!(statuses(&app, &kim).await[0], "free");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let (app, _kim) = office().await;
    for (body, field) in [
        (json!({"seats": [1]}), "reason"),
        (json!({"seats": [1], "reason": ""}), "reason"),
        (json!({"seats": [], "reason": "x"}), "seats"),
        (json!({"seats": [1, 1], "reason": "x"}), "seats"),
        (json!({"seats": [1], "reason": "x", "seat": 1}), "seat"),
    ] {
        let refused = changing(&app, "block", body.clone()).await.refused(400, "INVALID_REQUEST");
        assert_eq!(refused["field"], field, "{body}");
    }
}
