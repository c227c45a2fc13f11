//! Instances that do not reach each other.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::cluster::{Cluster, SIZE};
use crate::harness::app::eventually_within;
use crate::harness::endpoints::PATIENCE;
use crate::shopper::{Crowd, SETTINGS, check_everything, open_halls};

/// How long an instance is cut off.
const CUT: Duration = Duration::from_secs(5);
/// For how long it is watched afterwards: an election takes a fraction of it.
const WATCHED: Duration = Duration::from_secs(3);
const CUSTOMERS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_was_cut_off_does_not_unseat_the_leader() {
    let cluster = Cluster::start(&SETTINGS).await;
    open_halls(cluster.at(0)).await;
    let before = cluster.leadership().expect("somebody leads");
    let crowd = Crowd::gather(&cluster, CUSTOMERS, 2).await;
    crowd.sales.go_on(10).await;
    cluster.site.network.cut_off(before.instance + 1);
    tokio::time::sleep(CUT).await;
    crowd.sales.go_on(10).await;
    cluster.site.network.heal();
    crowd.sales.go_on(10).await;
    tokio::time::sleep(WATCHED).await;
    let shoppers = crowd.go_home().await;
    cluster.until_level().await;
    assert_eq!(cluster.leadership(), Some(before), "the term stays");
    check_everything(&cluster, &shoppers).await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_reached_and_does_not_reach_the_others_leads_no_more() {
    let cluster = Cluster::start(&SETTINGS).await;
    open_halls(cluster.at(0)).await;
    let before = cluster.leadership().expect("somebody leads");
    let crowd = Crowd::gather(&cluster, CUSTOMERS, 3).await;
    crowd.sales.go_on(10).await;
    cluster.site.network.cut_from(before.instance);
    let after = cluster.leadership_after(before).await;
    assert_ne!(after.instance, before.instance);
    crowd.sales.go_on(30).await;
    cluster.site.network.heal();
    crowd.sales.go_on(10).await;
    let shoppers = crowd.go_home().await;
    check_everything(&cluster, &shoppers).await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_majority_nobody_answers_and_with_one_they_go_on() {
    let cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    let user = cluster.at(0).user("kim").await;
    cluster.at(0).charge(&user, 1).await;
    (0..SIZE).for_each(|instance| cluster.site.network.cut_off(instance));
    // The first ones come while the leader does not know yet.
    let changes = (0..SIZE).map(|instance| cluster.at(instance).charging(&user, 10).key(&format!("key-{instance}")));
    for refused in join_all(changes.map(IntoFuture::into_future)).await {
        refused.refused(503, "NO_LEADER");
    }
    // What comes later is told within its time, too, reads like changes.
    let asked = cluster.instances.iter().flat_map(|app| {
        [
            app.get(&format!("/api/v1/users/{user}/balance")),
            app.get("/api/v1/concerts"),
            app.operator("GET", "/api/v1/admin/events"),
            app.charging(&user, 100).key("in-vain"),
        ]
    });
    for refused in join_all(asked.map(IntoFuture::into_future)).await {
        refused.refused(503, "NO_LEADER");
    }
    for app in &cluster.instances {
        app.get("/healthz").await.success(200);
    }
    cluster.site.network.heal();
    for instance in 0..SIZE {
        let key = format!("key-{instance}");
        let again = async || {
            let answer = cluster.at(instance + 1).charging(&user, 10).key(&key).await;
            (answer.status == 200).then_some(())
        };
        eventually_within(PATIENCE, "a majority", again).await;
    }
    for app in &cluster.instances {
        app.charging(&user, 100).key("in-vain").await.success(200);
        assert_eq!(app.balance(&user).await, 131, "each key did it once, before or after");
    }
    cluster.stop_and_verify().await;
}
