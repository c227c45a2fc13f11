//! An instance that ran alone becomes the first of three.

use serde_json::json;

use crate::cluster::{Cluster, folder};
use crate::harness::app::{App, DATE, text};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::process::Process;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_ran_alone_brings_its_data_along() {
    let folders = [folder(), folder(), folder()];
    // The second of them, so that it is not its id which makes it the first.
    let process = Process::start(&folders[1], folders[1].serve(&[]));
    let [first, alone, third] = folders;
    let alone = App::running(alone, process, OPERATOR_KEY.to_owned(), Vec::new());
    alone.concert("spring", json!({})).await;
    let guest = alone.guest("kim", "spring").await;
    alone.charge(&guest.user, 9_000).await;
    alone.reserving(&guest, json!({"seat": 3})).await.success(200);
    let paid = alone.paying(&guest, json!({"seat": 3})).await.success(200);
    let waiting = alone.guest("lee", "spring").await;
    let lists = ["concerts", "users", "payments", "events?limit=100"].map(|list| format!("/api/v1/admin/{list}"));
    let mut before = Vec::new();
    for list in &lists {
        before.push(alone.operator("GET", list).await.success(200));
    }
    alone.process.signal("TERM");
    assert_eq!(alone.process.ended().code(), Some(0));

    let cluster = Cluster::start_in([first, alone.folder, third], &[]).await;
    assert_eq!(cluster.leadership().expect("somebody leads").instance, 1, "with the data");
    let after = cluster.assert_alike(&lists.each_ref().map(String::as_str)).await;
    assert_eq!(after, before);
    // What was signed alone is good everywhere, and goes on.
    let code = json!({"code": paid["tickets"][0]["code"], "concertId": "spring", "date": DATE});
    cluster.at(0).operator("POST", "/api/v1/admin/check-ins").json(code).await.success(200);
    for app in &cluster.instances {
        app.place(&waiting).await.success(200);
    }
    cluster.at(2).reserving(&waiting, json!({"seat": 4})).await.success(200);
    cluster.at(0).refunding(&text(&paid["paymentId"])).await.success(200);
    cluster.stop_and_verify().await;
}
