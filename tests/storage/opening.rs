//! The data folder on a real disk: created, found again, refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use jari::domain::{Charger, Command, Rows, Stamped, Timestamp, UserId, Username, apply};
use jari::log::{Entry, Term};
use jari::storage::{OpenError, Opened, Options, open, verify};

const USER: UserId = UserId(7);

fn options(data_dir: &Path) -> Options {
    Options { data_dir: data_dir.to_path_buf(), cache_bytes: 16 << 20 }
}

fn run(opened: &mut Opened, command: Command) {
    let stamped = Stamped { now: Timestamp(1_000), once: None, command };
    let entry = Entry { index: opened.journal.last().next(), term: Term(1), batch: vec![stamped] };
    opened.journal.append(&entry).expect("appended");
    let outcome = apply(&mut opened.state, &opened.store, &entry.batch[0]).expect("applied");
    outcome.result.expect("accepted");
    opened.store.absorb(outcome.changes);
    opened.store.applied(entry.index, entry.term);
}

/// A stopped instance with one user, who has 500.
fn stopped(data_dir: &Path) {
    let mut opened = open(&options(data_dir)).expect("opened");
    run(&mut opened, Command::CreateUser { user: USER, username: Username::plain("kim"), email: None });
    run(&mut opened, Command::Charge { user: USER, amount: 500, charger: Charger::Public });
    opened.journal.seal().expect("sealed");
    opened.store.stop().expect("stopped");
}

fn refusal(data_dir: &Path) -> String {
    open(&options(data_dir)).err().expect("refused").to_string()
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).expect("read")));
        }
    }
    found.sort();
    found
}

#[test]
fn a_first_start_creates_everything_in_well_under_a_fifth_of_a_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("deep/data");
    let start = Instant::now();
    let opened = open(&options(&data_dir)).expect("opened");
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(opened.journal.last().0, 0);
    let mode = fs::metadata(&data_dir).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "for its owner alone");
    for file in ["jari.lock", "jari.redb", "log/00000000000000000001.log"] {
        let mode = fs::metadata(data_dir.join(file)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    opened.store.stop().expect("stopped");
}

#[test]
fn what_was_written_is_there_after_a_clean_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let opened = open(&options(folder.path())).expect("opened");
    assert_eq!(opened.store.wallet(USER).expect("read").balance, 500);
    assert_eq!((opened.journal.last().0, opened.store.durable().0), (2, 2));
    opened.store.stop().expect("stopped");
}

#[test]
fn a_second_process_is_told_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = open(&options(folder.path())).expect("opened");
    let expected = format!(
        "{} is in use by another jari; stop that one or name another folder with --data-dir",
        folder.path().display()
    );
    assert_eq!(refusal(folder.path()), expected);
    assert_eq!(verify(&options(folder.path())).expect_err("refused").to_string(), expected);
    first.store.stop().expect("stopped");
    drop(first);
    open(&options(folder.path())).expect("free again").store.stop().expect("stopped");
}

#[test]
fn a_file_in_place_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data");
    fs::write(&path, b"something").expect("written");
    assert!(refusal(&path).contains("is a file, but the data needs a folder"));
    assert_eq!(fs::read(&path).expect("read"), b"something");
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("set");
    if fs::write(folder.path().join("probe"), b"").is_ok() {
        // The superuser writes everywhere, so there is nothing to see here.
        return;
    }
    assert!(refusal(folder.path()).ends_with("the folder must be writable for the user that runs jari"));
}

#[test]
fn a_damaged_log_is_refused_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let log = folder.path().join("log/00000000000000000001.log");
    let mut bytes = fs::read(&log).expect("read");
    bytes[60] ^= 1;
    fs::write(&log, bytes).expect("written");
    let before = contents(folder.path());
    let expected = format!("{} is damaged at byte 36: ", log.display());
    assert!(refusal(folder.path()).starts_with(&expected), "{}", refusal(folder.path()));
    assert!(verify(&options(folder.path())).expect_err("refused").to_string().starts_with(&expected));
    assert!(contents(folder.path()) == before, "nothing is overwritten");
}

#[test]
fn a_log_or_a_database_that_is_missing_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let (log, aside) = (folder.path().join("log"), folder.path().join("aside"));
    fs::rename(&log, &aside).expect("moved");
    assert!(refusal(folder.path()).contains("ends with entry 0, but the database holds entry 2"));
    fs::remove_dir(&log).expect("the refused start left it empty");
    fs::rename(&aside, &log).expect("moved back");
    // Without its database the whole log is applied again, as long as nothing of it was purged.
    fs::remove_file(folder.path().join("jari.redb")).expect("removed");
    let opened = open(&options(folder.path())).expect("opened");
    assert_eq!(opened.store.wallet(USER).expect("read").balance, 500);
    opened.store.stop().expect("stopped");
}

#[test]
fn a_database_that_a_crash_left_half_created_is_created_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("jari.redb.new"), b"half").expect("written");
    open(&options(folder.path())).expect("opened").store.stop().expect("stopped");
    assert!(!folder.path().join("jari.redb.new").exists());
}

#[test]
fn an_examination_changes_nothing_even_after_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut opened = open(&options(folder.path())).expect("opened");
    run(&mut opened, Command::CreateUser { user: USER, username: Username::plain("kim"), email: None });
    while opened.store.durable().0 < 1 {
        std::thread::yield_now();
    }
    // When the process ends without a stop, here by a copy of its folder.
    let copy = folder.path().join("copy");
    fs::create_dir_all(copy.join("log")).expect("created");
    for file in ["jari.redb", "jari.lock", "log/00000000000000000001.log"] {
        fs::copy(folder.path().join(file), copy.join(file)).expect("copied");
    }
    opened.store.stop().expect("stopped");
    let before = contents(&copy);
    let report = verify(&options(&copy)).expect("examined");
    assert!(report.is_clean(), "{report}");
    assert!(contents(&copy) == before, "nothing is changed");
}

#[test]
fn a_folder_without_data_is_not_examined_and_stays_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(verify(&options(folder.path())), Err(OpenError::NoData(_))));
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0);
}
