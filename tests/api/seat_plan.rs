//! The plan of a concert: what a page draws its halls with.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE};

#[tokio::test]
async fn the_plan_tells_sections_rows_labels_prices_and_geometry_of_each_date() {
    let app = App::start(&[]);
    let named = json!([
        {"name": "Stalls", "rows": [{"label": "A", "seats": 3, "firstNumber": 11}, {"seats": 2}],
         "numbering": "right_to_left", "at": {"x": 0, "y": 2.5, "angle": -15, "curve": 0.2},
         "accessible": [5], "restrictedView": [1, 4], "price": 7000},
        {"name": "Balcony", "rows": 1, "seatsPerRow": 2, "price": 5000}
    ]);
    let dates = json!([
        {"date": DATE, "sections": named}, {"date": "2030-12-25", "seats": 12, "price": 1000},
        {"date": "2030-12-26", "seats": 12, "price": 1000}
    ]);
    app.concert("spring", json!({ "dates": dates })).await;
    let plan = app.get("/api/v1/concerts/spring/plan").await.success(200);
    let tags: Vec<_> = (0..3).map(|number| plan["dates"][number]["layout"].clone()).collect();
    assert!(tags[0] != tags[1] && tags[1] == tags[2], "{plan}");
    assert_eq!(plan["layouts"].as_array().unwrap().len(), 2, "each layout once");
    let layout =
        |tag: &Value| plan["layouts"].as_array().unwrap().iter().find(|layout| layout["layout"] == *tag).unwrap();
    assert_eq!(
        layout(&tags[0])["sections"],
        json!([
            {"name": "Stalls", "price": 7000, "firstSeat": 1, "seats": 5, "numbering": "right_to_left",
             "at": {"x": 0, "y": 2.5, "angle": -15, "curve": 0.2},
             "rows": [{"row": 1, "label": "A", "firstSeat": 1, "seats": 3, "firstNumber": 11},
                      {"row": 2, "label": "2", "firstSeat": 4, "seats": 2, "firstNumber": 1}],
             "accessible": [5], "restrictedView": [1, 4]},
            {"name": "Balcony", "price": 5000, "firstSeat": 6, "seats": 2, "numbering": "left_to_right",
             "rows": [{"row": 1, "label": "1", "firstSeat": 6, "seats": 2, "firstNumber": 1}],
             "accessible": [], "restrictedView": []}
        ])
    );
    assert_eq!(layout(&tags[0])["seats"], 7);
    let rows = &layout(&tags[1])["sections"][0]["rows"];
    assert_eq!(rows[1], json!({"row": 2, "label": "2", "firstSeat": 11, "seats": 2, "firstNumber": 1}));
}

#[tokio::test]
async fn a_plan_is_asked_for_once_until_it_changes() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    app.concert("draft", json!({"status": "draft"})).await;
    let answer = app.get("/api/v1/concerts/spring/plan").await;
    let (plan, tag) = (answer.success(200), answer.header("etag").unwrap().to_owned());
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    let asking = || app.get("/api/v1/concerts/spring/plan").header("if-none-match", &tag);
    assert_eq!(asking().await.status, 304);
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(json!({"title": "x"})).await.success(200);
    assert_eq!(asking().await.status, 304, "neither a hold nor another title changes it");
    let dearer = json!({"dates": [{"date": DATE, "seats": 50, "price": 6000}]});
    app.operator("PATCH", "/api/v1/admin/concerts/spring").json(dearer).await.success(200);
    let changed = asking().await.success(200);
    assert_eq!(changed["layouts"][0]["sections"][0]["price"], 6000);
    assert_ne!(changed["dates"], plan["dates"], "the tag of the layout changes, too");
    app.get("/api/v1/concerts/draft/plan").await.refused(404, "CONCERT_NOT_FOUND");
    app.get("/api/v1/concerts/none/plan").await.refused(404, "CONCERT_NOT_FOUND");
}
