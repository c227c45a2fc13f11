//! The copy of one instance differs from those of the others: it ends, is not used, and is mended by a database made anew.

use std::fs;
use std::path::PathBuf;

use jari::cluster::membership::Membership;
use jari::domain::{Change, Digest, RestoredChange};
use jari::replica::open;
use jari::storage::Options;
use serde_json::json;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, SIZE};
use crate::harness::app::{App, eventually_within};
use crate::harness::endpoints::PATIENCE;

/// Charges under way at once: more of them share entries, and copies are compared every so many entries.
const UNDER_WAY: usize = 4;

/// Has the database of a stopped instance tell of another course of things than its log.
fn falsify(data_dir: PathBuf) {
    let opened = open(&Options { data_dir, cache_bytes: 16 << 20 }).unwrap();
    let store = opened.replica.store();
    let (Digest(told), position) = (opened.replica.look().digest(), store.position());
    store.put_all(vec![Change::Restored(RestoredChange::Digest((), Some(Digest(!told))))]);
    store.applied(position);
    store.stop().unwrap();
}

/// The entry at which, or before which, the copy differs, as its folder says it.
fn differs_at(app: &App) -> Option<u64> {
    let membership = Membership::read(&app.folder.data()).unwrap().expect("it is of a cluster");
    membership.differs_at.map(|index| index.0)
}

/// Charges a wallet at one instance, over and over, until another one has ended and its folder says why.
async fn charge_until_ended(at: &App, user: &str, ending: &App) -> u64 {
    let path = format!("/api/v1/users/{user}/balance/charge");
    let mut charging = JoinSet::new();
    for _ in 0..UNDER_WAY {
        let (client, path) = (at.client.clone(), path.clone());
        charging.spawn(async move {
            loop {
                client.call("POST", &path).json(json!({"amount": 1})).await.success(200);
            }
        });
    }
    let look = async || differs_at(ending);
    let entry = eventually_within(PATIENCE, "that the folder says that its copy differs", look).await;
    assert_eq!(ending.process.ended().code(), Some(1), "{}", ending.folder.printed());
    charging.shutdown().await;
    entry
}

/// Asserts that an instance does not start, for its copy differs.
#[track_caller]
fn assert_not_started(app: &App, entry: u64) {
    let finished = app.folder.run(app.folder.serve(&app.settings));
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    for told in [format!("differs from those of the others since entry {entry} or before"), advice(app)] {
        assert!(finished.text.contains(&told), "{told:?} in:\n{}", finished.text);
    }
}

/// The command that mends an instance, as it is told.
fn advice(app: &App) -> String {
    let membership = Membership::read(&app.folder.data()).unwrap().expect("it is of a cluster");
    format!("`jari cluster rebuild --node-id {} --peers … --cluster-key-file … --data-dir …`", membership.node)
}

/// Waits until all instances say the same of what became of every command up to the same entry.
async fn until_digests_agree(cluster: &Cluster) {
    let look = async || {
        let mut told = Vec::new();
        for app in &cluster.instances {
            told.push(app.operator("GET", "/api/v1/admin/cluster").await.success(200)["digest"].clone());
        }
        told.iter().all(|digest| *digest == told[0]).then_some(())
    };
    eventually_within(PATIENCE, "digests that agree", look).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_whose_copy_differs_ends_and_is_used_again_once_its_database_is_made_anew() {
    let mut cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    let kim = cluster.at(0).guest("kim", "spring").await;
    cluster.until_level().await;
    let leader = cluster.leadership().expect("somebody leads").instance;
    let differing = (leader + 1) % SIZE;
    cluster.at(differing).process.signal("TERM");
    assert_eq!(cluster.at(differing).process.ended().code(), Some(0));
    falsify(cluster.at(differing).folder.data());
    cluster.start_again(differing);

    let app = cluster.at(differing);
    let entry = charge_until_ended(cluster.at(leader), &kim.user, app).await;
    let printed = app.folder.printed();
    for told in [format!("differs from those of the others at entry {entry} or before, so it ends"), advice(app)] {
        assert!(printed.contains(&told), "{told:?} in:\n{printed}");
    }
    assert_not_started(app, entry);

    // A rebuild that fails after all data has come, as the new database cannot be written, leaves the folder unused.
    let (database, draft) = (app.folder.data().join("jari.redb"), app.folder.data().join("jari.redb.new"));
    let before = fs::read(&database).unwrap();
    fs::create_dir(&draft).unwrap();
    let finished = cluster.rebuild(differing);
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    assert!(finished.text.contains("has sent its data, up to entry "), "{}", finished.text);
    assert!(fs::read(&database).unwrap() == before, "the database is the old one");
    fs::remove_dir(&draft).unwrap();
    assert_not_started(app, entry);

    let finished = cluster.rebuild(differing);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    assert!(finished.text.contains("cluster.id says no more that the copy differs"), "{}", finished.text);
    assert_eq!(differs_at(app), None);
    app.folder.assert_clean();
    cluster.start_again(differing);
    cluster.until_level().await;
    until_digests_agree(&cluster).await;
    cluster.at(differing).reserving(&kim, json!({"seat": 3})).await.success(200);
    cluster.stop_and_verify().await;
}
