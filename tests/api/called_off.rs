//! POST `/api/v1/admin/concerts/{concertId}/dates/{date}/cancel`: a date does not take place.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, eventually, text};
use crate::shape::assert_invalid;

const NEXT: &str = "2030-12-25";

async fn called_off(app: &App) -> Value {
    let concert = app.operator("GET", "/api/v1/admin/concerts/spring").await.success(200);
    concert["dates"][0]["calledOff"].clone()
}

#[tokio::test]
async fn every_payment_of_the_date_goes_back_and_buyers_see_why() {
    let app = App::start(&[]);
    let dates = json!([{"date": DATE, "price": 5_000}, {"date": NEXT, "price": 7_000}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let (kim, lee) = (app.guest("kim", "spring").await, app.guest("lee", "spring").await);
    app.charge(&kim.user, 10_000).await;
    app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.paying(&kim, json!({"seats": [1, 2]})).await.success(200);
    app.reserving(&lee, json!({"seat": 3})).await.success(200);
    let sale = json!({"concertId": "spring", "date": DATE, "seats": [9], "paidBy": "cash", "guest": "Ms Han"});
    app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);

    let cancel = format!("/api/v1/admin/concerts/spring/dates/{DATE}/cancel");
    assert_invalid(&app.operator("POST", &cancel).json(json!({})).await, &["reason"]);
    let body = app.operator("POST", &cancel).json(json!({"reason": "The artist is ill."})).await.success(200);
    assert_eq!(body["dates"][0]["calledOff"]["reason"], "The artist is ill.");
    let told = eventually("the end of it", async || {
        let told = called_off(&app).await;
        told["finishedAt"].is_string().then_some(told)
    })
    .await;
    assert_eq!(told["refunded"], json!({"payments": 2, "seats": 3, "amount": 15_000}));
    assert_eq!(told["left"], json!({"payments": 0, "seats": 0, "amount": 0}));
    assert_eq!(app.balance(&kim.user).await, 10_000);

    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let payment = &payments["payments"][0];
    assert_eq!((&payment["status"], &payment["refundReason"]), (&json!("refunded"), &json!("The artist is ill.")));
    assert_eq!(payment["tickets"][1]["voidReason"], "The artist is ill.");
    for refusal in [
        app.reserving(&lee, json!({"seat": 5})).await,
        app.paying(&lee, json!({"seat": 3})).await,
        app.operator("POST", &cancel).json(json!({"reason": "rain"})).await,
    ] {
        let body = refusal.refused(409, "DATE_CALLED_OFF");
        assert_eq!(body["message"], "The date is called off: The artist is ill.");
    }
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!(public["dates"][0]["calledOff"]["reason"], "The artist is ill.");
    // Nothing of it can be bought.
    assert_eq!((&public["dates"][0]["freeSeats"], &public["dates"][1]["freeSeats"]), (&json!(0), &json!(50)));
    let listed = app.get("/api/v1/concerts").await.success(200);
    for told in [&public, &listed["concerts"][0]] {
        assert_eq!((&told["priceFrom"], &told["priceTo"]), (&json!(7_000), &json!(7_000)));
    }
    assert_eq!(public["availableDates"], json!([NEXT]));
    let events = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let types: Vec<String> = events["events"].as_array().unwrap().iter().map(|event| text(&event["type"])).collect();
    assert!(types.contains(&"date.called_off".to_owned()) && types.contains(&"date.refunding".to_owned()), "{types:?}");

    // What was read can be sent back, and the date stays called off.
    let whole = app.operator("GET", "/api/v1/admin/concerts/spring").await.success(200);
    let again = app.operator("PATCH", "/api/v1/admin/concerts/spring").json(whole).await.success(200);
    assert_eq!(again["dates"][0]["calledOff"]["reason"], "The artist is ill.");
    // When no date takes place, the prices are those that were.
    let last = format!("/api/v1/admin/concerts/spring/dates/{NEXT}/cancel");
    app.operator("POST", &last).json(json!({"reason": "rain"})).await.success(200);
    let public = app.get("/api/v1/concerts/spring").await.success(200);
    assert_eq!((&public["priceFrom"], &public["priceTo"]), (&json!(5_000), &json!(7_000)));
    app.stop_and_verify();
}

#[tokio::test]
async fn of_a_payment_over_two_dates_the_other_date_stays_paid() {
    let app = App::start(&[]);
    let dates = json!([{"date": DATE, "price": 5_000}, {"date": NEXT, "price": 7_000}]);
    app.concert("spring", json!({ "dates": dates })).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 12_000).await;
    for date in [DATE, NEXT] {
        app.reserving(&kim, json!({"date": date, "seat": 1})).await.success(200);
    }
    let everything = json!({ "userId": kim.user });
    app.post("/api/v1/seats/payment").bearer(&kim.token).json(everything).await.success(200);

    let cancel = format!("/api/v1/admin/concerts/spring/dates/{DATE}/cancel");
    app.operator("POST", &cancel).json(json!({"reason": "rain"})).await.success(200);
    eventually("the end of it", async || called_off(&app).await["finishedAt"].is_string().then_some(())).await;
    assert_eq!(app.balance(&kim.user).await, 5_000);
    let payments = app.get(&format!("/api/v1/users/{}/payments", kim.user)).await.success(200);
    let payment = &payments["payments"][0];
    assert_eq!((&payment["status"], &payment["refunded"]), (&json!("partly_refunded"), &json!(5_000)));
    let tickets = [0, 1].map(|at| payment["tickets"][at]["status"].clone());
    assert_eq!(tickets, ["void", "valid"]);
    app.stop_and_verify();
}
