//! Times that nobody can mean, and the instants beside the local words.

use std::fs;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::Client;
use crate::harness::process::{Folder, Process};
use crate::shape::assert_invalid;

const CONCERTS: &str = "/api/v1/admin/concerts";
const SPRING: &str = "/api/v1/admin/concerts/spring";

/// A concert in Berlin with these dates.
fn berlin(dates: Value) -> Value {
    json!({"title": "x", "timeZone": "Europe/Berlin", "dates": dates})
}

fn day(ahead: i64) -> String {
    (Utc::now() + TimeDelta::days(ahead)).date_naive().to_string()
}

#[tokio::test]
async fn an_hour_that_clocks_skip_is_refused_with_what_they_do() {
    let app = App::start(&[]);
    let date = |time: &str| json!([{"date": "2031-03-30", "startsAt": time, "price": 1}]);
    for time in ["02:00", "02:30", "02:59"] {
        let answer = app.operator("POST", CONCERTS).json(berlin(date(time))).await;
        assert_invalid(&answer, &["startsAt"]);
        let message = text(&answer.json()["body"]["message"]);
        for named in ["Europe/Berlin", "02:00", "03:00"] {
            assert!(message.contains(named), "{named} is not named: {message}");
        }
    }
    for (time, instant) in [("01:59", "2031-03-30T00:59:00.000Z"), ("03:00", "2031-03-30T01:00:00.000Z")] {
        let body = app.operator("POST", CONCERTS).json(berlin(date(time))).await.success(201);
        assert_eq!(body["dates"][0]["beginsAt"], instant);
    }
    // The same words in Seoul, then another zone.
    app.concert("spring", json!({"dates": date("02:30")})).await;
    let answer = app.operator("PATCH", SPRING).json(json!({"timeZone": "Europe/Berlin"})).await;
    assert_invalid(&answer, &["timeZone"]);
}

#[tokio::test]
async fn the_instant_stands_beside_the_local_words() {
    let app = App::start(&[]);
    let dates = json!([
        // Clocks show this time twice: the first counts.
        {"date": "2031-10-26", "startsAt": "02:30", "price": 1},
        {"date": "2031-10-27", "price": 1},
    ]);
    app.concert("spring", json!({"timeZone": "Europe/Berlin", "dates": dates})).await;
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    let operator = app.operator("GET", SPRING).await.success(200);
    for body in [&public, &operator] {
        let dates = &body["dates"];
        assert_eq!((&dates[0]["startsAt"], &dates[1]["startsAt"]), (&json!("02:30"), &Value::Null));
        assert_eq!((&dates[0]["beginsAt"], &dates[1]["beginsAt"]), (&json!("2031-10-26T00:30:00.000Z"), &Value::Null));
        assert_eq!(dates[0]["bookableUntil"], "2031-10-26T00:30:00.000Z");
        assert_eq!(dates[1]["bookableUntil"], "2031-10-27T23:00:00.000Z");
        assert_eq!(body["timeZone"], "Europe/Berlin");
    }
    // So it does with tickets, and of a day without a time nobody knows the instant.
    for (date, instant) in [("2031-10-26", json!("2031-10-26T00:30:00.000Z")), ("2031-10-27", Value::Null)] {
        let sale = json!({"concertId": "spring", "date": date, "seats": [1], "paidBy": "cash"});
        let sold = app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
        let ticket = app.get(&format!("/api/v1/tickets/{}", text(&sold["tickets"][0]["ticketId"]))).await.success(200);
        assert_eq!(ticket["beginsAt"], instant, "{ticket}");
    }
    // What is answered can be sent back.
    let sent_back = app.operator("PATCH", SPRING).json(operator.clone()).await.success(200);
    assert_eq!(sent_back["dates"], operator["dates"]);
}

#[tokio::test]
async fn dates_that_are_over_are_refused_and_a_concert_that_has_some_can_be_edited() {
    let app = App::start(&[]);
    let (past, ahead) = (day(-2), day(30));
    let dates = |date: &str| json!([{"date": date, "startsAt": "19:30", "price": 1}, {"date": DATE, "price": 1}]);
    for date in [past.as_str(), "2024-02-29", "0001-01-01"] {
        let answer = app.operator("POST", CONCERTS).json(berlin(dates(date))).await;
        assert_invalid(&answer, &["date"]);
    }
    // Today is not over, wherever it is.
    app.concert("spring", json!({"timeZone": "Etc/GMT+12", "dates": dates(&day(0))})).await;
    assert_invalid(&app.operator("PATCH", SPRING).json(json!({"dates": dates(&past)})).await, &["date"]);
    // In another zone it is over two days later; what stood already is not judged again.
    let answer = app.operator("PATCH", SPRING).json(json!({"timeZone": "Etc/GMT-14", "title": "Renamed"})).await;
    let body = answer.success(200);
    assert_eq!(
        app.operator("PATCH", SPRING).json(json!({"dates": body["dates"]})).await.success(200)["title"],
        "Renamed"
    );
    app.operator("PATCH", SPRING).json(json!({"dates": dates(&ahead)})).await.success(200);
}

#[tokio::test]
async fn a_sale_opens_before_the_last_date_begins_and_closes_in_the_future() {
    let app = App::start(&[]);
    let dated = |fields: Value| {
        let mut concert = berlin(json!([{"date": "2031-05-01", "startsAt": "19:30", "price": 1}]));
        concert.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        app.operator("POST", CONCERTS).json(concert)
    };
    for opens in ["2031-05-01T19:30:00+02:00", "2031-05-01T17:30:00Z", "2032-01-01T00:00:00Z"] {
        assert_invalid(&dated(json!({"onSaleAt": opens})).await, &["onSaleAt"]);
    }
    assert_invalid(&dated(json!({"closesAt": "2020-01-01T00:00:00Z"})).await, &["closesAt"]);
    let both = json!({"onSaleAt": "2031-04-02T00:00:00Z", "closesAt": "2031-04-01T00:00:00Z"});
    assert_invalid(&dated(both).await, &["closesAt"]);
    for (opens, answered) in [
        ("2031-05-01t19:29:59.999+02:00", "2031-05-01T17:29:59.999Z"),
        ("2031-04-01T09:00:00z", "2031-04-01T09:00:00.000Z"),
        ("2020-01-01T09:00:00+09:00", "2020-01-01T00:00:00.000Z"),
    ] {
        assert_eq!(dated(json!({"onSaleAt": opens})).await.success(201)["onSaleAt"], answered);
    }
    app.concert("spring", json!({"onSaleAt": "2030-06-01T00:00:00Z"})).await;
    let patch = |body: Value| app.operator("PATCH", SPRING).json(body);
    assert_invalid(&patch(json!({"onSaleAt": "2031-01-01T00:00:00Z"})).await, &["onSaleAt"]);
    let earlier = json!({"dates": [{"date": "2030-05-01", "price": 1}]});
    assert_invalid(&patch(earlier).await, &["dates"]);
    assert_invalid(&patch(json!({"closesAt": "2020-01-01T00:00:00Z"})).await, &["closesAt"]);
    patch(json!({"onSaleAt": null, "status": "closed"})).await.success(200);
}

#[tokio::test]
async fn a_concert_without_a_zone_takes_that_of_the_system_which_the_start_says() {
    for (zone, settings, expected) in [
        ("America/New_York", &[][..], "America/New_York"),
        (":/usr/share/zoneinfo/Europe/Paris", &[], "Europe/Paris"),
        ("America/New_York", &["sale.time_zone=Asia/Tokyo"], "Asia/Tokyo"),
    ] {
        let folder = Folder::new();
        let settings: Vec<String> = settings.iter().map(|&setting: &&str| setting.to_owned()).collect();
        let mut command = folder.serve(&settings);
        let process = Process::start(&folder, {
            command.env("TZ", zone);
            command
        });
        let key = fs::read_to_string(folder.data().join("operator.key")).unwrap();
        let concert = json!({"title": "x", "dates": [{"date": DATE, "startsAt": "19:30", "price": 1}]});
        let call = Client::new(process.address).call("POST", CONCERTS).bearer(key.trim()).json(concert);
        assert_eq!(call.await.success(201)["timeZone"], expected);
        let printed = fs::read_to_string(folder.root().join("output.txt")).unwrap();
        assert!(printed.contains(expected), "{printed}");
    }
    let folder = Folder::new();
    let finished = folder.run(folder.serve(&["sale.time_zone=Asia/Soul".to_owned()]));
    assert_eq!(finished.code, Some(2), "{}", finished.text);
    assert!(finished.text.contains("Asia/Seoul"), "the nearest is told: {}", finished.text);
}
