//! POST `/api/v1/admin/concerts/{concertId}/dates/{date}/move`: a date takes place on another day.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually, text};
use crate::harness::client::Call;
use crate::shape::assert_invalid;

const NEXT: &str = "2030-12-25";
const LATER: &str = "2030-12-31";

fn moving(app: &App, date: &str, body: Value) -> Call {
    app.operator("POST", &format!("/api/v1/admin/concerts/spring/dates/{date}/move")).json(body)
}

#[tokio::test]
async fn a_moved_date_keeps_holds_and_tickets_and_both_dates_are_told() {
    let mut app = App::start(&[]);
    let dates = json!([{"date": DATE, "startsAt": "19:30", "price": 5_000}, {"date": NEXT, "price": 5_000}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let paid = app.paying(&kim, json!({"seat": 1})).await.success(200);
    app.charge(&lee.user, 10_000).await;
    app.reserving(&lee, json!({"seat": 2})).await.success(200);

    moving(&app, DATE, json!({"to": NEXT})).await.refused(409, "CONCERT_IN_USE");
    moving(&app, "2030-12-26", json!({"to": LATER})).await.refused(404, "DATE_NOT_FOUND");
    assert_invalid(&moving(&app, DATE, json!({"to": "2020-01-01"})).await, &["to"]);
    assert_invalid(&moving(&app, DATE, json!({"to": LATER, "at": "20:00"})).await, &["at"]);
    let body = moving(&app, DATE, json!({"to": LATER, "startsAt": "20:00"})).await.success(200);
    let moved = &body["dates"][1];
    assert_eq!(
        (&moved["date"], &moved["movedFrom"], &moved["startsAt"]),
        (&json!(LATER), &json!(DATE), &json!("20:00"))
    );
    moving(&app, LATER, json!({"to": LATER})).await.refused(409, "CONCERT_IN_USE");
    moving(&app, DATE, json!({"to": "2031-01-01"})).await.refused(404, "DATE_NOT_FOUND");

    // The hold stays and is paid under the new date; the old one is not known any more.
    app.reserving(&lee, json!({"seat": 3})).await.refused(404, "DATE_NOT_FOUND");
    let held = app.reserving(&lee, json!({"date": LATER, "seats": [2, 3]})).await.success(200);
    assert_eq!(held["date"], LATER);
    let bought = app.paying(&lee, json!({"date": LATER, "seats": [2, 3]})).await.success(200);
    assert_eq!((&bought["date"], &bought["tickets"][0]["movedFrom"]), (&json!(LATER), &json!(DATE)));
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let item = &payments["payments"][0]["items"][0];
    assert_eq!((&item["date"], &item["movedFrom"]), (&json!(LATER), &json!(DATE)));
    assert_eq!(item["tickets"][0]["ticketId"], paid["tickets"][0]["ticketId"]);
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    let reservation = &listed["reservations"][0];
    assert_eq!((&reservation["date"], &reservation["movedFrom"]), (&json!(LATER), &json!(DATE)));
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!(public["availableDates"], json!([NEXT, LATER]));
    let dates: Vec<&Value> = public["dates"].as_array().unwrap().iter().map(|date| &date["date"]).collect();
    assert!(dates.contains(&&json!(LATER)) && !dates.contains(&&json!(DATE)), "{public}");
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let told = events["events"].as_array().unwrap().iter().find(|event| event["type"] == "date.moved").unwrap();
    assert_eq!((&told["data"]["from"], &told["data"]["to"]), (&json!(DATE), &json!(LATER)));

    // What was read can be sent back; the date that was left cannot be given anew.
    let whole = app.operator("GET", "/api/v1/admin/concerts/spring").await.success(200);
    let again = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(whole.clone()).await.success(200);
    assert_eq!(again["dates"], whole["dates"]);
    let mut more = whole["dates"].as_array().unwrap().clone();
    more.push(json!({"date": DATE, "price": 1}));
    app.operator("PATCH", "/api/v1/admin/concerts/spring")
        .json(json!({"dates": more}))
        .await
        .refused(409, "CONCERT_IN_USE");
    let refund = format!("/api/v1/payments/{}/refund", text(&bought["paymentId"]));
    let part = json!({"reason": "ill", "date": LATER, "seats": [2]});
    let refunded = app.operator("POST", &refund).json(part).await.success(200);
    assert_eq!((&refunded["items"][0]["date"], &refunded["status"]), (&json!(LATER), &json!("partly_refunded")));
    app.process.kill();
    app.start_again();
    let cancel = format!("/api/v1/admin/concerts/spring/dates/{LATER}/cancel");
    app.operator("POST", &cancel).json(json!({"reason": "rain"})).await.success(200);
    moving(&app, LATER, json!({"to": "2031-01-01"})).await.refused(409, "DATE_CALLED_OFF");
    app.stop_and_verify();
}

#[tokio::test]
async fn whatever_lists_a_moved_date_knows_it_by_the_new_one_and_tells_the_old_one() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let paid = app.paying(&kim, json!({"seat": 1})).await.success(200);
    moving(&app, DATE, json!({"to": LATER})).await.success(200);

    for list in ["payments", "tickets"] {
        for (query, count) in [
            (format!("date={LATER}"), 1),
            (format!("concertId=spring&date={LATER}"), 1),
            (format!("date={DATE}"), 0),
            (format!("concertId=spring&date={DATE}"), 0),
        ] {
            let found = app.operator("GET", &format!("/api/v1/admin/{list}?{query}")).await.success(200);
            assert_eq!(found[list].as_array().unwrap().len(), count, "{list} {query}");
        }
    }
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    let own = app.get(&format!("/api/v1/users/{}/tickets", kim.user)).await.success(200);
    let (shown, ticket) = (&public["dates"][0], &own["tickets"][0]);
    for told in [shown, ticket] {
        assert_eq!((&told["date"], &told["movedFrom"]), (&json!(LATER), &json!(DATE)), "{told}");
    }
    assert_eq!(ticket["code"], paid["tickets"][0]["code"]);
    let admitting = |date: &str| {
        let scan = json!({"code": ticket["code"], "date": date});
        app.operator("POST", "/api/v1/admin/check-ins").json(scan)
    };
    admitting(DATE).await.refused(409, "WRONG_DATE");
    admitting(LATER).await.success(200);
}

/// The dates of a list, as they stand.
fn dates_of(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry.get("date").unwrap_or(entry).as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_list_of_dates_ascends_behind_a_move() {
    let app = App::start(&["sale.seat_limit=6"]);
    let dates = json!([{"date": DATE, "price": 5_000}, {"date": NEXT, "price": 7_000}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 12_000).await;
    app.charge(&lee.user, 12_000).await;
    for guest in [&kim, &lee] {
        let first = if guest.user == kim.user { 1 } else { 4 };
        app.reserving(guest, json!({"date": DATE, "seats": [first, first + 1]})).await.success(200);
        app.reserving(guest, json!({"date": NEXT, "seats": [first]})).await.success(200);
    }
    app.reserving(&lee, json!({"date": NEXT, "seats": [6]})).await.success(200);
    app.canceling(&kim, json!({"date": DATE, "seat": 2})).await.success(200);
    moving(&app, DATE, json!({"to": LATER})).await.success(200);

    let ascending = [NEXT, LATER];
    let everything = json!({ "userId": kim.user });
    let paid = app.post("/api/v1/seats/payment").bearer(&kim.token).json(everything).await.success(200);
    assert_eq!(dates_of(&paid["items"]), ascending);
    assert_eq!(dates_of(&paid["tickets"]), ascending);
    assert_eq!((&paid["date"], &paid["items"][0]["amount"]), (&json!(NEXT), &json!(7_000)));
    let part = app.paying(&lee, json!({"date": NEXT, "seats": [6]})).await.success(200);
    assert_eq!(dates_of(&part["released"]), ascending);
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let payment = &payments["payments"][0];
    assert_eq!(dates_of(&payment["items"]), ascending);
    assert_eq!((&payment["date"], &payment["seats"]), (&json!(NEXT), &json!([1, 1])));

    let public = app.get("/api/v1/concerts/spring").await.success(200);
    let plan = app.get("/api/v1/concerts/spring/plan").await.success(200);
    let whole = app.operator("GET", "/api/v1/admin/concerts/spring").await.success(200);
    for told in [&public, &plan, &whole] {
        assert_eq!(dates_of(&told["dates"]), ascending, "{told}");
    }
    assert_eq!((&public["dates"][0]["freeSeats"], &public["dates"][1]["freeSeats"]), (&json!(48), &json!(49)));
    assert_eq!(dates_of(&public["availableDates"]), ascending);
    let again = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(whole.clone()).await.success(200);
    assert_eq!(again["dates"], whole["dates"]);

    // A refusal names seats by the days on which they are held.
    let smaller = json!({"dates": [{"date": NEXT, "seats": 5, "price": 1}, {"date": LATER, "sections": [
        {"name": "B", "rows": 5, "seatsPerRow": 10, "price": 1}
    ]}]});
    let refusal = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(smaller).await;
    let refusal = refusal.refused(409, "CONCERT_IN_USE");
    assert_eq!(dates_of(&refusal["dates"]), ascending);
    assert_eq!((&refusal["date"], &refusal["seats"]), (&json!(NEXT), &json!([6])));

    let refunded = app.refunding(&text(&paid["paymentId"])).await.success(200);
    assert_eq!(dates_of(&refunded["items"]), ascending);
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    for kind in ["payment.paid", "payment.refunded"] {
        let event = events["events"].as_array().unwrap().iter().find(|event| event["type"] == kind).unwrap();
        let items = &event["data"]["items"];
        assert_eq!(dates_of(items), ascending, "{kind}");
        assert_eq!((&items[0]["label"], &items[1]["amount"]), (&json!("1-1"), &json!(5_000)), "{kind}");
    }
}

#[tokio::test]
async fn events_tell_the_day_on_which_a_date_is_held_now() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 5_000).await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.paying(&kim, json!({"seat": 1})).await.success(200);
    app.reserving(&lee, json!({"seat": 2})).await.success(200);
    let blocked = json!({"seats": [3], "reason": "a camera"});
    app.operator("POST", &format!("/api/v1/admin/concerts/spring/dates/{DATE}/block")).json(blocked).await.success(200);
    moving(&app, DATE, json!({"to": LATER})).await.success(200);
    moving(&app, LATER, json!({"to": "2031-01-01"})).await.success(200);
    let cancel = "/api/v1/admin/concerts/spring/dates/2031-01-01/cancel";
    app.operator("POST", cancel).json(json!({"reason": "rain"})).await.success(200);
    let of = |kind: &'static str, date: &str| (kind.to_owned(), date.to_owned());
    let told = [
        of("date.moved", DATE),
        of("date.called_off", "2031-01-01"),
        of("date.refunding", "2031-01-01"),
        of("payment.paid", "2031-01-01"),
        of("payment.refunded", "2031-01-01"),
        of("seat.blocked", "2031-01-01"),
        of("seat.held", "2031-01-01"),
        of("seat.released", "2031-01-01"),
        of("seat.sold", "2031-01-01"),
    ];
    eventually("the last refund", async || (told_dates(&app).await == BTreeSet::from(told.clone())).then_some(()))
        .await;
}

/// The dates that events tell, by their type.
async fn told_dates(app: &App) -> BTreeSet<(String, String)> {
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let mut dates = BTreeSet::new();
    for event in events["events"].as_array().unwrap() {
        let data = &event["data"];
        let items = data["items"].as_array().into_iter().flatten().map(|item| &item["date"]);
        dates.extend(items.chain(data.get("date")).map(|date| (text(&event["type"]), text(date))));
    }
    dates
}
