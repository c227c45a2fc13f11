//! Clocks that are set, or go on with a suspended machine, while the server is stopped.

use serde_json::json;

use super::world::{MINUTE_MS, World, YEAR_MS};
use crate::harness::app::eventually;

#[tokio::test]
async fn a_clock_that_is_set_while_the_server_is_stopped_moves_no_duration() {
    let mut world = World::start(0, &["hold.seconds=300"]);
    world.app.concert("spring", json!({})).await;
    let kim = world.app.guest("kim", "spring").await;
    world.app.reserving(&kim, json!({"seat": 1})).await.success(200);
    let lobby = world.lobby("summer", 30 * MINUTE_MS).await;
    for set_ms in [-YEAR_MS, YEAR_MS, 3 * YEAR_MS, -3 * YEAR_MS] {
        world.app.process.kill();
        world.clocks.set_wall(set_ms);
        world.app.start_again();
        assert_eq!(world.corrections().await, 1, "set by {set_ms} ms");
        world.agrees(&kim.user).await;
        world.assert_lasts(&world.place(&kim).await, 5 * MINUTE_MS);
        if set_ms == -YEAR_MS {
            assert_eq!(world.place(&lobby).await["status"], "WAITING");
        }
    }
    world.admitted(&lobby).await;
    world.app.stop_and_verify();
}

#[tokio::test]
async fn time_goes_on_while_the_server_is_stopped() {
    let mut world = World::start(0, &["hold.seconds=300"]);
    world.app.concert("spring", json!({})).await;
    let (kim, lee) = (world.app.guest("kim", "spring").await, world.app.guest("lee", "spring").await);
    world.app.reserving(&kim, json!({"seat": 1})).await.success(200);
    world.app.process.kill();
    world.clocks.suspend(4 * MINUTE_MS);
    world.app.start_again();
    world.assert_lasts(&world.place(&kim).await, MINUTE_MS);
    world.app.process.kill();
    world.clocks.suspend(2 * MINUTE_MS);
    world.app.start_again();
    eventually("the seat is free", async || {
        (world.app.reserving(&lee, json!({"seat": 1})).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(world.corrections().await, 0);
    world.app.stop_and_verify();
}
