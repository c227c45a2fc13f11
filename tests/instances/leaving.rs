//! The instance that leads is killed, held or stopped in good order, and another one goes on where it was.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::cluster::{Cluster, SIZE};
use crate::harness::app::{DATE, eventually_within, text};
use crate::harness::endpoints::PATIENCE;
use crate::shopper::{Crowd, SETTINGS, check_everything, open_halls};

/// How long an instance is held.
const HELD: Duration = Duration::from_secs(3);
/// How old a leadership is that can be handed over: one that was just elected gives its vote to nobody for 0.9 s.
const ESTABLISHED: Duration = Duration::from_millis(1_500);
const CUSTOMERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_leader_is_killed_another_one_has_all_that_was_acknowledged() {
    let mut cluster = Cluster::start(&[]).await;
    let before = cluster.leadership().expect("somebody leads");
    let killed = before.instance;
    let client = cluster.at(killed + 1);
    client.concert("spring", json!({})).await;
    let kim = client.guest("kim", "spring").await;
    client.charge(&kim.user, 9_000).await;
    client.reserving(&kim, json!({"seat": 1})).await.success(200);
    let paid = client.paying(&kim, json!({"seat": 1})).await.success(200);
    let lee = client.guest("lee", "spring").await;
    cluster.at(killed).reserving(&lee, json!({"seat": 2})).await.success(200);
    let lists = ["concerts", "users", "payments", "events?limit=100"].map(|list| format!("/api/v1/admin/{list}"));
    let lists = lists.each_ref().map(String::as_str);
    let acknowledged = cluster.assert_alike(&lists).await;

    cluster.at(killed).process.kill();
    let after = cluster.leadership_after(before).await;
    assert_ne!(after.instance, killed);
    let survivors = [1, 2].map(|step| cluster.at(killed + step));
    for survivor in survivors {
        for (path, told) in lists.iter().zip(&acknowledged) {
            let look = async || (survivor.operator("GET", path).await.status == 200).then_some(());
            eventually_within(PATIENCE, "answers of a survivor", look).await;
            assert_eq!(survivor.operator("GET", path).await.success(200), *told, "{path}");
        }
        survivor.place(&lee).await.success(200);
    }
    survivors[0].guest("ann", "spring").await;
    survivors[1].reserving(&lee, json!({"seat": 3})).await.success(200);

    cluster.start_again(killed);
    cluster.until_level().await;
    let back = cluster.at(killed);
    back.place(&lee).await.success(200);
    back.operator("GET", "/api/v1/admin/users?username=ann").await.success(200);
    let code = json!({"code": paid["tickets"][0]["code"], "concertId": "spring", "date": DATE});
    back.operator("POST", "/api/v1/admin/check-ins").json(code.clone()).await.success(200);
    for app in &cluster.instances {
        app.operator("POST", "/api/v1/admin/check-ins").json(code.clone()).await.refused(409, "ALREADY_USED");
    }
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_held_does_not_answer_from_what_it_knew() {
    let cluster = Cluster::start(&[]).await;
    let before = cluster.leadership().expect("somebody leads");
    let (held, other) = (cluster.at(before.instance), cluster.at(before.instance + 1));
    other.concert("spring", json!({})).await;
    let [kim, lee] = [other.guest("kim", "spring").await, other.guest("lee", "spring").await];
    other.charge(&kim.user, 5_000).await;

    let since = Instant::now();
    held.process.signal("STOP");
    cluster.leadership_after(before).await;
    let look = async || (other.place(&kim).await.status == 200).then_some(());
    eventually_within(PATIENCE, "answers of the others", look).await;
    other.reserving(&kim, json!({"seat": 1})).await.success(200);
    let paid = other.paying(&kim, json!({"seat": 1})).await.success(200);
    // These wait in the connections of the held one, which takes itself for the leader when it wakes.
    let balance = format!("/api/v1/users/{}/balance", kim.user);
    let payments = format!("/api/v1/users/{}/payments", kim.user);
    let waiting = tokio::spawn({
        let reading = [held.get(&balance), held.get(&payments)];
        let selling = held.reserving(&lee, json!({"seat": 1})).key("the-same-seat");
        async move {
            let [balance, payments] = reading;
            tokio::join!(balance.into_future(), payments.into_future(), selling.into_future())
        }
    });
    tokio::time::sleep(HELD.saturating_sub(since.elapsed())).await;
    held.process.signal("CONT");

    let (balance, payments, selling) = waiting.await.expect("answers came");
    assert_eq!(balance.success(200)["balance"], 0, "it was paid meanwhile");
    assert_eq!(payments.success(200)["payments"][0]["paymentId"], paid["paymentId"]);
    selling.refused(409, "SEAT_TAKEN");
    cluster.until_level().await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_restarted_one_after_the_other_and_no_customer_fails() {
    let mut cluster = Cluster::start(&SETTINGS).await;
    open_halls(cluster.at(0)).await;
    let crowd = Crowd::gather(&cluster, CUSTOMERS, 1).await;
    for instance in 0..SIZE {
        crowd.sales.go_on(20).await;
        let since = Instant::now();
        let role = if cluster.leadership().is_some_and(|it| it.instance == instance) { "leader" } else { "follower" };
        cluster.at(instance).process.signal("TERM");
        let status = cluster.at(instance).process.ended();
        assert_eq!(status.code(), Some(0), "{status}\n{}", cluster.at(instance).folder.printed());
        let ended = since.elapsed();
        crowd.sales.go_on(20).await;
        cluster.start_again(instance);
        crowd.sales.go_on(20).await;
        println!(
            "instance {}, a {role}: ended after {ended:?}; longest time without a sale {:?}",
            instance + 1,
            crowd.sales.longest_gap(since)
        );
    }
    let shoppers = crowd.go_home().await;
    for shopper in &shoppers {
        let misses = shopper.misses();
        println!("{misses:?}");
        assert_eq!((misses.broken, misses.late), (0, 0), "requests that were neither refused nor answered");
    }
    check_everything(&cluster, &shoppers).await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_hands_over_before_it_ends() {
    let mut cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    for _ in 0..SIZE {
        tokio::time::sleep(ESTABLISHED).await;
        let before = cluster.leadership().expect("somebody leads");
        let leader = cluster.at(before.instance);
        let user = leader.user(&format!("kim-{}", before.term)).await;
        leader.process.signal("TERM");
        assert_eq!(leader.process.ended().code(), Some(0));
        let after = cluster.leadership_after(before).await;
        // Another one leads by the time that it has ended, so nobody has to miss it.
        let printed = leader.folder.printed();
        let told = printed.rsplit_once("leader=").and_then(|(_, rest)| rest.lines().next());
        assert_eq!(told, Some((after.instance + 1).to_string().as_str()), "{printed}");
        let found = cluster.at(after.instance).get(&format!("/api/v1/users/{user}/balance")).await.success(200);
        assert_eq!(text(&found["userId"]), user);
        cluster.start_again(before.instance);
    }
}
