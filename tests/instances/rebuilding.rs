//! The database of one instance is lost, and made anew from what the others have.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cluster::{Cluster, SIZE};
use crate::harness::process::Finished;

#[track_caller]
fn refused(finished: &Finished, why: &str) {
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    assert!(finished.text.contains(why), "{}", finished.text);
}

fn segments(data: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(data.join("log")).unwrap().map(|file| file.unwrap().path());
    let mut segments: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
    segments.sort();
    segments
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_database_is_made_anew_from_what_the_others_have() {
    let mut cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    let kim = cluster.at(0).guest("kim", "spring").await;
    cluster.at(0).charge(&kim.user, 9_000).await;
    cluster.until_level().await;
    let lost = cluster.leadership().expect("somebody leads").instance + 1;
    let lost = lost % SIZE;
    refused(&cluster.rebuild(lost), "is in use by another jari");

    cluster.at(lost).process.signal("TERM");
    assert_eq!(cluster.at(lost).process.ended().code(), Some(0));
    // The others go on.
    cluster.at(lost + 1).reserving(&kim, json!({"seat": 3})).await.success(200);
    let data = cluster.at(lost).folder.data();
    fs::write(data.join("jari.redb"), vec![0x5a; 10_000]).unwrap();
    let [log, id] = [segments(&data).pop().unwrap(), data.join("cluster.id")];
    let before = [&log, &id].map(|path| fs::read(path).unwrap());
    let printed = cluster.site.launch(lost, &cluster.at(lost).folder, &cluster.at(lost).settings).started();
    let printed = printed.err().expect("a start is refused");
    assert!(printed.contains("`jari cluster rebuild`"), "{printed}");

    let finished = cluster.rebuild(lost);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    for told in
        ["has sent its data, up to entry ", "was rebuilt from what another instance has", "the old file is kept as"]
    {
        assert!(finished.text.contains(told), "{told:?} in:\n{}", finished.text);
    }
    assert!([&log, &id].map(|path| fs::read(path).unwrap()) == before, "log and membership stay");
    cluster.at(lost).folder.assert_clean();
    cluster.start_again(lost);
    cluster.at(lost).paying(&kim, json!({"seat": 3})).await.success(200);
    cluster.until_level().await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_damaged_or_lost_is_not_made_anew() {
    let cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({})).await;
    cluster.until_level().await;
    let other = (cluster.leadership().expect("somebody leads").instance + 1) % SIZE;
    cluster.at(other).process.signal("TERM");
    assert_eq!(cluster.at(other).process.ended().code(), Some(0));
    let data = cluster.at(other).folder.data();
    let database = fs::read(data.join("jari.redb")).unwrap();
    let newest = segments(&data).pop().unwrap();
    let sound = fs::read(&newest).unwrap();
    let mut damaged = sound.clone();
    damaged[sound.len() / 2] ^= 0x40;
    fs::write(&newest, damaged).unwrap();
    refused(&cluster.rebuild(other), "an instance may not forget what it has promised");
    for segment in segments(&data) {
        fs::remove_file(segment).unwrap();
    }
    refused(&cluster.rebuild(other), "an instance may not forget what it has promised");
    assert!(fs::read(data.join("jari.redb")).unwrap() == database, "nothing is changed");
    fs::remove_file(data.join("cluster.id")).unwrap();
    refused(&cluster.rebuild(other), "is the folder of no cluster");
}
