//! Reading seats: availability, dates, free seats and the map with its ETag.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest};
use crate::harness::client::{Answer, Call};
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn the_map_shows_sections_rows_prices_and_states() {
    let app = App::start(&[]);
    let dates = json!([
        {"date": "2030-12-25", "sections": [
            {"name": "A", "rows": 2, "seatsPerRow": 3, "price": 7000},
            {"name": "B", "rows": 1, "seatsPerRow": 2, "price": 5000},
        ]},
        {"date": DATE, "seats": 12, "price": 4000},
    ]);
    app.concert("spring", json!({ "dates": dates })).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&lee.user, 7_000).await;
    app.reserving(&kim, json!({"date": "2030-12-25", "seats": [8, 2]})).await.success(200);
    app.reserving(&lee, json!({"date": "2030-12-25", "seat": 1})).await.success(200);
    app.paying(&lee, json!({"date": "2030-12-25", "seat": 1})).await.success(200);

    let body = map(&app, &kim, "2030-12-25").await.success(200);
    let expected = json!({"date": "2030-12-25", "mine": [2, 8], "seats": [
        seat(1, "A", 1, 7000, "sold"), seat(2, "A", 1, 7000, "held"), seat(3, "A", 1, 7000, "free"),
        seat(4, "A", 2, 7000, "free"), seat(5, "A", 2, 7000, "free"), seat(6, "A", 2, 7000, "free"),
        seat(7, "B", 1, 5000, "free"), seat(8, "B", 1, 5000, "held"),
    ]});
    assert_eq!(body, expected);

    // A date without sections is one section "A" with rows of 10.
    let body = map(&app, &kim, DATE).await.success(200);
    let rows: Vec<_> = body["seats"].as_array().unwrap().iter().map(|seat| (&seat["section"], &seat["row"])).collect();
    assert_eq!((rows[0], rows[9]), ((&json!("A"), &json!(1)), (&json!("A"), &json!(1))));
    assert_eq!((rows[10], rows[11]), ((&json!("A"), &json!(2)), (&json!("A"), &json!(2))));
    assert_eq!(body["mine"], json!([]));

    // A user's own sold seats are theirs, too.
    let lee = app.join(&lee.user, "spring").await;
    assert_eq!(map(&app, &lee, "2030-12-25").await.success(200)["mine"], json!([1]));
}

#[tokio::test]
async fn the_etag_covers_the_map_and_what_is_ones_own() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    let tag = etag(map(&app, &kim, DATE)).await;
    assert_eq!(etag(map(&app, &kim, DATE)).await, tag);
    let unchanged = map(&app, &kim, DATE).header("if-none-match", &tag).await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    assert!(unchanged.header("x-request-id").is_some());
    for header in [format!("\"x\", {tag}"), "*".to_owned(), format!("W/{}", tag.trim_start_matches("W/"))] {
        assert_eq!(map(&app, &kim, DATE).header("if-none-match", &header).await.status, 304, "{header}");
    }
    assert_eq!(map(&app, &kim, DATE).header("if-none-match", "\"x\"").await.status, 200);

    app.reserving(&lee, json!({"seat": 1})).await.success(200);
    let after_hold = map(&app, &kim, DATE).header("if-none-match", &tag).await;
    assert_eq!(after_hold.success(200)["seats"][0]["status"], "held");
    assert_ne!(after_hold.header("etag"), Some(tag.as_str()));
    assert_ne!(etag(map(&app, &lee, DATE)).await, etag(map(&app, &kim, DATE)).await, "what is mine differs");

    let before = [etag(map(&app, &kim, DATE)).await, etag(map(&app, &lee, DATE)).await];
    app.process.kill();
    app.start_again();
    assert_eq!([etag(map(&app, &kim, DATE)).await, etag(map(&app, &lee, DATE)).await], before, "across a restart");
    let answer = map(&app, &lee, DATE).header("if-none-match", &before[1]).await;
    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn free_seats_follow_holds_sales_and_cancellations() {
    let app = App::start(&["sale.seat_limit=3"]);
    let dates = json!([{"date": DATE, "seats": 3, "price": 10}, {"date": "2030-12-23", "seats": 2, "price": 10}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let kim = app.guest("kim", "spring").await;
    let days = json!(["2030-12-23", DATE]);
    assert_eq!(available(&app, &kim).await, json!({"date": DATE, "availableSeats": [1, 2, 3]}));
    assert_eq!(app.get("/api/v1/seats/dates").bearer(&kim.token).await.success(200), json!({ "dates": days }));
    let path = "/api/v1/concerts/spring/availability";
    let body = app.get(path).bearer(&kim.token).await.success(200);
    let expected = json!({"concertId": "spring", "dates": [
        {"date": "2030-12-23", "availableSeats": [1, 2]}, {"date": DATE, "availableSeats": [1, 2, 3]},
    ]});
    assert_eq!(body, expected);

    app.reserving(&kim, json!({"seats": [3, 1]})).await.success(200);
    assert_eq!(available(&app, &kim).await["availableSeats"], json!([2]));
    app.reserving(&kim, json!({"seat": 2})).await.success(200);
    let full = app.get(&format!("/api/v1/seats/available?date={DATE}")).bearer(&kim.token).await;
    let full = full.refused(404, "NO_SEATS_AVAILABLE");
    assert_eq!(full["message"], "No seats available for the selected date.");
    let dates = app.get("/api/v1/seats/dates").bearer(&kim.token).await.success(200);
    assert_eq!(dates["dates"], json!(["2030-12-23"]), "dates with at least one free seat");
    let concert = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!(concert["availableDates"], json!(["2030-12-23"]));
    map(&app, &kim, DATE).await.success(200);
    app.canceling(&kim, json!({"seat": 2})).await.success(200);
    assert_eq!(available(&app, &kim).await["availableSeats"], json!([2]));
}

#[tokio::test]
async fn a_date_must_be_well_formed_and_known() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    for path in ["/api/v1/seats", "/api/v1/seats/available"] {
        for date in ["2030-12-25", "1999-01-01"] {
            app.get(&format!("{path}?date={date}")).bearer(&kim.token).await.refused(404, "DATE_NOT_FOUND");
        }
        for query in
            ["", "?date=", "?date=tomorrow", "?date=2030-13-01", "?date=2030-02-30", "?date=2030-12-24T00:00:00Z"]
        {
            assert_invalid(&app.get(&format!("{path}{query}")).bearer(&kim.token).await, &["date"]);
        }
    }
}

/// A body without its content coding, and the name of that.
fn decoded(answer: &Answer) -> (Value, Option<&str>) {
    let mut plain = Vec::new();
    let coding = answer.header("content-encoding");
    match coding {
        None => plain.extend_from_slice(&answer.bytes),
        Some("gzip") => drop(flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_end(&mut plain).unwrap()),
        Some("zstd") => drop(zstd::stream::read::Decoder::new(&answer.bytes[..]).unwrap().read_to_end(&mut plain)),
        Some(other) => panic!("nobody asked for {other}"),
    }
    (serde_json::from_slice(&plain).expect("JSON"), coding)
}

#[tokio::test]
async fn prepared_answers_are_the_same_in_every_coding() {
    let app = App::start(&["sale.seat_limit=600"]);
    let sections = json!([{"name": "A \u{1f3b5}", "rows": 20, "seatsPerRow": 40, "price": 7}]);
    let dates = json!([{"date": DATE, "sections": sections}, {"date": "2030-12-25", "seats": 3, "price": 7}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    let paths = [
        format!("/api/v1/seats?date={DATE}"),
        format!("/api/v1/seats/available?date={DATE}"),
        "/api/v1/concerts/spring/availability".to_owned(),
    ];
    let held: Vec<u32> = (300..=520).collect();
    for step in 0..3 {
        for path in &paths {
            let ask = |coding: &str| app.get(path).bearer(&kim.token).header("accept-encoding", coding);
            let plain = app.get(path).bearer(&kim.token).await;
            let (expected, none) = decoded(&plain);
            assert_eq!((none, plain.header("vary")), (None, Some("accept-encoding")), "{path}");
            for coding in ["gzip", "zstd"] {
                let answer = ask(coding).await;
                let (body, named) = decoded(&answer);
                assert_eq!((answer.status, named), (200, Some(coding)), "{path}");
                assert_eq!(body, expected, "{path} as {coding} in step {step}");
                assert!(answer.bytes.len() < plain.bytes.len(), "{path} as {coding}");
                let length = answer.bytes.len().to_string();
                assert_eq!(answer.header("content-length"), Some(length.as_str()), "{path}");
                let tag = plain.header("etag").map(|tag| tag.replacen("\"", "", 2));
                let coded_tag = tag.map(|tag| format!("\"{tag}-{coding}\""));
                assert_eq!(answer.header("etag"), coded_tag.as_deref(), "{path}: other bytes, another strong tag");
            }
            assert_eq!(decoded(&ask("gzip;q=0, identity").await), (expected, None), "{path}");
        }
        match step {
            0 => app.reserving(&kim, json!({ "seats": held })).await.success(200),
            _ => app.reserving(&lee, json!({"seat": 1})).await.success(200),
        };
    }
    // Too short to be worth it.
    let small = app.get("/api/v1/seats/available?date=2030-12-25").bearer(&kim.token).header("accept-encoding", "gzip");
    assert_eq!(decoded(&small.await).1, None);
}

#[tokio::test]
async fn the_map_and_what_is_ones_own_are_of_one_moment() {
    const ROUNDS: usize = 300;
    let app = App::start(&["hold.seconds=3600"]);
    app.concert("spring", json!({"seatLimit": 1})).await;
    let kim = app.guest("kim", "spring").await;
    let is_over = AtomicBool::new(false);
    let changing = async {
        for _ in 0..ROUNDS {
            app.reserving(&kim, json!({"seat": 7})).await.success(200);
            app.canceling(&kim, json!({"seat": 7})).await.success(200);
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let reading = async || {
        while !is_over.load(Ordering::Relaxed) {
            let body = map(&app, &kim, DATE).await.success(200);
            let held = body["seats"].as_array().unwrap().iter().filter(|seat| seat["status"] == "held");
            let held: Vec<_> = held.map(|seat| seat["seat"].clone()).collect();
            assert_eq!(body["mine"], json!(held), "nobody else is there");
        }
    };
    tokio::join!(changing, reading(), reading(), reading());
}

async fn available(app: &App, guest: &Guest) -> Value {
    app.get(&format!("/api/v1/seats/available?date={DATE}")).bearer(&guest.token).await.success(200)
}

fn map(app: &App, guest: &Guest, date: &str) -> Call {
    app.get(&format!("/api/v1/seats?date={date}")).bearer(&guest.token)
}

async fn etag(call: Call) -> String {
    let answer = call.await;
    assert_names(&answer.success(200), &["date", "seats", "mine"]);
    answer.header("etag").expect("the map has an ETag").to_owned()
}

/// A seat of sections that call their rows by numbers; a row of "A" has three seats, and "B" begins with seat 7.
fn seat(number: u32, section: &str, row: u32, price: u32, status: &str) -> Value {
    let first = if section == "A" { 3 * (row - 1) } else { 6 };
    let label = format!("{row}-{}", number - first);
    json!({"seat": number, "section": section, "row": row, "rowLabel": row.to_string(), "label": label, "price": price,
           "status": status})
}
