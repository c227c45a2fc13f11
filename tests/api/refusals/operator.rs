//! What changes of concerts, the feed and seats that are kept back are refused with.

use serde_json::{Value, json};

use super::Provoked;
use super::keys::reuse;
use super::world::World;
use crate::harness::app::{App, DATE};

pub(super) async fn provoke(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    let spring = "/api/v1/admin/concerts/spring";
    for (path, method) in [(spring, "GET"), (spring, "PATCH"), ("/queue", "GET"), ("/queue", "PUT")] {
        let path = if path == spring { spring.to_owned() } else { format!("{spring}{path}") };
        let call = app.operator(method, &path).header("if-match", "\"other\"");
        let call = if method == "GET" { call } else { call.json(json!({})) };
        provoked.by(call, "PRECONDITION_FAILED").await;
    }
    let dates = json!({"dates": [{"date": "2030-12-26", "price": 1}]});
    provoked.by(app.operator("PATCH", spring).json(dates), "CONCERT_IN_USE").await;
    provoked.by(app.operator("DELETE", spring), "CONCERT_IN_USE").await;
    let again = json!({"concertId": "spring", "title": "x", "dates": [{"date": DATE, "price": 1}]});
    provoked.by(app.operator("POST", "/api/v1/admin/concerts").json(again), "CONCERT_EXISTS").await;
    for path in ["/api/v1/admin/events", "/api/v1/admin/events/stream"] {
        provoked.by(app.operator("GET", &format!("{path}?after=1000000")), "CURSOR_GONE").await;
    }
    let no_key = "/api/v1/admin/keys/11111111-2222-4333-8444-555555555555";
    provoked.by(app.operator("DELETE", no_key), "KEY_NOT_FOUND").await;
    provoked.by(app.operator("DELETE", "/api/v1/admin/keys/7"), "INVALID_REQUEST").await;
    provoked.by(app.operator("GET", "/api/v1/admin/cluster"), "RUNS_ALONE").await;
    let members = "/api/v1/admin/cluster/members";
    let fourth = json!({"nodeId": 4, "address": "10.0.0.4:7001"});
    provoked.by(app.operator("POST", members).json(fourth), "RUNS_ALONE").await;
    provoked.by(app.operator("POST", members).json(json!({"nodeId": 0})), "INVALID_REQUEST").await;
    provoked.by(app.operator("DELETE", &format!("{members}/4")), "RUNS_ALONE").await;
    provoked.by(app.operator("DELETE", &format!("{members}/4?force=yes")), "INVALID_REQUEST").await;
    let rich = format!("/api/v1/admin/users/{}", world.kim.user);
    provoked.by(app.operator("DELETE", &rich), "WALLET_NOT_EMPTY").await;
    app.operator("POST", &format!("{spring}/dates/2030-12-25/cancel"))
        .json(json!({"reason": "rain"}))
        .await
        .success(200);
    for call in [App::reserving, App::paying] {
        provoked.by(call(app, &world.lee, json!({"date": "2030-12-25", "seat": 1})), "DATE_CALLED_OFF").await;
    }
    let later = json!({"onSaleAt": "2030-12-01T09:00:00Z"});
    app.operator("PATCH", spring).json(later).await.success(200);
    provoked.by(app.reserving(&world.lee, json!({"seat": 3})), "NOT_ON_SALE").await;
    blocked(world, provoked).await;
}

/// Seats that the operator keeps back.
async fn blocked(world: &World, provoked: &mut Provoked) {
    let path = |date: &str, verb: &str| format!("/api/v1/admin/concerts/spring/dates/{date}/{verb}");
    for (verb, taken) in [("block", "SEAT_TAKEN"), ("release", "SEAT_NOT_BLOCKED")] {
        let asked = |seats: Value| {
            if verb == "block" { json!({"seats": seats, "reason": "camera"}) } else { json!({"seats": seats}) }
        };
        let call = |date: &str, seats: Value| world.app.operator("POST", &path(date, verb)).json(asked(seats));
        provoked.by(call(DATE, json!([])), "INVALID_REQUEST").await;
        provoked.by(call("2030-12-31", json!([1])), "DATE_NOT_FOUND").await;
        provoked.by(call(DATE, json!([50_000])), "SEAT_NOT_FOUND").await;
        provoked.by(call(DATE, json!([1])), taken).await;
        let none = format!("/api/v1/admin/concerts/none/dates/{DATE}/{verb}");
        provoked.by(world.app.operator("POST", &none).json(asked(json!([1]))), "CONCERT_NOT_FOUND").await;
        let both = [asked(json!([4])), asked(json!([2]))];
        reuse(provoked, || world.app.operator("POST", &path(DATE, verb)), both).await;
    }
}
