//! `jari repair` on a folder in which a snapshot waits to be put in place, as a crash in the midst of that leaves it.

use std::fs;
use std::path::Path;

use jari::domain::{Rows, tables};
use jari::repair::{Repair, RepairError, Repaired, repair};
use jari::replica::open;
use jari::storage::{Files, ReceivingSnapshot};
use jari::verify::verify;

use crate::folder::{USER, copy, go_on, options, refusal, stop, stopped};

const SNAPSHOT: &str = "log/incoming.snapshot";

/// Puts a snapshot of one folder into another, as a transfer leaves it.
fn send(from: &Path, to: &Path) {
    let opened = open(&options(from)).expect("opened");
    let mut export = opened.replica.store().export().expect("read");
    let mut receiving = ReceivingSnapshot::begin(Files::new(to.join("log"))).expect("begun");
    while let Some(block) = export.next_block().expect("read") {
        receiving.push(&block).expect("written");
    }
    receiving.finish().expect("it is whole");
    drop(export);
    stop(opened);
}

fn repairing(data_dir: &Path) -> Result<Repaired, RepairError> {
    repair(&Repair { options: options(data_dir), database: None, skip_entries: Vec::new() })
}

/// What a start makes of the folder.
fn balance(data_dir: &Path) -> u64 {
    let opened = open(&options(data_dir)).expect("opened");
    let balance = opened.replica.store().get::<tables::Wallets>(&USER).expect("read").expect("there").balance;
    stop(opened);
    balance
}

/// A folder whose user has 500 up to entry 2, with a snapshot up to entry 3, in which that is 700.
fn waiting(folder: &Path) -> std::path::PathBuf {
    let [ahead, behind] = ["ahead", "behind"].map(|name| folder.join(name));
    stopped(&behind);
    copy(&behind, &ahead);
    go_on(&ahead, 200);
    send(&ahead, &behind);
    behind
}

#[test]
fn a_snapshot_beside_a_sound_database_stays_for_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = waiting(folder.path());
    let sent = fs::read(data_dir.join(SNAPSHOT)).expect("there");
    let repaired = repairing(&data_dir).expect("examined");
    let told = repaired.to_string();
    assert!(told.contains("a snapshot up to entry 3, which another instance sent, stays"), "{told}");
    assert!(told.ends_with("the database is sound and was not changed"), "{told}");
    assert!(fs::read(data_dir.join(SNAPSHOT)).expect("there") == sent);
    assert_eq!(balance(&data_dir), 700);
    assert!(!data_dir.join(SNAPSHOT).exists(), "the start was done with it");
    assert_eq!(balance(&data_dir), 700);
}

#[test]
fn a_damaged_database_is_rebuilt_from_the_snapshot_that_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = waiting(folder.path());
    // Without the snapshot there would be nothing to rebuild it from.
    fs::write(data_dir.join("jari.redb"), vec![0x5a; 10_000]).expect("written");
    let said = refusal(&data_dir);
    assert!(said.contains("rebuilds it from the snapshot that another instance sent"), "{said}");
    let repaired = repairing(&data_dir).expect("repaired");
    let told = repaired.to_string();
    assert!(told.contains("was rebuilt from the snapshot that another instance sent"), "{told}");
    assert!(told.ends_with("it holds every entry up to 3, the newest that there is"), "{told}");
    assert!(data_dir.join(SNAPSHOT).exists(), "the log is to go on from it");
    assert!(verify(&options(&data_dir)).expect("examined").is_clean());
    assert_eq!(balance(&data_dir), 700);
    assert!(!data_dir.join(SNAPSHOT).exists());
    assert!(verify(&options(&data_dir)).expect("examined").is_clean());
}

#[test]
fn half_of_a_snapshot_helps_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = waiting(folder.path());
    let sent = fs::read(data_dir.join(SNAPSHOT)).expect("there");
    fs::write(data_dir.join(SNAPSHOT), &sent[..sent.len() / 2]).expect("written");
    fs::write(data_dir.join("jari.redb"), vec![0x5a; 10_000]).expect("written");
    let repaired = repairing(&data_dir).expect("repaired");
    assert!(repaired.to_string().contains("was rebuilt from entries 1 to 2 of the log"), "{repaired}");
    assert_eq!(balance(&data_dir), 500);
}
