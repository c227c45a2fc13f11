//! What happened from minute to minute, and the numbers of a sale as a stream.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually, time_ms};
use crate::harness::stream::Stream;
use crate::shape::{assert_invalid, assert_names};

const SERIES: &str = "/api/v1/admin/concerts/spring/stats/series";

fn sum(points: &[Value], name: &str) -> u64 {
    points.iter().map(|point| point[name].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn what_happened_is_told_step_by_step() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 50_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let paid = app.paying(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.refunding(paid["paymentId"].as_str().unwrap()).await.success(200);
    let lee = app.guest("lee", "spring").await;
    app.leaving(&lee).await.success(200);

    let body = app.operator("GET", SERIES).await.success(200);
    assert_names(&body, &["concertId", "step", "points"]);
    let points = body["points"].as_array().unwrap();
    assert_eq!((points.len(), &body["step"]), (60, &json!(60)));
    for pair in points.windows(2) {
        assert_eq!(time_ms(&pair[1]["at"]) - time_ms(&pair[0]["at"]), 60_000);
    }
    for (name, expected) in [
        ("joined", 2),
        ("admitted", 2),
        ("left", 1),
        ("abandoned", 0),
        ("holds", 2),
        ("lapses", 0),
        ("soldSeats", 2),
        ("revenue", 10_000),
        ("refundedSeats", 2),
        ("refunded", 10_000),
    ] {
        assert_eq!(sum(points, name), expected, "{name}");
    }
    let old = app.operator("GET", &format!("{SERIES}?from=2020-01-01T00:00:00Z")).await.success(200);
    let old = old["points"].as_array().unwrap();
    assert_eq!((old.len(), sum(old, "holds"), &old[1_499]["at"]), (1_500, 2, &points[59]["at"]), "the newest ones");
    let hours = app.operator("GET", &format!("{SERIES}?step=3600")).await.success(200);
    let hours = hours["points"].as_array().unwrap();
    assert_eq!((hours.len(), sum(hours, "holds")), (60, 2));
    let future = app.operator("GET", &format!("{SERIES}?from=2099-01-01T00:00:00Z")).await.success(200);
    assert_eq!(future["points"], json!([]));
    for (query, field) in [("step=30", "step"), ("step=90", "step"), ("from=now", "from"), ("to=x", "to")] {
        assert_invalid(&app.operator("GET", &format!("{SERIES}?{query}")).await, &[field]);
    }
}

#[tokio::test]
async fn what_lapses_whoever_is_not_seen_and_what_a_guest_pays_are_counted() {
    let app = App::start(&["hold.seconds=1", "queue.claim_seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 2, "admitCount": null}})).await;
    let (kim, first) = (app.guest("kim", "spring").await, app.guest("first", "spring").await);
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.guest("silent", "spring").await;
    app.leaving(&first).await.success(200);
    let sale = json!({"concertId": "spring", "date": DATE, "seats": [2], "paidBy": "cash"});
    app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
    eventually("a lapse, an abandoned place and a sale at the counter", async || {
        let body = app.operator("GET", SERIES).await.success(200);
        let points = body["points"].as_array().unwrap();
        let told = ["lapses", "abandoned", "soldSeats", "revenue"].map(|name| sum(points, name));
        (told == [1, 1, 1, 5_000]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_numbers_of_a_sale_are_followed() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let path = "/api/v1/admin/concerts/spring/stats/stream";
    let mut streams = Vec::new();
    for _ in 0..2 {
        streams.push(Stream::open(app.process.address, path, app.operator_key(), "").await);
    }
    for stream in &mut streams {
        assert_eq!(stream.until("stats").await["active"], 0);
    }
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    for stream in &mut streams {
        loop {
            let stats = stream.until("stats").await;
            if stats["dates"][0]["held"] == 1 {
                assert_eq!(stats["active"], 1);
                break;
            }
        }
    }
    let whole = app.operator("GET", "/api/v1/admin/concerts/spring/stats").await.success(200);
    assert_eq!(streams[0].until("stats").await, whole);
}
