//! Each instance leads a share of the concerts. Slots go home to an instance that is there for some time, and customers
//! notice nothing of that.

use std::collections::BTreeMap;

use jari::domain::{ConcertId, Slot};
use serde_json::{Value, json};

use crate::cluster::{Cluster, SIZE};
use crate::harness::app::eventually_within;
use crate::harness::endpoints::PATIENCE;
use crate::shopper::{Crowd, SETTINGS, check_everything, open_halls};

const CUSTOMERS: usize = 4;
const SLOTS: u16 = 64;
/// Slots that are at home at each instance at least, of about 21.
const SHARE_MIN: usize = 10;

/// The instance, from 0, that owns each slot, as instance 1 knows it.
async fn owners(cluster: &Cluster) -> BTreeMap<u16, usize> {
    let status = cluster.at(0).operator("GET", "/api/v1/admin/cluster").await.success(200);
    let number = |range: &Value, key: &str| range[key].as_u64().expect("a number");
    let ranges = status["slots"].as_array().expect("a list").iter().flat_map(|range| {
        let slots = number(range, "from")..=number(range, "to");
        let owner = usize::try_from(number(range, "owner")).expect("small");
        slots.map(move |slot| (u16::try_from(slot).expect("small"), owner - 1))
    });
    ranges.collect()
}

/// Waits until each instance owns its share, and nothing moves any more.
async fn until_home(cluster: &Cluster) -> BTreeMap<u16, usize> {
    let mut before = BTreeMap::new();
    let look = async || {
        let now = owners(cluster).await;
        let has_share = |instance| now.values().filter(|owner| **owner == instance).count() >= SHARE_MIN;
        let is_still = now == std::mem::replace(&mut before, now.clone());
        ((0..SIZE).all(has_share) && is_still).then_some(now)
    };
    eventually_within(PATIENCE, "slots that are at home", look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_go_home_and_no_customer_notices() {
    let cluster = Cluster::start(&SETTINGS).await;
    open_halls(cluster.at(0)).await;
    let crowd = Crowd::gather(&cluster, CUSTOMERS, 7).await;
    until_home(&cluster).await;
    crowd.sales.go_on(20).await;
    let shoppers = crowd.go_home().await;
    for shopper in &shoppers {
        let misses = shopper.misses();
        assert_eq!((misses.broken, misses.late, misses.not_there, misses.told_later), (0, 0, 0, 0), "{misses:?}");
    }
    check_everything(&cluster, &shoppers).await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_is_blocked_is_so_at_every_owner_once_that_is_answered() {
    let cluster = Cluster::start(&[]).await;
    let leader = cluster.leadership().expect("somebody leads").instance;
    let owners = until_home(&cluster).await;
    let elsewhere = |id: &String| {
        let slot = Slot::of(&ConcertId::parse(id).expect("an id"), SLOTS);
        owners[&slot.0] != leader
    };
    let concert = (0..100).map(|number| format!("concert-{number}")).find(elsewhere).expect("two of three");
    let owner = owners[&Slot::of(&ConcertId::parse(&concert).expect("an id"), SLOTS).0];
    let admin = cluster.at(leader);
    admin.concert(&concert, json!({})).await;
    let kim = admin.guest("kim", &concert).await;
    cluster.at(owner).place(&kim).await.success(200);

    // The owner stands still while the others block the user, and answers again from where it was.
    cluster.at(owner).process.signal("STOP");
    let blocking = admin.operator("PATCH", &format!("/api/v1/admin/users/{}", kim.user));
    blocking.json(json!({"blocked": true})).await.success(200);
    let asked = cluster.at(owner).place(&kim);
    cluster.at(owner).process.signal("CONT");
    let told = asked.await;
    assert!(told.status != 200, "a place that has ended is live");
    cluster.stop_and_verify().await;
}
