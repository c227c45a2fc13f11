//! What the operator's lists and the look at one seat are refused with.

use super::world::World;
use super::{NOBODY, Provoked};
use crate::harness::app::DATE;

pub(super) async fn provoke(world: &World, provoked: &mut Provoked) {
    let app = &world.app;
    provoked
        .by(app.operator("GET", &format!("/api/v1/admin/concerts/none/dates/{DATE}/seats/1")), "CONCERT_NOT_FOUND")
        .await;
    let seat = "/api/v1/admin/concerts/spring/dates";
    provoked.by(app.operator("GET", &format!("{seat}/2030-12-31/seats/1")), "DATE_NOT_FOUND").await;
    provoked.by(app.operator("GET", &format!("{seat}/{DATE}/seats/5")), "SEAT_NOT_FOUND").await;
    for list in ["payments", "tickets"] {
        let list = format!("/api/v1/admin/{list}");
        provoked.by(app.operator("GET", &format!("{list}?concertId=none")), "CONCERT_NOT_FOUND").await;
        provoked.by(app.operator("GET", &format!("{list}?userId={NOBODY}")), "USER_NOT_FOUND").await;
    }
}
