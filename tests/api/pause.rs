//! A pause of admission, and a user's look at all places.

use serde_json::json;

use crate::harness::app::App;

const QUEUE: &str = "/api/v1/admin/concerts/spring/queue";

#[tokio::test]
async fn a_pause_admits_nobody_and_those_inside_go_on() {
    let app = App::start(&[]);
    app.concert("spring", json!({"queue": {"maxActive": 1}})).await;
    let kim = app.guest("kim", "spring").await;
    let lee = app.guest("lee", "spring").await;
    let paused = app.operator("PUT", QUEUE).json(json!({"maxActive": 1, "paused": true})).await.success(200);
    assert_eq!(paused["paused"], true);
    app.reserving(&kim, json!({"seat": 1})).await.success(200);
    app.leaving(&kim).await.success(200);
    let place = app.place(&lee).await.success(200);
    assert_eq!((&place["status"], &place["paused"], &place["ahead"]), (&json!("WAITING"), &json!(true), &json!(0)));
    app.operator("PUT", QUEUE).json(json!({"maxActive": 1})).await.success(200);
    let place = app.place(&lee).await.success(200);
    assert_eq!((&place["status"], &place["paused"]), (&json!("ACTIVE"), &json!(false)));
    app.stop_and_verify();
}

#[tokio::test]
async fn nobody_is_abandoned_in_a_pause() {
    let app = App::start(&["queue.abandon_seconds=1", "queue.claim_seconds=1"]);
    app.concert("spring", json!({"queue": {"maxActive": 1, "paused": true}})).await;
    app.concert("witness", json!({"queue": {"maxActive": 1}})).await;
    let silent = app.guest("silent", "spring").await;
    app.guest("first", "witness").await;
    app.guest("second", "witness").await;
    // The silent one of the witness is gone, so time has passed for all.
    app.until_places("witness", (0, 1)).await;
    let place = app.place(&silent).await.success(200);
    assert_eq!((&place["status"], &place["paused"]), (&json!("WAITING"), &json!(true)));
}

#[tokio::test]
async fn a_user_looks_at_all_places_without_joining_anything() {
    let app = App::start(&[]);
    for id in ["spring", "autumn", "winter"] {
        app.concert(id, json!({"queue": {"maxActive": 1}})).await;
    }
    app.guest("first", "autumn").await;
    let kim = app.guest("kim", "spring").await;
    app.join(&kim.user, "autumn").await;
    let path = format!("/api/v1/users/{}/places", kim.user);
    let body = app.get(&path).await.success(200);
    assert_eq!(body["userId"], json!(kim.user));
    let told = |at: usize| (body["places"][at]["concertId"].clone(), body["places"][at]["status"].clone());
    assert_eq!((told(0), told(1)), ((json!("spring"), json!("ACTIVE")), (json!("autumn"), json!("WAITING"))));
    assert_eq!((&body["places"][1]["ahead"], &body["places"][0]["expiresIn"].is_u64()), (&json!(0), &true));
    assert_eq!(body["places"].as_array().unwrap().len(), 2, "nothing was joined");
    let nobody = app.get("/api/v1/users/11111111-2222-4333-8444-555555555555/places").await;
    nobody.refused(404, "USER_NOT_FOUND");
}
