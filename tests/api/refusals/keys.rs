//! An idempotency key that was used for another request, with every operation that takes one.

use serde_json::{Value, json};

use super::Provoked;
use super::world::World;
use crate::harness::app::{DATE, text};
use crate::harness::client::Call;

pub(super) async fn provoke(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    let named = |name: &str| json!({ "username": name });
    reuse(provoked, || app.post("/api/v1/users"), [named("max"), named("moritz")]).await;
    let user = app.user("key").await;
    let charge = format!("/api/v1/users/{user}/balance/charge");
    reuse(provoked, || app.post(&charge), [json!({"amount": 20_000}), json!({"amount": 2})]).await;
    let places = [json!({"userId": user, "concertId": "spring"}), json!({"userId": user, "concertId": "full"})];
    reuse(provoked, || app.post("/api/v1/token"), places).await;
    let place = app.joining(&user, "spring").await.success(200);
    let token = text(&place["token"]);
    let seat = |seat: u32| json!({"userId": user, "date": DATE, "seat": seat});
    for (method, path, seats) in [
        ("POST", "/api/v1/seats/reserve", [3, 4]),
        ("DELETE", "/api/v1/seats/cancel", [3, 4]),
        ("POST", "/api/v1/seats/reserve", [4, 3]),
        ("POST", "/api/v1/seats/payment", [4, 3]),
    ] {
        let key = format!("{method}{path}{}", seats[0]);
        let call = |number: u32| app.client.call(method, path).bearer(&token).json(seat(number)).key(&key);
        call(seats[0]).await.success(200);
        provoked.by(call(seats[1]), "IDEMPOTENCY_KEY_REUSED").await;
    }
    let place = app.join(&user, "spring").await;
    app.leaving(&place).key("leave").await.success(200);
    provoked.by(app.leaving(&place).key("leave").text("{}"), "IDEMPOTENCY_KEY_REUSED").await;
    let payments = app.get(&format!("/api/v1/users/{user}/payments")).await.success(200);
    let refund = format!("/api/v1/payments/{}/refund", text(&payments["payments"][0]["paymentId"]));
    provoked.by(app.operator("POST", &refund).json(json!({"reason": "rain", "seats": [9]})), "SEAT_NOT_FOUND").await;
    let reasons = [json!({"reason": "rain"}), json!({"reason": "snow"})];
    reuse(provoked, || app.operator("POST", &refund), reasons).await;
    provoked.by(app.operator("POST", &refund).json(json!({"reason": "rain"})), "ALREADY_REFUNDED").await;
    let cancel = format!("/api/v1/admin/concerts/over/dates/{DATE}/cancel");
    let reasons = [json!({"reason": "rain"}), json!({"reason": "snow"})];
    reuse(provoked, || app.operator("POST", &cancel), reasons).await;
    provoked.by(app.operator("POST", &cancel).json(json!({"reason": "rain"})), "DATE_CALLED_OFF").await;
    let moving = |id: &str| format!("/api/v1/admin/concerts/{id}/dates/{DATE}/move");
    let days = [json!({"to": "2031-02-01"}), json!({"to": "2031-02-02"})];
    reuse(provoked, || app.operator("POST", &moving("draft")), days).await;
    provoked.by(app.operator("POST", &moving("over")).json(json!({"to": "2031-02-01"})), "DATE_CALLED_OFF").await;
    let twice = app.operator("POST", &moving("spring")).json(json!({"to": "2030-12-25"}));
    provoked.by(twice, "CONCERT_IN_USE").await;
    let nowhere = "/api/v1/admin/concerts/spring/dates/2030-12-31/move";
    provoked.by(app.operator("POST", nowhere).json(json!({"to": "2031-02-01"})), "DATE_NOT_FOUND").await;
    let withdraw = format!("/api/v1/admin/users/{}/withdraw", world.kim.user);
    let amounts = [1, 2].map(|amount| json!({"amount": amount, "reason": "asked for"}));
    reuse(provoked, || app.operator("POST", &withdraw), amounts).await;
    let sale = json!({"concertId": "over", "date": DATE, "seats": [1], "paidBy": "cash"});
    provoked.by(app.operator("POST", "/api/v1/admin/sales").json(sale), "DATE_CALLED_OFF").await;
    let names = ["a", "b"].map(|name| json!({"name": name, "role": "door"}));
    reuse(provoked, || app.operator("POST", "/api/v1/admin/keys"), names).await;
    let made = app.operator("POST", "/api/v1/admin/keys").json(json!({"name": "c", "role": "door"})).await.success(201);
    let path = format!("/api/v1/admin/keys/{}", text(&made["keyId"]));
    app.operator("DELETE", &path).key("remove").await.success(200);
    provoked.by(app.operator("DELETE", &path).key("remove").json(json!({})), "IDEMPOTENCY_KEY_REUSED").await;
    let sale = |seat: u32| json!({"concertId": "full", "date": DATE, "seats": [seat], "paidBy": "cash"});
    reuse(provoked, || app.operator("POST", "/api/v1/admin/sales"), [sale(7), sale(8)]).await;
    let concert = |id: &str| json!({"concertId": id, "title": id, "dates": [{"date": DATE, "price": 1}]});
    reuse(provoked, || app.operator("POST", "/api/v1/admin/concerts"), [concert("one"), concert("two")]).await;
    let deleting = |id: &str| app.operator("DELETE", &format!("/api/v1/admin/concerts/{id}")).key("gone");
    deleting("one").await.success(200);
    provoked.by(deleting("spring"), "IDEMPOTENCY_KEY_REUSED").await;
    let (empty, other) = (app.user("empty").await, app.user("other").await);
    let deleting = |user: &str| app.operator("DELETE", &format!("/api/v1/admin/users/{user}")).key("delete");
    deleting(&empty).await.success(200);
    provoked.by(deleting(&other), "IDEMPOTENCY_KEY_REUSED").await;
}

/// Uses a key for one request after the other and expects the second to be refused.
pub(super) async fn reuse(provoked: &mut Provoked, call: impl Fn() -> Call, bodies: [Value; 2]) {
    let key = call().story().replace(' ', "-");
    let [first, second] = bodies;
    let answer = call().json(first).key(&key).await;
    assert_eq!(answer.status / 100, 2, "{}", answer.story());
    provoked.by(call().json(second).key(&key), "IDEMPOTENCY_KEY_REUSED").await;
}
