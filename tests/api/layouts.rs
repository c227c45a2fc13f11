//! Seats as a hall has them: rows with labels, numbers from either side, a place on the plan, accessible seats.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest};

const SPRING: &str = "/api/v1/admin/concerts/spring";

/// Stalls of two named rows, which are counted from the right, and a balcony of two equal ones.
fn sections() -> Value {
    json!([
        {"name": "Stalls", "rows": [{"label": "A", "seats": 3, "firstNumber": 11}, {"label": "B", "seats": 2}],
         "numbering": "right_to_left", "at": {"x": 0, "y": 2.5, "angle": -15, "curve": 0.2},
         "accessible": [1, 5], "restrictedView": [5], "price": 7000},
        {"name": "Balcony", "rows": 2, "seatsPerRow": 2, "price": 5000}
    ])
}

fn dates(sections: &Value) -> Value {
    json!({"dates": [{"date": DATE, "sections": sections}]})
}

async fn office() -> (App, Guest) {
    let app = App::start(&[]);
    app.concert("spring", dates(&sections())).await;
    let kim = app.guest("kim", "spring").await;
    (app, kim)
}

async fn map(app: &App, guest: &Guest) -> Value {
    let map = app.get(&format!("/api/v1/seats?date={DATE}")).bearer(&guest.token).await.success(200);
    map["seats"].clone()
}

/// Changes one field of the first section.
fn with(pointer: &str, value: Value) -> Value {
    let mut sections = sections();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    sections[0].pointer_mut(parent).unwrap()[field] = value;
    sections
}

#[tokio::test]
async fn what_is_written_is_answered_and_can_be_sent_back() {
    let (app, _kim) = office().await;
    let shown = app.operator("GET", SPRING).await.success(200);
    let mut told = sections();
    told[0]["rows"][1]["firstNumber"] = json!(1);
    assert_eq!(shown["dates"][0]["sections"], told, "with the numbers that were not given");
    assert_eq!(shown["dates"][0]["seats"], 9);
    let again = app.operator("PATCH", SPRING).json(json!({"dates": shown["dates"]})).await.success(200);
    assert_eq!(again, shown);
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    let stalls = &public["dates"][0]["sections"][0];
    assert_eq!((&stalls["rows"], &stalls["seatsPerRow"], &stalls["seats"]), (&json!(2), &Value::Null, &json!(5)));
}

#[tokio::test]
async fn seats_are_told_in_words_wherever_they_are_shown() {
    let (app, kim) = office().await;
    let seats = map(&app, &kim).await;
    let labels: Vec<&str> = seats.as_array().unwrap().iter().map(|seat| seat["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["A-13", "A-12", "A-11", "B-2", "B-1", "1-1", "1-2", "2-1", "2-2"]);
    assert_eq!(
        seats[4],
        json!({"seat": 5, "section": "Stalls", "row": 2, "rowLabel": "B", "label": "B-1", "price": 7000,
               "accessible": true, "restrictedView": true, "status": "free"})
    );
    let held = app.reserving(&kim, json!({"seats": [4, 6]})).await.success(200);
    assert_eq!(
        held["places"],
        json!([{"seat": 4, "section": "Stalls", "row": 2, "rowLabel": "B", "label": "B-2"},
               {"seat": 6, "section": "Balcony", "row": 1, "rowLabel": "1", "label": "1-1"}])
    );
    let listed = app.reservations(&kim.user, "spring").await.success(200);
    let words = |number: usize| {
        (listed["reservations"][number]["label"].clone(), listed["reservations"][number]["section"].clone())
    };
    assert_eq!((words(0), words(1)), ((json!("1-1"), json!("Balcony")), (json!("B-2"), json!("Stalls"))));
    let lee = app.guest("lee", "spring").await;
    let refused = app.reserving(&lee, json!({"seat": 4})).await.refused(409, "SEAT_TAKEN");
    let words = ["section", "row", "rowLabel", "label"].map(|field| refused[field].clone());
    assert_eq!(words, [json!("Stalls"), json!(2), json!("B"), json!("B-2")]);
}

#[tokio::test]
async fn a_held_seat_keeps_its_words_and_what_is_free_may_be_renamed() {
    let (app, kim) = office().await;
    app.reserving(&kim, json!({"seat": 4})).await.success(200);
    for (pointer, value) in [
        ("/name", json!("Parterre")),
        ("/numbering", json!("left_to_right")),
        ("/rows", json!([{"label": "A", "seats": 3}, {"label": "BB", "seats": 2}])),
        ("/rows", json!([{"label": "A", "seats": 3}, {"label": "B", "seats": 2, "firstNumber": 2}])),
        ("/rows", json!([{"label": "A", "seats": 2}, {"label": "B", "seats": 2}])),
    ] {
        let mut changed = with(pointer, value);
        changed[0]["accessible"] = json!([]);
        changed[0]["restrictedView"] = json!([]);
        let refused = app.operator("PATCH", SPRING).json(dates(&changed)).await.refused(409, "CONCERT_IN_USE");
        assert_eq!((&refused["date"], &refused["seats"]), (&json!(DATE), &json!([4])), "{changed}");
        assert_eq!(
            refused["places"],
            json!([{"date": DATE, "seat": 4, "section": "Stalls", "row": 2, "rowLabel": "B", "label": "B-2"}])
        );
    }
    let mut changed = with("/rows", json!([{"label": "AA", "seats": 3}, {"label": "B", "seats": 2}]));
    changed[0]["at"] = json!({"x": 10, "y": 0});
    changed[0]["price"] = json!(9000);
    changed[1]["name"] = json!("Gallery");
    changed[1]["rows"] = json!(5);
    app.operator("PATCH", SPRING).json(dates(&changed)).await.success(200);
    let seats = map(&app, &kim).await;
    assert_eq!(
        (&seats[0]["label"], &seats[3]["label"], &seats[3]["status"]),
        (&json!("AA-3"), &json!("B-2"), &json!("held"))
    );
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_field() {
    let (app, _kim) = office().await;
    for (pointer, value, field) in [
        ("/rows", json!("2"), "rows"),
        ("/rows", json!([]), "rows"),
        ("/rows", json!(5), "seatsPerRow"),
        ("/seatsPerRow", json!(5), "seatsPerRow"),
        ("/rows/1/label", json!(""), "rows[1].label"),
        ("/rows/1/label", json!("x".repeat(17)), "rows[1].label"),
        ("/rows/1/label", json!("A"), "rows[1].label"),
        ("/rows/1/seats", json!(0), "rows[1].seats"),
        ("/rows/1/seats", json!(100_000), ""),
        ("/rows/1/firstNumber", json!(0), "rows[1].firstNumber"),
        ("/rows/1/name", json!("B"), "rows[1].name"),
        ("/numbering", json!("zigzag"), "numbering"),
        ("/at", json!(5), "at"),
        ("/at/x", json!(10_001), "at.x"),
        ("/at/y", json!(-10_000.5), "at.y"),
        ("/at/y", json!("0"), "at.y"),
        ("/at/angle", json!(361), "at.angle"),
        ("/at/curve", json!(1.5), "at.curve"),
        ("/accessible", json!([0]), "accessible"),
        ("/accessible", json!([6]), "accessible"),
        ("/accessible", json!([1, 1]), "accessible"),
        ("/restrictedView", json!(1), "restrictedView"),
    ] {
        let refused = app.operator("PATCH", SPRING).json(dates(&with(pointer, value.clone()))).await;
        let body = refused.refused(400, "INVALID_REQUEST");
        let expected =
            if field.is_empty() { "dates[0].sections".to_owned() } else { format!("dates[0].sections[0].{field}") };
        assert_eq!(body["field"], expected.as_str(), "{pointer} = {value}: {body}");
    }
}

#[tokio::test]
async fn accessible_seats_come_last_unless_they_are_asked_for() {
    let (app, kim) = office().await;
    let best = |count: u32, accessible: Value| json!({"bestAvailable": {"count": count, "accessible": accessible}});
    let seats = async |guest: &Guest, asked: Value| app.reserving(guest, asked).await.success(200)["seats"].clone();
    assert_eq!(seats(&kim, best(2, json!(false))).await, json!([2, 3]));
    let lee = app.guest("lee", "spring").await;
    assert_eq!(seats(&lee, best(1, json!(true))).await, json!([1]));
    app.reserving(&lee, best(2, json!(true))).await.refused(409, "NO_ADJACENT_SEATS");
    app.reserving(&lee, best(1, json!("yes"))).await.refused(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_refused_change_names_as_many_as_20_seats() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    for seats in [(1..=15).collect::<Vec<u32>>(), (16..=25).collect()] {
        let sale = json!({"concertId": "spring", "date": DATE, "seats": seats, "paidBy": "cash"});
        app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
    }
    let elsewhere = json!({"dates": [{"date": "2030-12-25", "seats": 50, "price": 5000}]});
    let refused = app.operator("PATCH", SPRING).json(elsewhere).await.refused(409, "CONCERT_IN_USE");
    assert_eq!(refused["seats"], json!((1..=20).collect::<Vec<u32>>()));
}
