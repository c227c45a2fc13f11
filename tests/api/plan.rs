//! A place on the plan does not move under a seat that is held or sold.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest, text};

const SPRING: &str = "/api/v1/admin/concerts/spring";
const NEXT: &str = "2030-12-25";

fn section(name: &str, rows: u32, width: u32) -> Value {
    json!({"name": name, "rows": rows, "seatsPerRow": width, "price": 5000})
}

/// One date with these sections.
fn dates(sections: &[Value]) -> Value {
    json!({"dates": [{"date": DATE, "sections": sections}]})
}

/// A box office that has sold seat 11 and holds seat 4, in sections A (2 rows of 10) and B (3 rows of 5).
async fn office() -> (App, Guest, Guest) {
    let app = App::start(&[]);
    app.concert("spring", dates(&[section("A", 2, 10), section("B", 3, 5)])).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 20_000).await;
    app.reserving(&kim, json!({"seat": 11})).await.success(200);
    app.paying(&kim, json!({"seat": 11})).await.success(200);
    app.reserving(&lee, json!({"seat": 4})).await.success(200);
    (app, kim, lee)
}

async fn refused(app: &App, patch: Value, seats: &[u32]) -> Value {
    let body = app.operator("PATCH", SPRING).json(patch).await.refused(409, "CONCERT_IN_USE");
    assert_eq!((&body["date"], &body["seats"]), (&json!(DATE), &json!(seats)), "{body}");
    body
}

#[tokio::test]
async fn a_taken_seat_keeps_section_row_and_place_in_the_row() {
    let (app, kim, lee) = office().await;
    let before = app.operator("GET", SPRING).await.success(200);
    let (a, b) = (section("A", 2, 10), section("B", 3, 5));
    for (changed, seats) in [
        // In front, renamed, swapped, other row lengths: both move.
        (vec![section("Front", 1, 10), a.clone(), b.clone()], &[4, 11][..]),
        (vec![section("Stalls", 2, 10), b.clone()], &[4, 11]),
        (vec![b.clone(), a.clone()], &[4, 11]),
        (vec![section("A", 2, 3), b.clone()], &[4, 11]),
        // Of 9 and of 11: seat 4 stays where it is, seat 11 gets another place in the row or another row.
        (vec![section("A", 3, 9), b.clone()], &[11]),
        (vec![section("A", 2, 11), b.clone()], &[11]),
        // Cut off or told to be of another section.
        (vec![section("A", 1, 10), b.clone()], &[11]),
        (vec![section("A", 1, 10)], &[11]),
        (vec![section("A", 1, 3), section("C", 1, 7), section("D", 1, 10)], &[4, 11]),
    ] {
        let body = refused(&app, dates(&changed), seats).await;
        assert!(text(&body["message"]).contains(&format!("seat {} of {DATE}", seats[0])), "{body}");
        assert_eq!(body["dates"], json!([{"date": DATE, "seats": seats}]), "{body}");
    }
    refused(&app, json!({"dates": [{"date": DATE, "seats": 9, "price": 5000}]}), &[11]).await;
    refused(&app, json!({"dates": [{"date": NEXT, "seats": 50, "price": 5000}]}), &[4, 11]).await;
    assert_eq!(app.operator("GET", SPRING).await.success(200), before, "a refusal changes nothing");
    assert_eq!(app.place(&lee).await.success(200)["status"], "ACTIVE");
    assert_eq!(app.balance(&kim.user).await, 15_000);
}

#[tokio::test]
async fn what_is_free_may_move_and_prices_may_change() {
    let (app, _kim, lee) = office().await;
    let priced = |price: u32| json!({"name": "A", "rows": 2, "seatsPerRow": 10, "price": price});
    for changed in [
        vec![priced(9_000), section("B", 3, 5)],
        // Behind the taken seats all is free to change.
        vec![section("A", 2, 10), section("C", 7, 7), section("B", 3, 5)],
        vec![section("A", 9, 10)],
    ] {
        app.operator("PATCH", SPRING).json(dates(&changed)).await.success(200);
    }
    // The same places as a plain date, one of 11 seats.
    let plain = json!({"dates": [{"date": DATE, "seats": 11, "price": 7000, "startsAt": "20:00"}]});
    app.operator("PATCH", SPRING).json(plain).await.success(200);
    app.operator("PATCH", SPRING).json(json!({"timeZone": "Europe/Berlin"})).await.success(200);
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&lee.token).await.success(200);
    let seat = |number: usize| (map["seats"][number - 1]["row"].clone(), map["seats"][number - 1]["status"].clone());
    assert_eq!((seat(4), seat(11)), ((json!(1), json!("held")), (json!(2), json!("sold"))));
    // Its hold keeps its price.
    app.charge(&lee.user, 5_000).await;
    assert_eq!(app.paying(&lee, json!({"seat": 4})).await.success(200)["amount"], 5_000);
}

#[tokio::test]
async fn every_date_concerned_is_told_and_the_list_is_bounded() {
    let app = App::start(&[]);
    let both = |name: &str| {
        let date = |date: &str| json!({"date": date, "sections": [section(name, 5, 10)]});
        json!({"seatLimit": 40, "dates": [date(DATE), date(NEXT)]})
    };
    app.concert("spring", both("A")).await;
    let kim = app.guest("kim", "spring").await;
    let first: Vec<u32> = (1..=15).collect();
    app.reserving(&kim, json!({"seats": first})).await.success(200);
    app.reserving(&kim, json!({"date": NEXT, "seats": (21..=40).collect::<Vec<u32>>()})).await.success(200);
    let body = refused(&app, both("B"), &first).await;
    let rest: Vec<u32> = (21..=25).collect();
    assert_eq!(body["dates"], json!([{"date": DATE, "seats": first}, {"date": NEXT, "seats": rest}]));
    let body =
        app.operator("PATCH", SPRING).json(json!({"dates": [{"date": DATE, "sections": [section("A", 5, 10)]}]}));
    let body = body.await.refused(409, "CONCERT_IN_USE");
    assert_eq!((&body["date"], body["seats"].as_array().map(Vec::len)), (&json!(NEXT), Some(20)), "{body}");

    app.leaving(&kim).await.success(200);
    app.operator("PATCH", SPRING).json(both("B")).await.success(200);
}

#[tokio::test]
async fn a_payment_keeps_section_and_row_as_sold() {
    let mut app = App::start(&[]);
    app.concert("spring", dates(&[section("A", 2, 10), section("B", 3, 5)])).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 20_000).await;
    app.reserving(&kim, json!({"seats": [11, 26]})).await.success(200);
    let paid = app.paying(&kim, json!({"seats": [11, 26]})).await.success(200);
    let places = |tickets: &Value| -> Vec<Value> {
        let tickets = tickets.as_array().unwrap().iter();
        tickets.map(|ticket| json!([ticket["seat"], ticket["section"], ticket["row"]])).collect()
    };
    let expected = vec![json!([11, "A", 2]), json!([26, "B", 2])];
    assert_eq!(places(&paid["tickets"]), expected, "{paid}");

    // Once refunded the seats may move; the payment goes on telling what was sold.
    app.refunding(&text(&paid["paymentId"])).await.success(200);
    app.operator("PATCH", SPRING).json(dates(&[section("Z", 1, 50)])).await.success(200);
    app.process.kill();
    app.start_again();
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let payment = &payments["payments"][0];
    assert_eq!(places(&payment["tickets"]), expected, "{payment}");
    assert_eq!((&payment["status"], &payment["seats"]), (&json!("refunded"), &json!([11, 26])));
    app.stop_and_verify();
}

#[tokio::test]
async fn a_draft_is_refused_with_the_seats_that_are_taken() {
    let (app, _kim, lee) = office().await;
    app.leaving(&lee).await.success(200);
    refused(&app, json!({"status": "draft"}), &[11]).await;
}
