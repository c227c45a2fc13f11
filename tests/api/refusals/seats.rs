//! What holding, paying and canceling seats is refused with.

use serde_json::json;

use super::world::World;
use super::{Provoked, listing};
use crate::harness::app::{App, DATE, eventually};
use crate::harness::described::Operation;

pub(super) async fn provoke(world: &World, provoked: &mut Provoked) {
    let World { app, kim, lee, .. } = world;
    let of_places = |operation: &&Operation| operation.path.starts_with("/api/v1/seats");
    for operation in listing("SEAT_NOT_FOUND").filter(of_places) {
        let body = json!({"userId": kim.user, "date": DATE, "seat": 5});
        provoked.by(world.proven(operation, kim).json(body), "SEAT_NOT_FOUND").await;
    }
    for call in [App::reserving, App::paying, App::canceling] {
        provoked.by(call(app, kim, json!({"seat": 1})), "ALREADY_PAID").await;
    }
    provoked.by(app.paying(kim, json!({"seat": 3})), "RESERVATION_NOT_FOUND").await;
    provoked.by(app.canceling(kim, json!({"seat": 3})), "RESERVATION_NOT_FOUND").await;
    provoked.by(app.reserving(kim, json!({"seats": [2, 3, 4]})), "SEAT_LIMIT").await;
    provoked.by(app.reserving(lee, json!({"seat": 1})), "SEAT_TAKEN").await;
    app.reserving(kim, json!({"date": "2030-12-25", "seat": 1})).await.success(200);
    let available = app.get("/api/v1/seats/available?date=2030-12-25").bearer(&lee.token);
    provoked.by(available, "NO_SEATS_AVAILABLE").await;
    let best = json!({"date": "2030-12-25", "bestAvailable": {"count": 2}});
    provoked.by(app.reserving(lee, best), "NO_ADJACENT_SEATS").await;
    app.reserving(lee, json!({"seat": 3})).await.success(200);
    provoked.by(app.paying(lee, json!({"seat": 3})), "INSUFFICIENT_BALANCE").await;
    eventually("the lapse", async || {
        (app.paying(lee, json!({"seat": 3})).await.reason().as_deref() == Some("HOLD_EXPIRED")).then_some(())
    })
    .await;
    provoked.by(app.paying(lee, json!({"seat": 3})), "HOLD_EXPIRED").await;
}
