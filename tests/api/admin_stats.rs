//! The operator's figures of a concert.

use serde_json::json;

use crate::harness::app::{App, DATE, text};
use crate::shape::assert_names;

#[tokio::test]
async fn the_figures_follow_the_sale() {
    let app = App::start(&[]);
    let dates = json!([{"date": DATE, "seats": 10, "price": 100}, {"date": "2030-12-23", "seats": 5, "price": 30}]);
    app.concert("spring", json!({"dates": dates, "queue": {"maxActive": 2, "admitCount": null}})).await;
    let path = "/api/v1/admin/concerts/spring/stats";
    let stats = app.operator("GET", path).await.success(200);
    assert_names(&stats, &["waiting", "active", "admitted", "dates", "revenue", "admissionsPerMinute"]);
    assert_eq!((&stats["waiting"], &stats["active"], &stats["admitted"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(stats["revenue"], 0);

    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    for name in ["third", "fourth", "fifth"] {
        app.guest(name, "spring").await;
    }
    app.charge(&kim.user, 1_000).await;
    app.reserving(&kim, json!({"seats": [1, 2, 3]})).await.success(200);
    app.reserving(&lee, json!({"date": "2030-12-23", "seats": [4, 5]})).await.success(200);
    let payment = text(&app.paying(&kim, json!({"seats": [1, 2]})).await.success(200)["paymentId"]);
    let stats = app.operator("GET", path).await.success(200);
    assert_eq!((&stats["waiting"], &stats["active"], &stats["admitted"]), (&json!(2), &json!(2), &json!(3)));
    let dates = json!([
        {"date": "2030-12-23", "free": 3, "held": 2, "sold": 0, "blocked": 0, "revenue": 0},
        {"date": DATE, "free": 8, "held": 0, "sold": 2, "blocked": 0, "revenue": 200},
    ]);
    assert_eq!((&stats["dates"], &stats["revenue"]), (&dates, &json!(200)));
    assert!(stats["admissionsPerMinute"].as_f64().unwrap() > 0.0, "{stats}");

    app.refunding(&payment).await.success(200);
    let stats = app.operator("GET", path).await.success(200);
    assert_eq!((&stats["dates"][1]["sold"], &stats["dates"][1]["free"]), (&json!(0), &json!(10)));
    assert_eq!((&stats["dates"][1]["revenue"], &stats["revenue"]), (&json!(0), &json!(0)));
}
