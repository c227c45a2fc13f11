//! Clocks that are set, or stand still with the machine, while the server runs.

use serde_json::json;

use super::world::{MINUTE_MS, SECOND_MS, World, YEAR_MS};
use crate::harness::app::{eventually, text};

#[tokio::test]
async fn a_clock_years_ahead_or_behind_is_set_right_and_all_durations_keep_their_rest() {
    for wrong_ms in [3 * YEAR_MS, -3 * YEAR_MS] {
        let mut world = World::start(wrong_ms, &[]);
        world.app.concert("spring", json!({})).await;
        let guest = world.app.guest("kim", "spring").await;
        world.app.charge(&guest.user, 5_000).await;
        world.app.reserving(&guest, json!({"seat": 1})).await.success(200);
        world.assert_lasts(&world.place(&guest).await, 5 * MINUTE_MS);
        world.clocks.set_wall(-wrong_ms);
        world.agrees(&guest.user).await;
        world.assert_lasts(&world.place(&guest).await, 5 * MINUTE_MS);
        assert_eq!(world.corrections().await, 1, "wrong by {wrong_ms} ms");
        let lobby = world.lobby("summer", 3 * SECOND_MS).await;
        assert_eq!(lobby.joined["status"], "WAITING");
        world.admitted(&lobby).await;
        world.app.process.kill();
        world.app.start_again();
        world.agrees(&guest.user).await;
        assert_eq!(world.corrections().await, 0, "a clock that is right is left alone");
        world.assert_lasts(&world.place(&guest).await, 5 * MINUTE_MS);
        world.app.paying(&guest, json!({"seat": 1})).await.success(200);
        world.app.stop_and_verify();
    }
}

#[tokio::test]
async fn a_sale_opens_by_a_wall_clock_that_leapt_ahead_and_holds_go_on() {
    let mut world = World::start(0, &["hold.seconds=300"]);
    world.app.concert("spring", json!({})).await;
    let (kim, lee) = (world.app.guest("kim", "spring").await, world.app.guest("lee", "spring").await);
    world.app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let lobby = world.lobby("summer", 10 * MINUTE_MS + SECOND_MS).await;
    assert_eq!(lobby.joined["status"], "WAITING");
    world.clocks.set_wall(10 * MINUTE_MS);
    world.admitted(&lobby).await;
    world.app.reserving(&lee, json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");
    world.assert_lasts(&world.place(&kim).await, 5 * MINUTE_MS);
    assert_eq!(world.corrections().await, 1);
    world.app.stop_and_verify();
}

#[tokio::test]
async fn a_sale_opens_later_by_a_wall_clock_that_was_set_back() {
    let mut world = World::start(0, &[]);
    let lobby = world.lobby("spring", 5 * MINUTE_MS).await;
    world.clocks.set_wall(-10 * MINUTE_MS);
    world.agrees(&lobby.user).await;
    world.clocks.set_wall(5 * MINUTE_MS + SECOND_MS);
    world.agrees(&lobby.user).await;
    assert_eq!(world.place(&lobby).await["status"], "WAITING");
    world.clocks.set_wall(10 * MINUTE_MS);
    world.admitted(&lobby).await;
    world.app.stop_and_verify();
}

#[tokio::test]
async fn time_spent_suspended_has_passed() {
    let mut world = World::start(0, &["hold.seconds=300", "queue.active_seconds=3600"]);
    world.app.concert("spring", json!({})).await;
    let (kim, lee) = (world.app.guest("kim", "spring").await, world.app.guest("lee", "spring").await);
    world.app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let lobby = world.lobby("summer", 4 * MINUTE_MS).await;
    world.clocks.suspend(4 * MINUTE_MS);
    world.admitted(&lobby).await;
    world.app.reserving(&lee, json!({"seat": 1})).await.refused(409, "SEAT_TAKEN");
    world.clocks.suspend(2 * MINUTE_MS);
    eventually("the end of the hold", async || {
        let answer = world.app.place(&kim).await;
        (answer.status == 401).then(|| assert_eq!(text(&answer.json()["body"]["why"]), "hold_lapsed"))
    })
    .await;
    world.app.reserving(&lee, json!({"seat": 1})).await.success(200);
    world.agrees(&lee.user).await;
    assert_eq!(world.corrections().await, 0);
    world.app.stop_and_verify();
}

#[tokio::test]
async fn an_offer_of_a_ticket_lapses_after_a_day_that_was_slept_through() {
    let mut world = World::start(0, &[]);
    world.app.concert("spring", json!({"transfers": true})).await;
    let kim = world.app.guest("kim", "spring").await;
    let lee = world.app.user("lee").await;
    world.app.charge(&kim.user, 5_000).await;
    world.app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let paid = world.app.paying(&kim, json!({"seat": 1})).await.success(200);
    let path = format!("/api/v1/tickets/{}/transfer", text(&paid["tickets"][0]["ticketId"]));
    let offer = world.app.post(&path).json(json!({ "userId": kim.user })).await.success(200);
    world.clocks.suspend(24 * 60 * MINUTE_MS + SECOND_MS);
    let accept = json!({"userId": lee, "code": offer["transferCode"]});
    world.app.post("/api/v1/transfers/accept").json(accept).await.refused(409, "TRANSFER_EXPIRED");
    world.app.stop_and_verify();
}
