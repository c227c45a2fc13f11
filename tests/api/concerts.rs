//! What everybody may read of concerts: the list, one concert, and which dates are bookable.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::app::{App, DATE, text};
use crate::shape::{assert_invalid, assert_names};

#[tokio::test]
async fn drafts_are_not_listed() {
    let app = App::start(&[]);
    app.concert("spring", json!({"description": "outside", "venue": "Olympic Hall"})).await;
    app.concert("autumn", json!({"status": "draft"})).await;
    app.concert("winter", json!({"status": "closed", "onSaleAt": "2026-01-01T09:00:00+09:00"})).await;
    let body = app.get("/api/v1/concerts").await.success(200);
    assert_names(&body, &["concerts", "nextCursor"]);
    assert!(body["nextCursor"].is_null());
    let concerts = body["concerts"].as_array().unwrap();
    let listed: BTreeSet<_> = concerts.iter().map(|concert| text(&concert["concertId"])).collect();
    assert_eq!(listed, BTreeSet::from(["spring".to_owned(), "winter".to_owned()]));
    for concert in concerts {
        let names = [
            "concertId",
            "title",
            "description",
            "venue",
            "availableDates",
            "onSaleAt",
            "status",
            "currency",
            "priceFrom",
            "priceTo",
            "translations",
        ];
        assert_names(concert, &names);
    }
    let spring = concerts.iter().find(|concert| concert["concertId"] == "spring").unwrap();
    assert_eq!(spring["description"], "outside");
    assert_eq!(spring["venue"], "Olympic Hall");
    assert_eq!(spring["availableDates"], json!([DATE]));
    assert_eq!(spring["status"], "on_sale");
    assert!(spring["onSaleAt"].is_null());
    let winter = concerts.iter().find(|concert| concert["concertId"] == "winter").unwrap();
    assert_eq!(winter["onSaleAt"], "2026-01-01T00:00:00.000Z", "times are answered in UTC");
    assert_eq!(winter["status"], "closed");

    for (id, answer) in [("autumn", "a draft"), ("summer", "an unknown one")] {
        let found = app.get(&format!("/api/v1/concerts/{id}")).await;
        assert_eq!(found.refused(404, "CONCERT_NOT_FOUND")["code"], 404, "{answer}");
    }
    for id in ["Spring", "sp_ring", "spr.ing", "%20spring", &"s".repeat(65)] {
        assert_invalid(&app.get(&format!("/api/v1/concerts/{id}")).await, &["concertId"]);
    }
}

#[tokio::test]
async fn one_concert_tells_its_dates_sections_rows_and_prices() {
    let app = App::start(&[]);
    let dates = json!([
        {"date": "2030-12-25", "sections": [
            {"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
            {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000},
        ]},
        {"date": "2030-12-24", "startsAt": "19:30", "seats": 50, "price": 5000},
    ]);
    app.concert("spring", json!({"title": "Spring Festival", "dates": dates})).await;
    let body = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!((&body["concertId"], &body["title"]), (&json!("spring"), &json!("Spring Festival")));
    assert_eq!(body["availableDates"], json!(["2030-12-24", "2030-12-25"]));
    let dates = body["dates"].as_array().unwrap();
    assert_eq!((&dates[0]["date"], &dates[1]["date"]), (&json!("2030-12-24"), &json!("2030-12-25")), "dates ascend");
    assert_eq!(dates[0]["startsAt"], "19:30");
    let sections = dates[1]["sections"].as_array().unwrap();
    assert_eq!((&sections[0]["name"], &sections[1]["name"]), (&json!("A"), &json!("B")));
    assert_eq!((&sections[0]["rows"], &sections[0]["seatsPerRow"]), (&json!(5), &json!(10)));
    assert_eq!((&sections[0]["price"], &sections[1]["price"]), (&json!(7000), &json!(5000)));
}

#[tokio::test]
async fn lists_can_be_narrowed_to_a_status_and_closed_ones_leave_the_public_one_in_the_end() {
    let app = App::start(&[]);
    for (id, status) in [("spring", "on_sale"), ("autumn", "draft"), ("winter", "closed")] {
        app.concert(id, json!({ "status": status })).await;
    }
    let ids = |body: &serde_json::Value| -> Vec<String> {
        body["concerts"].as_array().unwrap().iter().map(|concert| text(&concert["concertId"])).collect()
    };
    for (status, public, all) in [
        ("on_sale", vec!["spring"], vec!["spring"]),
        ("closed", vec!["winter"], vec!["winter"]),
        ("draft", vec![], vec!["autumn"]),
    ] {
        assert_eq!(ids(&app.get(&format!("/api/v1/concerts?status={status}")).await.success(200)), public);
        let path = format!("/api/v1/admin/concerts?status={status}");
        assert_eq!(ids(&app.operator("GET", &path).await.success(200)), all);
    }
    assert_invalid(&app.get("/api/v1/concerts?status=open").await, &["status"]);
}

#[tokio::test]
async fn a_concert_tells_what_a_buyer_asks_before_queueing() {
    let app = App::start(&["hold.seconds=120", "queue.active_seconds=200"]);
    let dates = json!([
        {"date": "2030-12-24", "seats": 3, "price": 5000},
        {"date": "2030-12-25", "sections": [{"name": "A", "rows": 1, "seatsPerRow": 2, "price": 7000}]},
    ]);
    let words =
        json!({"en": {"title": "Spring", "description": "Outside", "venue": "Hall", "sections": {"A": "Stalls"}}});
    app.concert("spring", json!({"dates": dates, "translations": words})).await;
    let kim = app.guest("kim", "spring").await;
    assert_eq!((&kim.joined["freeSeats"], &kim.joined["soldOut"]), (&json!(5), &json!(false)));
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    let body = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!((&body["priceFrom"], &body["priceTo"], &body["order"]), (&json!(5000), &json!(7000), &json!("arrival")));
    let listed = app.get("/api/v1/concerts").await.success(200)["concerts"][0].clone();
    assert_eq!((&listed["priceFrom"], &listed["priceTo"]), (&json!(5000), &json!(7000)));
    assert_eq!((&body["holdSeconds"], &body["activeSeconds"]), (&json!(120), &json!(200)));
    assert_eq!((&body["dates"][0]["freeSeats"], &body["dates"][1]["freeSeats"]), (&json!(0), &json!(2)));
    assert_eq!(body["translations"], words);
    app.reserving(&kim, json!({"date": "2030-12-25", "seat": 1})).await.success(200);
    let lee = app.guest("lee", "spring").await;
    app.reserving(&lee, json!({"date": "2030-12-25", "seat": 2})).await.success(200);
    let place = app.place(&lee).await.success(200);
    assert_eq!((&place["freeSeats"], &place["soldOut"]), (&json!(0), &json!(true)));

    let hidden = json!({"showStock": false});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(hidden).await.success(200);
    let place = app.place(&lee).await.success(200);
    assert!(place.get("freeSeats").is_none() && place["soldOut"] == true, "{place}");
    let body = app.get("/api/v1/concerts/spring").await.success(200);
    assert!(body["dates"][0].get("freeSeats").is_none(), "{body}");
    let wrong = json!({"translations": {"English": {}}});
    let answer = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(wrong).await;
    assert_invalid(&answer, &["translations"]);
}

#[tokio::test]
async fn the_site_tells_in_what_amounts_and_times_are_told() {
    let app = App::start(&["site.name=Kleines Haus", "wallet.currency=EUR", "sale.time_zone=Europe/Berlin"]);
    let site = app.get("/api/v1/site").await.success(200);
    let version = env!("CARGO_PKG_VERSION");
    let expected = json!({
        "name": "Kleines Haus", "currency": "EUR", "exponent": 2, "timeZone": "Europe/Berlin",
        "languages": ["ko", "en"], "mode": "open", "version": version, "contact": null
    });
    assert_eq!(site, expected);
    let app = App::start(&["site.contact=tickets@example.com"]);
    assert_eq!(app.get("/api/v1/site").await.success(200)["contact"], "tickets@example.com");
}

#[tokio::test]
async fn concerts_come_in_pages() {
    let app = App::start(&[]);
    let mut expected = BTreeSet::new();
    for number in 0..5 {
        let id = format!("concert-{number}");
        app.concert(&id, json!({})).await;
        expected.insert(id);
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/concerts?limit=2".to_owned());
    loop {
        let page = app.get(&path).await.success(200);
        let concerts = page["concerts"].as_array().unwrap();
        assert!(concerts.len() <= 2);
        seen.extend(concerts.iter().map(|concert| text(&concert["concertId"])));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/concerts?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn a_date_is_known_until_it_begins_in_the_zone_of_the_concert() {
    let app = App::start(&[]);
    // Where the day changes last: today has not ended there; where it changes first it has.
    let today = (chrono::Utc::now() - chrono::TimeDelta::hours(12)).date_naive();
    let (last, first) = ("Etc/GMT+12", "Etc/GMT-14");
    let dates = json!([{"date": today.to_string(), "seats": 4, "price": 0}, {"date": DATE, "seats": 4, "price": 0}]);
    app.concert("spring", json!({"timeZone": last, "dates": dates})).await;
    let kim = app.guest("kim", "spring").await;
    let days = json!([today.to_string(), DATE]);
    assert_eq!(app.get("/api/v1/concerts/spring").await.success(200)["availableDates"], days);
    assert_eq!(app.get("/api/v1/seats/dates").bearer(&kim.token).await.success(200)["dates"], days);
    let seats = |seats| json!({"date": today.to_string(), "seats": seats});
    app.reserving(&kim, seats(vec![1, 2])).await.success(200);

    let zone = json!({ "timeZone": first });
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(zone).await.success(200);
    assert_eq!(app.get("/api/v1/concerts/spring").await.success(200)["availableDates"], json!([DATE]));
    assert_eq!(app.get("/api/v1/seats/dates").bearer(&kim.token).await.success(200)["dates"], json!([DATE]));
    let available = format!("/api/v1/seats/available?date={today}");
    app.get(&available).bearer(&kim.token).await.refused(404, "DATE_NOT_FOUND");
    app.reserving(&kim, seats(vec![3])).await.refused(404, "DATE_NOT_FOUND");
    let map = app.get(&format!("/api/v1/seats?date={today}")).bearer(&kim.token).await.success(200);
    assert_eq!(map["mine"], json!([1, 2]));
    app.canceling(&kim, seats(vec![1])).await.success(200);
    app.paying(&kim, seats(vec![2])).await.success(200);
}
