//! The data folder on a real disk: created, found again, refused.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use jari::domain::{Command, Rows, Username, commands, tables};
use jari::replica::open;
use jari::storage::OpenError;
use jari::verify::verify;

use crate::folder::{USER, contents, options, refusal, run, stop, stopped};

#[test]
fn a_first_start_creates_everything_in_well_under_a_fifth_of_a_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("deep/data");
    let start = Instant::now();
    let opened = open(&options(&data_dir)).expect("opened");
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(opened.log.last().0, 0);
    let mode = fs::metadata(&data_dir).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "for its owner alone");
    for file in ["jari.lock", "jari.redb", "log/00000000000000000001.log"] {
        let mode = fs::metadata(data_dir.join(file)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    opened.replica.store().stop().expect("stopped");
}

#[test]
fn what_was_written_is_there_after_a_clean_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let opened = open(&options(folder.path())).expect("opened");
    assert_eq!(opened.replica.store().get::<tables::Wallets>(&USER).expect("read").expect("there").balance, 500);
    assert_eq!((opened.log.last().0, opened.replica.store().durable().0), (2, 2));
    opened.replica.store().stop().expect("stopped");
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
    first.replica.store().stop().expect("stopped");
    drop(first);
    open(&options(folder.path())).expect("free again").replica.store().stop().expect("stopped");
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

/// Changes a mode and expects a refusal that says what would be right, then sets it back.
#[track_caller]
fn assert_mode_refused(data_dir: &Path, path: &Path, mode: u32) {
    let right = fs::metadata(path).expect("there").permissions();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
    let before = contents(data_dir);
    let said = refusal(data_dir);
    let expected = format!("others can write to {} (mode {mode:o}); run `chmod go-w` on it", path.display());
    assert!(said.starts_with(&expected), "{said}");
    assert!(contents(data_dir) == before, "nothing is changed");
    fs::set_permissions(path, right).expect("ours");
}

#[test]
fn data_that_others_can_write_to_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    stopped(&data_dir);
    fs::write(data_dir.join("token.key"), "key").expect("written");
    for mode in [0o770, 0o722, 0o777, 0o702] {
        assert_mode_refused(&data_dir, &data_dir, mode);
        assert_mode_refused(&data_dir, &data_dir.join("log"), mode);
    }
    for file in ["jari.redb", "jari.lock", "token.key", "log/00000000000000000001.log"] {
        assert_mode_refused(&data_dir, &data_dir.join(file), 0o620);
        assert_mode_refused(&data_dir, &data_dir.join(file), 0o606);
    }
    // Others may read the folder's names.
    fs::set_permissions(&data_dir, fs::Permissions::from_mode(0o755)).expect("ours");
    stop(open(&options(&data_dir)).expect("opened"));
}

#[test]
fn data_of_another_owner_is_refused() {
    const SOMEBODY: u32 = 12_345;
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    stopped(&data_dir);
    let own = fs::metadata(&data_dir).expect("there").uid();
    for path in [data_dir.clone(), data_dir.join("log"), data_dir.join("jari.redb")] {
        if chown(&path, Some(SOMEBODY), None).is_err() {
            // Only the superuser gives files away.
            return;
        }
        let said = refusal(&data_dir);
        let expected = format!("{} belongs to the user {SOMEBODY}, but jari runs as the user {own}", path.display());
        assert!(said.starts_with(&expected) && said.contains("chown"), "{said}");
        chown(&path, Some(own), None).expect("ours");
    }
    // A link that somebody else laid leads where they want.
    let link = folder.path().join("link");
    symlink(&data_dir, &link).expect("laid");
    stop(open(&options(&link)).expect("our own link is followed"));
    lchown(&link, Some(SOMEBODY), None).expect("given away");
    assert!(refusal(&link).contains("belongs to the user 12345"), "{}", refusal(&link));
}

#[test]
fn a_link_that_lies_where_the_database_is_drafted_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let precious = folder.path().join("precious");
    fs::write(&precious, b"precious").expect("written");
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).expect("created");
    symlink(&precious, data_dir.join("jari.redb.new")).expect("laid");
    stop(open(&options(&data_dir)).expect("opened"));
    assert_eq!(fs::read(&precious).expect("read"), b"precious");
    assert!(fs::symlink_metadata(data_dir.join("jari.redb")).expect("there").is_file());
}

#[test]
fn a_damaged_log_is_refused_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let log = folder.path().join("log/00000000000000000001.log");
    let mut bytes = fs::read(&log).expect("read");
    bytes[100] ^= 1;
    fs::write(&log, bytes).expect("written");
    let before = contents(folder.path());
    let expected = format!("{} is damaged at byte 88: ", log.display());
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
    assert!(!log.exists(), "the refused start creates nothing");
    fs::rename(&aside, &log).expect("moved back");
    // Without its database the whole log is applied again, as long as nothing of it was purged.
    fs::remove_file(folder.path().join("jari.redb")).expect("removed");
    let opened = open(&options(folder.path())).expect("opened");
    assert_eq!(opened.replica.store().get::<tables::Wallets>(&USER).expect("read").expect("there").balance, 500);
    opened.replica.store().stop().expect("stopped");
}

#[test]
fn a_database_that_a_crash_left_half_created_is_created_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("jari.redb.new"), b"half").expect("written");
    open(&options(folder.path())).expect("opened").replica.store().stop().expect("stopped");
    assert!(!folder.path().join("jari.redb.new").exists());
}

#[test]
fn an_examination_changes_nothing_even_after_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut opened = open(&options(folder.path())).expect("opened");
    run(
        &mut opened,
        vec![Command::CreateUser(commands::CreateUser { user: USER, username: Username::plain("kim"), email: None })],
    );
    while opened.replica.store().durable().0 < 1 {
        std::thread::yield_now();
    }
    // When the process ends without a stop, here by a copy of its folder.
    let copy = folder.path().join("copy");
    fs::create_dir_all(copy.join("log")).expect("created");
    for file in ["jari.redb", "jari.lock", "log/00000000000000000001.log"] {
        fs::copy(folder.path().join(file), copy.join(file)).expect("copied");
    }
    opened.replica.store().stop().expect("stopped");
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
