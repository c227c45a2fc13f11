//! Starts that do not fit to the cluster, or to its folder: each is refused in a sentence that says what to do.

use serde_json::json;

use crate::cluster::{Cluster, Site, folder, key_file};
use crate::harness::app::{App, eventually_within};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::endpoints::PATIENCE;
use crate::harness::process::{Folder, Launched, Process};

/// Asserts that a start has ended with an error that says this.
#[track_caller]
fn assert_refused(launched: Launched, sentence: &str) {
    let printed = launched.started().err().expect("it does not start");
    let errors: Vec<&str> = printed.lines().filter(|line| line.starts_with("jari: ")).collect();
    assert!(errors.len() == 1 && errors[0].contains(sentence), "wanted {sentence:?}:\n{printed}");
}

/// Asserts that of these starts at least one has ended with an error that says this, and the others, which may miss it
/// from then on, do not get further.
async fn assert_one_refused(launched: Vec<Launched>, folders: &[Folder], sentence: &str) {
    let told = || folders.iter().any(|folder| folder.printed().contains(&format!("jari: {sentence}")));
    eventually_within(PATIENCE, sentence, async || told().then_some(())).await;
    assert!(folders.iter().all(|folder| !folder.printed().contains("listens on")), "one has started");
    drop(launched);
}

/// A folder with the data of a server that ran alone.
async fn with_data() -> Folder {
    let folder = folder();
    let process = Process::start(&folder, folder.serve(&[]));
    let app = App::running(folder, process, OPERATOR_KEY.to_owned(), Vec::new());
    app.user("kim").await;
    app.process.signal("TERM");
    assert_eq!(app.process.ended().code(), Some(0));
    app.folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_started_again_as_it_was() {
    let mut cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    cluster.until_level().await;
    let stopped = &cluster.instances[2];
    stopped.process.signal("TERM");
    assert_eq!(stopped.process.ended().code(), Some(0));
    let site = &cluster.site;
    let with = |more: &[&str]| site.launch(2, &stopped.folder, &site.settings(2, more));

    assert_refused(
        with(&["cluster.shards=128"]),
        "the cluster has 64 slots, not 128: start this instance with --shards 64",
    );
    assert_refused(with(&["cluster.node_id=2"]), "is that of instance 3, not of instance 2: start it with --node-id 3");
    assert_refused(with(&["wallet.currency=EUR"]), "set wallet.currency = \"KRW\"");
    let alone = Process::launch(&stopped.folder, stopped.folder.serve(&[]));
    assert_refused(alone, "is that of a member of a cluster: start it with --node-id, --peers and --cluster-key-file");
    let mut command = stopped.folder.serve(&stopped.settings);
    command.env("JARI_OPERATOR_KEY", "another-key-of-the-operator-than-theirs");
    let launched = Process::launch(&stopped.folder, command);
    site.network.note(2, launched.id());
    assert_refused(launched, "JARI_OPERATOR_KEY");
    let empty = folder();
    let launched = site.launch(2, &empty, &site.settings(2, &[]));
    assert_refused(launched, "the other instances do not take this one in");

    // None of that has changed anything.
    cluster.start_again(2);
    cluster.until_level().await;
    cluster.at(2).user("lee").await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_with_data_form_no_cluster() {
    let site = Site::new().await;
    let folders = [with_data().await, folder(), with_data().await];
    let launched = [0, 1, 2].map(|instance| site.launch(instance, &folders[instance], &site.settings(instance, &[])));
    let sentence =
        "instances 1 and 3 both have data, and a cluster has one: start one of them with an empty data folder";
    assert_one_refused(launched.into(), &folders, sentence).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_of_other_shards_form_no_cluster() {
    let site = Site::new().await;
    let folders = [folder(), folder()];
    let shards = ["cluster.shards=64", "cluster.shards=128"];
    let launched =
        [0, 1].map(|instance| site.launch(instance, &folders[instance], &site.settings(instance, &[shards[instance]])));
    let sentence = "instance 1 was told 64 slots, and instance 2 128: give all the same --shards";
    assert_one_refused(launched.into(), &folders, sentence).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_with_another_cluster_key_is_not_connected_and_waits() {
    let site = Site::new().await;
    let other_key = key_file("q");
    let other_key = format!("cluster.key_file={}", other_key.path().display());
    let folders = [folder(), folder(), folder()];
    let keys: [&[&str]; 3] = [&[], &[], &[&other_key]];
    let launched =
        [0, 1, 2].map(|instance| site.launch(instance, &folders[instance], &site.settings(instance, keys[instance])));
    let waits_for = ["instance 3 at", "instance 3 at", "instance 1 at"];
    for (folder, instance) in folders.iter().zip(waits_for) {
        let look = async || folder.printed().contains(&format!("waiting to be reached: {instance}")).then_some(());
        eventually_within(PATIENCE, "that it waits", look).await;
    }
    let look = async || folders[..2].iter().any(|folder| folder.printed().contains("cluster key")).then_some(());
    eventually_within(PATIENCE, "that the other key is told", look).await;
    drop(launched);
    let launched = [0, 1, 2].map(|instance| site.launch(instance, &folders[instance], &site.settings(instance, &[])));
    let started: Vec<Process> =
        launched.into_iter().map(|launched| launched.started().expect("the same key")).collect();
    assert_eq!(started.len(), 3);
}
