//! What the operator may write of a concert, field by field.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::super::request::{ConcertChangeRequest, ConcertRequest};
use super::{Server, changed};
use crate::calendar::{read_instant, write_instant};
use crate::domain::{CalendarDate, Definition, Layout, Limit, SaleStatus, Settings, WallTime};
use crate::http::Problem;
use crate::http::request::read;

fn concert() -> Value {
    json!({
        "title": "Spring Festival",
        "dates": [
            {"date": "2030-12-25", "price": 5000},
            {"date": "2030-12-24", "startsAt": "19:30", "seats": 20, "price": 7000}
        ]
    })
}

/// In Seoul, where 1 November 2030 has begun.
fn server(settings: &Settings) -> Server<'_> {
    let now = WallTime(1_919_689_200_000);
    Server { zone: Tz::Asia__Seoul, settings, now }
}

fn new(body: &Value) -> Result<Definition, Problem> {
    let request: ConcertRequest = read(body.as_object().expect("an object"))?;
    super::new(&request.into(), server(&Settings::default()))
}

fn patched(current: &Definition, body: &Value) -> Result<Definition, Problem> {
    let request: ConcertChangeRequest = read(body.as_object().expect("an object"))?;
    changed(&request, current, server(&Settings::default()))
}

fn refused_field(answer: Result<Definition, Problem>) -> String {
    let problem = answer.expect_err("it is refused");
    assert_eq!(problem.reason(), "INVALID_REQUEST");
    let body: Value = serde_json::from_slice(&problem.to_json()).expect("the envelope is JSON");
    body["body"]["field"].as_str().expect("the field is named").to_owned()
}

/// Sets the value at `pointer` of a fine concert and reads it.
fn with(pointer: &str, value: Value) -> Result<Definition, Problem> {
    let mut body = concert();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
    match (body.pointer_mut(parent).expect("the parent exists"), field.parse::<usize>()) {
        (Value::Array(entries), Ok(at)) => entries[at] = value,
        (other, _) => other[field] = value,
    }
    new(&body)
}

#[test]
fn title_and_dates_are_enough_and_the_rest_has_defaults() {
    let definition = new(&concert()).expect("it is fine");
    assert_eq!((definition.status, definition.seat_limit), (SaleStatus::Draft, None));
    assert_eq!(definition.time_zone, "Asia/Seoul");
    assert_eq!(definition.queue.max_active, Limit::Server);
    let dates: Vec<String> = definition.performances.iter().map(|performance| performance.date.to_string()).collect();
    assert_eq!(dates, ["2030-12-24", "2030-12-25"], "dates ascend");
    assert_eq!(definition.performances[0].layout, Layout::Plain { seats: 20, price: 7_000 });
    assert_eq!(definition.performances[1].layout, Layout::Plain { seats: 50, price: 5_000 });
    let begins: Vec<String> =
        definition.performances.iter().map(|performance| write_instant(performance.bookable_until)).collect();
    assert_eq!(begins, ["2030-12-24T10:30:00.000Z", "2030-12-25T15:00:00.000Z"]);
}

#[test]
fn every_field_refuses_what_its_type_does_not_allow() {
    let wrong_types = [json!(true), json!([1]), json!({"a": 1})];
    for (pointer, field, bad) in [
        ("/concertId", "concertId", vec![json!(""), json!("Spring"), json!("x".repeat(65)), json!(7)]),
        ("/title", "title", vec![json!(null), json!(""), json!("  "), json!("x".repeat(201)), json!("a\nb"), json!(7)]),
        ("/description", "description", vec![json!("x".repeat(5_001)), json!(7)]),
        ("/venue", "venue", vec![json!("x".repeat(201)), json!("a\u{0}b"), json!(7)]),
        ("/timeZone", "timeZone", vec![json!("Seoul"), json!("asia/seoul"), json!(""), json!(9)]),
        ("/onSaleAt", "onSaleAt", vec![json!("tomorrow"), json!("2030-12-01"), json!(1_900_000_000)]),
        ("/closesAt", "closesAt", vec![json!("2030-12-01T09:00:00"), json!("")]),
        ("/status", "status", vec![json!("open"), json!("ON_SALE"), json!(""), json!(1)]),
        ("/seatLimit", "seatLimit", vec![json!(0), json!(-1), json!(1_001), json!(1.0), json!("4")]),
        ("/queue", "queue", vec![json!("fast"), json!(7)]),
        ("/dates", "dates", vec![json!(null), json!([]), json!("2030-12-24"), json!(7)]),
        ("/dates/0", "dates[0]", vec![json!("2030-12-24"), json!(7), json!(null)]),
        (
            "/dates/0/date",
            "dates[0].date",
            vec![json!(null), json!("2030-02-30"), json!("24.12.2030"), json!(20_301_224)],
        ),
        ("/dates/0/startsAt", "dates[0].startsAt", vec![json!("24:00"), json!("7:30"), json!(1_930)]),
        ("/dates/0/seats", "dates[0].seats", vec![json!(0), json!(-1), json!(100_001), json!(1.5), json!("50")]),
        ("/dates/0/price", "dates[0].price", vec![json!(null), json!(-1), json!(10_000_001), json!(0.5), json!("1")]),
        ("/dates/0/sections", "dates[0].sections", vec![json!([]), json!("A"), json!(7)]),
    ] {
        let own_type = |value: &Value| {
            matches!((field, value), ("dates", Value::Array(_)) | ("queue" | "dates[0]", Value::Object(_)))
        };
        for value in bad.into_iter().chain(wrong_types.iter().filter(|value| !own_type(value)).cloned()) {
            let named = refused_field(with(pointer, value.clone()));
            let inside = named.starts_with(field) && value.is_array();
            assert!(named == field || inside, "{pointer} = {value} names {named}");
        }
    }
}

#[test]
fn both_ends_of_every_range_are_fine() {
    for (pointer, values) in [
        ("/title", vec![json!("x"), json!("자".repeat(200))]),
        ("/description", vec![json!(null), json!(""), json!("x".repeat(5_000)), json!("two\nlines")]),
        ("/venue", vec![json!(null), json!("x".repeat(200))]),
        ("/timeZone", vec![json!(null), json!("UTC"), json!("America/New_York")]),
        ("/status", vec![json!(null), json!("draft"), json!("on_sale"), json!("closed")]),
        ("/seatLimit", vec![json!(null), json!(1), json!(1_000)]),
        ("/queue", vec![json!(null), json!({})]),
        ("/dates/0/startsAt", vec![json!(null), json!("00:00"), json!("23:59")]),
        ("/dates/0/seats", vec![json!(null), json!(1), json!(100_000)]),
        ("/dates/0/price", vec![json!(0), json!(10_000_000)]),
    ] {
        for value in values {
            assert!(with(pointer, value.clone()).is_ok(), "{pointer} = {value}");
        }
    }
}

#[test]
fn a_date_has_sections_or_a_plain_price_and_what_is_said_twice_must_agree() {
    let section = |name: &str, rows: u64, width: u64| {
        let price = 700;
        json!({"name": name, "rows": rows, "seatsPerRow": width, "price": price})
    };
    let date = |extra: Value| {
        let mut date = json!({"date": "2030-12-24"});
        date.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        new(&json!({"title": "x", "dates": [date]}))
    };
    let two = || json!([section("A", 5, 10), section("B", 10, 20)]);
    assert!(date(json!({"sections": two()})).is_ok());
    assert!(date(json!({"sections": two(), "seats": 250, "price": 700})).is_ok());
    assert_eq!(refused_field(date(json!({"sections": two(), "seats": 251}))), "dates[0].seats");
    assert_eq!(refused_field(date(json!({"sections": two(), "price": 701}))), "dates[0].price");
    assert_eq!(refused_field(date(json!({}))), "dates[0].price");
    assert!(date(json!({"sections": [section("A", 100_000, 1)]})).is_ok());
    let crowd = json!([section("A", 100_000, 1), section("B", 1, 1)]);
    assert_eq!(refused_field(date(json!({"sections": crowd}))), "dates[0].sections");
    assert_eq!(refused_field(date(json!({"sections": [section("A", 100_000, 100_000)]}))), "dates[0].sections");
    let twice = json!([section("A", 1, 1), section("A", 1, 1)]);
    assert_eq!(refused_field(date(json!({"sections": twice}))), "dates[0].sections[1].name");
    for (field, bad) in [
        ("name", vec![json!(null), json!(""), json!("x".repeat(65)), json!("a\tb"), json!(1)]),
        ("rows", vec![json!(null), json!(0), json!(-1), json!(100_001), json!(1.0), json!("1")]),
        ("seatsPerRow", vec![json!(null), json!(0), json!(100_001), json!("1")]),
        ("price", vec![json!(null), json!(-1), json!(10_000_001), json!("1")]),
    ] {
        for value in bad {
            let mut wrong = section("B", 1, 1);
            wrong[field] = value.clone();
            let named = refused_field(date(json!({"sections": [section("A", 1, 1), wrong]})));
            assert_eq!(named, format!("dates[0].sections[1].{field}"), "{field} = {value}");
        }
    }
}

#[test]
fn a_concert_has_each_date_once_and_at_most_366() {
    let dates = |count: u32| -> Vec<Value> {
        let date = |at: u32| format!("{}-{:02}-{:02}", 2031 + at / 336, at / 28 % 12 + 1, at % 28 + 1);
        (0..count).map(|at| json!({"date": date(at), "price": 1})).collect()
    };
    assert!(new(&json!({"title": "x", "dates": dates(366)})).is_ok());
    assert_eq!(refused_field(new(&json!({"title": "x", "dates": dates(367)}))), "dates");
    let twice =
        json!({"title": "x", "dates": [{"date": "2030-12-24", "price": 1}, {"date": "2030-12-24", "price": 2}]});
    assert_eq!(refused_field(new(&twice)), "dates[1].date");
}

#[test]
fn a_sale_closes_after_it_opens() {
    let times = |opens: &str, closes: &str| {
        let mut body = concert();
        body["onSaleAt"] = json!(opens);
        body["closesAt"] = json!(closes);
        new(&body)
    };
    assert!(times("2030-12-01T09:00:00Z", "2030-12-01T09:00:00.001Z").is_ok());
    assert_eq!(refused_field(times("2030-12-01T09:00:00Z", "2030-12-01T18:00:00+09:00")), "closesAt");
}

#[test]
fn a_change_keeps_what_is_absent_and_clears_what_is_null() {
    let mut body = concert();
    body["venue"] = json!("Olympic Hall");
    body["seatLimit"] = json!(2);
    body["queue"] = json!({"maxActive": 3});
    let current = new(&body).expect("it is fine");
    assert_eq!(patched(&current, &json!({})).ok(), Some(current.clone()));
    let changed = patched(&current, &json!({"venue": null, "seatLimit": null, "queue": {}, "status": "on_sale"}));
    let changed = changed.expect("it is fine");
    assert_eq!((changed.venue, changed.seat_limit), (None, None));
    assert_eq!((changed.queue.max_active, changed.status), (Limit::Server, SaleStatus::OnSale));
    assert_eq!((changed.title, changed.performances), (current.title.clone(), current.performances.clone()));
    for field in ["title", "dates"] {
        assert_eq!(refused_field(patched(&current, &json!({ field: null }))), field);
    }
}

#[test]
fn a_concert_is_in_the_currency_of_the_server() {
    assert!(with("/currency", json!("KRW")).is_ok() && with("/currency", json!(null)).is_ok());
    for other in [json!("EUR"), json!("krw"), json!(7)] {
        assert_eq!(refused_field(with("/currency", other)), "currency");
    }
}

#[test]
fn another_zone_moves_the_begin_of_every_date() {
    let current = new(&concert()).expect("it is fine");
    let moved = patched(&current, &json!({"timeZone": "UTC"})).expect("it is fine");
    assert_eq!(write_instant(moved.performances[0].bookable_until), "2030-12-24T19:30:00.000Z");
}

/// The instant `text` names.
fn at(text: &str) -> WallTime {
    read_instant(text).expect("an instant")
}

#[test]
fn times_that_nobody_can_mean_are_refused_in_a_new_concert() {
    let dated = |extra: Value| {
        let mut body = concert();
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        new(&body)
    };
    let one = |date: &str| json!([{"date": "2031-03-31", "price": 1}, {"date": date, "startsAt": "02:30", "price": 1}]);
    for (extra, field) in [
        (json!({"timeZone": "Europe/Berlin", "dates": one("2031-03-30")}), "dates[1].startsAt"),
        (json!({"timeZone": "America/New_York", "dates": one("2031-03-09")}), "dates[1].startsAt"),
        (json!({"dates": one("2030-10-31")}), "dates[1].date"),
        (json!({"dates": one("1999-01-01")}), "dates[1].date"),
        // Midnight of the day before has not come there yet, and has passed here.
        (json!({"timeZone": "Pacific/Kiritimati", "dates": one("2030-10-31")}), "dates[1].date"),
        (json!({"onSaleAt": "2030-12-25T15:00:00Z"}), "onSaleAt"),
        (json!({"onSaleAt": "2031-12-01T09:00:00+09:00"}), "onSaleAt"),
        (json!({"closesAt": "2030-10-31T12:00:00Z"}), "closesAt"),
        (json!({"onSaleAt": "2030-12-02T00:00:00Z", "closesAt": "2030-12-01T00:00:00Z"}), "closesAt"),
    ] {
        assert_eq!(refused_field(dated(extra.clone())), field, "{extra}");
    }
    for extra in [
        json!({"timeZone": "Europe/Berlin", "dates": one("2031-10-26")}),
        json!({"dates": one("2030-11-01")}),
        json!({"timeZone": "America/New_York", "dates": one("2030-10-31")}),
        json!({"onSaleAt": "2030-12-25T14:59:59.999Z"}),
        json!({"onSaleAt": "2020-01-01T00:00:00Z"}),
        json!({"status": "closed", "closesAt": "2030-10-31T12:00:00Z"}),
    ] {
        assert!(dated(extra.clone()).is_ok(), "{extra}");
    }
    let twice = dated(json!({"timeZone": "Europe/Berlin", "dates": one("2031-10-26")})).expect("it is fine");
    assert_eq!(twice.performances[1].bookable_until, at("2031-10-26T02:30:00+02:00"), "the first of both");
}

#[test]
fn of_a_change_only_new_times_are_judged() {
    let mut current = new(&concert()).expect("it is fine");
    for performance in &mut current.performances {
        performance.date = CalendarDate::new(2030, 10, performance.date.day()).expect("a date");
        performance.bookable_until = at("2030-10-24T10:30:00Z");
    }
    (current.on_sale_at, current.closes_at) = (Some(at("2030-10-23T00:00:00Z")), Some(at("2030-10-24T00:00:00Z")));
    let past = |day: u32, starts: &str| json!({"date": format!("2030-10-{day}"), "startsAt": starts, "price": 9000});
    for change in [
        json!({"title": "Renamed"}),
        json!({"dates": [past(24, "20:00")]}),
        json!({"dates": [past(24, "19:30"), {"date": "2030-12-25", "price": 1}]}),
        json!({"timeZone": "Europe/Berlin"}),
        json!({"onSaleAt": "2030-10-23T00:00:00Z", "closesAt": "2030-10-24T00:00:00Z"}),
        json!({"onSaleAt": null, "closesAt": null}),
    ] {
        assert!(patched(&current, &change).is_ok(), "{change}");
    }
    for (change, field) in [
        (json!({"dates": [past(23, "19:30")]}), "dates[0].date"),
        (json!({"closesAt": "2030-10-30T00:00:00Z"}), "closesAt"),
        (json!({"onSaleAt": "2030-11-02T00:00:00Z", "closesAt": null}), "onSaleAt"),
        (
            json!({"timeZone": "Europe/Berlin", "dates": [{"date": "2031-03-30", "startsAt": "02:30", "price": 1}]}),
            "dates[0].startsAt",
        ),
    ] {
        assert_eq!(refused_field(patched(&current, &change)), field, "{change}");
    }
    // Another zone skips what the old one shows; fewer dates leave a sale nothing to open for.
    let spring = json!({"title": "x", "dates": [{"date": "2031-03-30", "startsAt": "02:30", "price": 1}]});
    let current = new(&spring).expect("Seoul skips nothing");
    assert_eq!(refused_field(patched(&current, &json!({"timeZone": "Europe/Berlin"}))), "timeZone");
    assert!(patched(&current, &json!({"timeZone": "Asia/Tokyo"})).is_ok());
    let current = Definition { on_sale_at: Some(at("2031-03-01T00:00:00Z")), ..current };
    assert_eq!(refused_field(patched(&current, &json!({"dates": [{"date": "2031-02-01", "price": 1}]}))), "dates");
}
