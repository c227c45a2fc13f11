//! The operator's concerts: create, list, read, change, publish, close.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::shape::{assert_invalid, assert_names};

const CONCERTS: &str = "/api/v1/admin/concerts";
const SPRING: &str = "/api/v1/admin/concerts/spring";
const FIELDS: [&str; 17] = [
    "showStock",
    "translations",
    "concertId",
    "title",
    "description",
    "venue",
    "timeZone",
    "onSaleAt",
    "closesAt",
    "status",
    "seatLimit",
    "transfers",
    "currency",
    "dates",
    "queue",
    "createdAt?",
    "updatedAt?",
];

#[tokio::test]
async fn title_and_dates_are_enough() {
    let app = App::start(&[]);
    let sent = json!({"title": "Spring", "dates": [{"date": DATE, "price": 5000}]});
    let body = app.operator("POST", CONCERTS).json(sent).await.success(201);
    assert_names(&body, &FIELDS);
    let id = text(&body["concertId"]);
    uuid::Uuid::parse_str(&id).expect("a UUID when no id is given");
    assert_eq!((&body["title"], &body["status"]), (&json!("Spring"), &json!("draft")));
    assert_eq!((&body["timeZone"], &body["seatLimit"]), (&json!("Asia/Seoul"), &json!(4)));
    assert_eq!((&body["onSaleAt"], &body["closesAt"]), (&Value::Null, &Value::Null));
    assert_eq!(app.operator("GET", &format!("{CONCERTS}/{id}")).await.success(200), body);
    app.get(&format!("/api/v1/concerts/{id}")).await.refused(404, "CONCERT_NOT_FOUND");

    app.operator("PATCH", &format!("{CONCERTS}/{id}")).json(json!({"status": "on_sale"})).await.success(200);
    let kim = app.guest("kim", &id).await;
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
    assert_eq!(map["seats"].as_array().unwrap().len(), 50, "unless the organiser says otherwise");
}

#[tokio::test]
async fn every_field_is_kept() {
    let app = App::start(&[]);
    let dates = json!([
        {"date": "2030-12-24", "startsAt": "19:30", "seats": 30, "price": 5000},
        {"date": "2030-12-25", "sections": [{"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000}]},
    ]);
    let queue = json!({
        "maxActive": 10, "admitCount": 5, "admitInterval": 20,
        "activeSeconds": 300, "abandonSeconds": 60, "order": "arrival", "paused": true,
    });
    let sent = json!({
        "concertId": "spring", "title": "봄 축제", "description": "outside", "venue": "Olympic Hall",
        "timeZone": "Europe/Berlin", "status": "on_sale", "seatLimit": 7, "showStock": false,
        "translations": {"en": {"title": "Spring Festival", "sections": {"A": "Stalls"}}, "pt-BR": {}},
        "onSaleAt": "2030-01-01T00:00:00.000Z", "closesAt": "2030-12-01T12:00:00+01:00",
        "dates": dates, "queue": queue,
    });
    let body = app.operator("POST", CONCERTS).json(sent.clone()).await.success(201);
    assert_names(&body, &FIELDS);
    for name in [
        "concertId",
        "title",
        "description",
        "venue",
        "timeZone",
        "onSaleAt",
        "status",
        "seatLimit",
        "queue",
        "showStock",
        "translations",
    ] {
        assert_eq!(body[name], sent[name], "{name}");
    }
    assert_eq!(body["closesAt"], "2030-12-01T11:00:00.000Z");
    assert_eq!(body["dates"][0]["startsAt"], "19:30");
    assert_eq!(body["dates"][1]["sections"][0]["seatsPerRow"], 10);
    assert_eq!(app.operator("GET", SPRING).await.success(200), body);
    assert_eq!(app.operator("GET", &format!("{SPRING}/queue")).await.success(200), queue);
    app.operator("POST", CONCERTS).json(sent).await.refused(409, "CONCERT_EXISTS");
}

#[tokio::test]
async fn the_operators_list_has_drafts() {
    let app = App::start(&[]);
    let mut expected = BTreeSet::new();
    for status in ["draft", "on_sale", "closed"] {
        let id = status.replace('_', "-");
        app.concert(&id, json!({ "status": status })).await;
        expected.insert(id);
    }
    let body = app.operator("GET", CONCERTS).await.success(200);
    assert_names(&body, &["concerts", "nextCursor"]);
    let listed: BTreeSet<_> = body["concerts"].as_array().unwrap().iter().map(|one| text(&one["concertId"])).collect();
    assert_eq!(listed, expected);
    let first = app.operator("GET", &format!("{CONCERTS}?limit=2")).await.success(200);
    let rest = format!("{CONCERTS}?limit=2&cursor={}", text(&first["nextCursor"]));
    let rest = app.operator("GET", &rest).await.success(200);
    assert_eq!(rest["concerts"].as_array().unwrap().len(), 1);
    assert!(rest["nextCursor"].is_null());
    assert_invalid(&app.operator("GET", &format!("{CONCERTS}?limit=101")).await, &["limit"]);
    for id in ["winter", "no-concert"] {
        app.operator("GET", &format!("{CONCERTS}/{id}")).await.refused(404, "CONCERT_NOT_FOUND");
        app.operator("PATCH", &format!("{CONCERTS}/{id}")).text("{}").await.refused(404, "CONCERT_NOT_FOUND");
        app.operator("GET", &format!("{CONCERTS}/{id}/stats")).await.refused(404, "CONCERT_NOT_FOUND");
    }
    assert_invalid(&app.operator("GET", &format!("{CONCERTS}/No_Id")).await, &["concertId"]);
}

#[tokio::test]
async fn malformed_fields_are_named() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let fields: [(&str, &[&str]); 11] = [
        ("title", &["7", "[]", "true"]),
        ("description", &["7", "[]"]),
        ("venue", &["7", "{}"]),
        ("timeZone", &["7", "\"Mars/Olympus\"", "\"\"", "\"KST+9\""]),
        ("onSaleAt", &["7", "\"tomorrow\"", "\"2030-13-01T00:00:00Z\"", "\"2030-01-01\"", "\"2030-01-01T00:00:00\""]),
        ("closesAt", &["7", "\"tomorrow\"", "\"2030-01-01T25:00:00Z\""]),
        ("status", &["7", "\"open\"", "\"ON_SALE\"", "\"\""]),
        ("seatLimit", &["0", "-1", "1.0", "\"4\"", "1e1", "18446744073709551616"]),
        ("dates", &["[]", "7", "{}", "\"2030-12-24\"", "[7]", "[null]"]),
        ("queue", &["7", "[]", "\"x\""]),
        (
            "queue",
            &[r#"{"maxActive":0}"#, r#"{"activeSeconds":null}"#, r#"{"order":"lottery"}"#, r#"{"admitInterval":0}"#],
        ),
    ];
    for (field, values) in fields {
        for value in values {
            let body = patched(field, value);
            assert_invalid(&app.operator("POST", CONCERTS).text(body).await, &[field]);
            assert_invalid(&app.operator("PATCH", SPRING).text(format!("{{\"{field}\":{value}}}")).await, &[field]);
        }
    }
    let too_long = format!("\"{}\"", "s".repeat(65));
    for id in ["7", "\"\"", "\"Spring\"", "\"a b\"", "\"a_b\"", "\"봄\"", too_long.as_str()] {
        assert_invalid(&app.operator("POST", CONCERTS).text(patched("concertId", id)).await, &["concertId"]);
    }
    for missing in ["title", "dates"] {
        assert_invalid(&app.operator("POST", CONCERTS).text(patched(missing, "null")).await, &[missing]);
        assert_invalid(&app.operator("PATCH", SPRING).text(format!("{{\"{missing}\":null}}")).await, &[missing]);
    }
    for body in ["[]", "7", "null", "{"] {
        app.operator("POST", CONCERTS).text(body).await.refused(400, "INVALID_REQUEST");
        app.operator("PATCH", SPRING).text(body).await.refused(400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn malformed_dates_are_refused() {
    let app = App::start(&[]);
    for date in [
        r#"{"seats":50,"price":5000}"#,
        r#"{"date":"24.12.2030","seats":50,"price":5000}"#,
        r#"{"date":"2030-02-30","seats":50,"price":5000}"#,
        r#"{"date":7,"seats":50,"price":5000}"#,
        r#"{"date":"2030-12-24","seats":0,"price":5000}"#,
        r#"{"date":"2030-12-24","seats":100001,"price":5000}"#,
        r#"{"date":"2030-12-24","seats":1.0,"price":5000}"#,
        r#"{"date":"2030-12-24","seats":"50","price":5000}"#,
        r#"{"date":"2030-12-24","seats":50,"price":-1}"#,
        r#"{"date":"2030-12-24","seats":50,"price":10000001}"#,
        r#"{"date":"2030-12-24","seats":50,"price":1.0}"#,
        r#"{"date":"2030-12-24","seats":50}"#,
        r#"{"date":"2030-12-24","startsAt":"25:00","seats":50,"price":5000}"#,
        r#"{"date":"2030-12-24","startsAt":"evening","seats":50,"price":5000}"#,
        r#"{"date":"2030-12-24","startsAt":1930,"seats":50,"price":5000}"#,
        r#"{"date":"2030-12-24","sections":[]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":0,"seatsPerRow":10,"price":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":1,"seatsPerRow":0,"price":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":1,"seatsPerRow":1,"price":-1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":1,"seatsPerRow":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":7,"rows":1,"seatsPerRow":1,"price":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"rows":1,"seatsPerRow":1,"price":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":1000,"seatsPerRow":101,"price":1}]}"#,
        r#"{"date":"2030-12-24","sections":[{"name":"A","rows":4294967296,"seatsPerRow":4294967296,"price":1}]}"#,
        r#"{"date":"2030-12-24","seats":5,"price":1},{"date":"2030-12-24","seats":5,"price":1}"#,
    ] {
        let answer = app.operator("POST", CONCERTS).text(patched("dates", &format!("[{date}]"))).await;
        let words = ["dates", "date", "seats", "price", "startsAt", "sections", "rows", "seatsPerRow", "name"];
        assert_invalid(&answer, &words);
    }
    let most = json!([{"date": DATE, "seats": 100_000, "price": 10_000_000}]);
    app.concert("most", json!({ "dates": most })).await;
    let kim = app.guest("kim", "most").await;
    app.reserving(&kim, json!({"seat": 100_000})).await.success(200);
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&kim.token).await.success(200);
    let last = &map["seats"][99_999];
    assert_eq!((&last["seat"], &last["row"], &last["status"]), (&json!(100_000), &json!(10_000), &json!("held")));
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let app = App::start(&[]);
    let fields =
        json!({"description": "outside", "venue": "Olympic Hall", "closesAt": "2031-01-01T00:00:00Z", "seatLimit": 2});
    app.concert("spring", fields).await;
    let before = app.operator("GET", SPRING).await.success(200);
    let patch = json!({"title": "Renamed", "description": null, "closesAt": null, "concertId": "spring"});
    let after = app.operator("PATCH", SPRING).json(patch).await.success(200);
    assert_eq!((&after["title"], &after["venue"]), (&json!("Renamed"), &json!("Olympic Hall")));
    assert!(after["description"].is_null() && after["closesAt"].is_null(), "null clears: {after}");
    for name in ["concertId", "timeZone", "status", "seatLimit", "dates", "queue"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(app.operator("GET", SPRING).await.success(200), after);

    // `dates` and `queue` are replaced whole.
    let patch = json!({"dates": [{"date": "2030-12-26", "seats": 3, "price": 1}], "queue": {"maxActive": 9}});
    let after = app.operator("PATCH", SPRING).json(patch).await.success(200);
    assert_eq!(after["dates"].as_array().unwrap().len(), 1);
    let queue = app.operator("GET", &format!("{SPRING}/queue")).await.success(200);
    assert_eq!((&queue["maxActive"], &queue["activeSeconds"]), (&json!(9), &json!(600)));
}

#[tokio::test]
async fn what_is_held_or_sold_cannot_be_taken_away() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 5_000).await;
    let patch = |body: Value| app.operator("PATCH", SPRING).json(body);
    patch(json!({"status": "draft"})).await.refused(409, "CONCERT_IN_USE");

    app.reserving(&kim, json!({"seat": 10})).await.success(200);
    app.paying(&kim, json!({"seat": 10})).await.success(200);
    app.reserving(&lee, json!({"seat": 20})).await.success(200);
    let seats = |seats| json!({"dates": [{"date": DATE, "seats": seats, "price": 5000}]});
    patch(seats(9)).await.refused(409, "CONCERT_IN_USE");
    patch(seats(19)).await.refused(409, "CONCERT_IN_USE");
    patch(json!({"dates": [{"date": "2030-12-25", "seats": 50, "price": 5000}]})).await.refused(409, "CONCERT_IN_USE");
    patch(seats(20)).await.success(200);
    patch(seats(60)).await.success(200);
    app.canceling(&lee, json!({"seat": 20})).await.success(200);
    patch(seats(10)).await.success(200);
    app.leaving(&lee).await.success(200);
    patch(json!({"status": "draft"})).await.refused(409, "CONCERT_IN_USE");

    // Without live places or taken seats, back to draft.
    app.concert("summer", json!({})).await;
    let kim = app.join(&kim.user, "summer").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.leaving(&kim).await.success(200);
    let body = app.operator("PATCH", "/api/v1/admin/concerts/summer").json(json!({"status": "draft"})).await;
    assert_eq!(body.success(200)["status"], "draft");
    app.joining(&kim.user, "summer").await.refused(404, "CONCERT_NOT_FOUND");
}

/// A good concert as JSON text, but for this field.
fn patched(field: &str, value: &str) -> String {
    let mut concert =
        json!({"title": "x", "dates": [{"date": DATE, "seats": 50, "price": 5000}]}).as_object().unwrap().clone();
    concert.remove(field);
    let rest = Value::Object(concert).to_string();
    format!("{{\"{field}\":{value},{}", &rest[1..])
}

#[tokio::test]
async fn a_concert_at_which_nobody_ever_was_is_deleted() {
    let mut app = App::start(&[]);
    app.concert("autumn", json!({})).await;
    let autumn = format!("{CONCERTS}/autumn");
    let blocking = app.operator("POST", &format!("{autumn}/dates/{DATE}/block"));
    blocking.json(json!({"seats": [1], "reason": "camera"})).await.success(200);
    app.get("/api/v1/concerts/autumn/plan").await.success(200);
    app.concert("spring", json!({})).await;
    let guest = app.guest("kim", "spring").await;
    app.leaving(&guest).await.success(200);
    let refusal = app.operator("DELETE", SPRING).await.refused(409, "CONCERT_IN_USE");
    assert_eq!(refusal["message"], "The concert is in use: it has had queue places.");
    app.delete(SPRING).await.refused(401, "TOKEN_INVALID");
    assert_invalid(&app.operator("DELETE", &format!("{autumn}?force=true")).await, &["force"]);

    let deleting = || app.operator("DELETE", &autumn).header("idempotency-key", "gone");
    let deleted = deleting().await.success(200);
    assert_eq!(deleted, json!({"status": "deleted", "concertId": "autumn"}));
    assert_eq!(deleting().await.success(200), deleted, "asked again with the same key");
    app.operator("DELETE", &autumn).await.refused(404, "CONCERT_NOT_FOUND");
    app.get("/api/v1/concerts/autumn").await.refused(404, "CONCERT_NOT_FOUND");
    app.get("/api/v1/concerts/autumn/plan").await.refused(404, "CONCERT_NOT_FOUND");
    let events = app.operator("GET", "/api/v1/admin/events").await.success(200);
    let of_autumn: Vec<&Value> =
        events["events"].as_array().unwrap().iter().filter(|it| it["concertId"] == "autumn").collect();
    let types: Vec<&str> = of_autumn.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["concert.changed", "seat.blocked", "concert.deleted"], "with the id that it had");

    app.stop_and_verify();
    app.start_again();
    app.concert("autumn", json!({"title": "Again"})).await;
    let map = app.guest("lee", "autumn").await;
    let states = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&map.token).await.success(200);
    assert!(!states.to_string().contains("blocked"), "nothing is left of the one before");
    app.stop_and_verify();
}
