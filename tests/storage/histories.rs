//! A log and a database that do not belong together are never applied to each other, and a refused start leaves no trace.

use std::fs;
use std::path::Path;

use jari::replica::open;
use jari::verify::verify;

use crate::folder::{contents, copy, go_on, options, refusal, stop, stopped};

/// The start and an examination are both refused with a sentence that has `expected` in it, and nothing changes.
#[track_caller]
fn assert_refused(data_dir: &Path, expected: &str) {
    let before = contents(data_dir);
    let said = refusal(data_dir);
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains('\n'), "one sentence: {said}");
    assert!(verify(&options(data_dir)).expect_err("refused").to_string().contains(expected));
    assert!(contents(data_dir) == before, "nothing is created or changed");
}

fn put_log(from: &Path, to: &Path) {
    fs::remove_dir_all(to.join("log")).expect("removed");
    copy(&from.join("log"), &to.join("log"));
}

#[test]
fn the_log_of_another_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    stopped(&one);
    stopped(&other);
    go_on(&other, 1);
    put_log(&other, &one);
    assert_refused(&one, "do not belong together");
}

#[test]
fn the_log_of_the_same_folder_restored_and_run_on_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    stopped(&one);
    copy(&one, &other);
    go_on(&one, 1);
    for amount in [2, 3, 4] {
        go_on(&other, amount);
    }
    let (log_of_one, log_of_other) = (folder.path().join("a"), folder.path().join("b"));
    copy(&one.join("log"), &log_of_one.join("log"));
    copy(&other.join("log"), &log_of_other.join("log"));
    put_log(&log_of_other, &one);
    assert_refused(&one, "the database was written from another history, which differs at or before entry 3");
    // The other way round the log ends too early already.
    put_log(&log_of_one, &other);
    assert_refused(&other, "ends with entry 3, but the database holds entry 5");
    // Each with its own goes on.
    put_log(&log_of_one, &one);
    stop(open(&options(&one)).expect("opened"));
}

#[test]
fn an_older_database_beside_a_log_that_goes_on_from_it_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    stopped(&data_dir);
    fs::copy(data_dir.join("jari.redb"), folder.path().join("older")).expect("copied");
    go_on(&data_dir, 20);
    fs::copy(folder.path().join("older"), data_dir.join("jari.redb")).expect("copied");
    let opened = open(&options(&data_dir)).expect("opened");
    assert_eq!(opened.replica.look().totals().last_entry, 2, "both charges are there");
    stop(opened);
}

#[test]
fn a_refused_start_leaves_no_lock_file_and_no_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    stopped(&data_dir);
    fs::remove_file(data_dir.join("jari.lock")).expect("removed");
    fs::remove_dir_all(data_dir.join("log")).expect("removed");
    assert_refused(&data_dir, "ends with entry 0, but the database holds entry 2");
    // Without its data the folder is an empty one, which a start takes as new.
    fs::remove_file(data_dir.join("jari.redb")).expect("removed");
    stop(open(&options(&data_dir)).expect("opened"));
}

#[test]
fn two_first_starts_at_once_do_not_share_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = open(&options(folder.path())).expect("opened");
    assert!(refusal(folder.path()).contains("is in use by another jari"));
    stop(first);
}
