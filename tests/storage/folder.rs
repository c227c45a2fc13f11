//! A data folder on a real disk, for the tests of opening and repairing.

use std::fs;
use std::path::{Path, PathBuf};

use jari::domain::{Charger, Command, Stamped, Timestamp, UserId, Username, commands};
use jari::log::Entry;
use jari::replica::{Applied, Fate, Recovered, open};
use jari::storage::Options;

pub(crate) const USER: UserId = UserId(7);

pub(crate) fn options(data_dir: &Path) -> Options {
    Options { data_dir: data_dir.to_path_buf(), cache_bytes: 16 << 20 }
}

/// Appends a batch and applies it, as the sequencer does; every command must be accepted.
pub(crate) fn run(opened: &mut Recovered, commands: Vec<Command>) {
    let now = Timestamp(opened.replica.look().latest().0 + 1_000);
    let batch = commands.into_iter().map(|command| Stamped { now, idempotency: None, by: None, command }).collect();
    let entry = Entry::alone(opened.log.last().next(), batch);
    opened.log.append(std::slice::from_ref(&entry)).expect("appended");
    let mut each = |applied: Applied<'_>| assert!(matches!(applied.fate, Fate::Applied(Ok(_), _)));
    opened.replica.apply(&entry, opened.log.position(), &mut each).expect("applied");
}

pub(crate) fn charge(amount: i64) -> Command {
    Command::Charge(commands::Charge { user: USER, amount, charger: Charger::Public })
}

/// A stopped instance with one user, who has 500.
pub(crate) fn stopped(data_dir: &Path) {
    let mut opened = open(&options(data_dir)).expect("opened");
    run(
        &mut opened,
        vec![Command::CreateUser(commands::CreateUser { user: USER, username: Username::plain("kim"), email: None })],
    );
    run(&mut opened, vec![charge(500)]);
    stop(opened);
}

/// Starts the instance again and charges so much.
pub(crate) fn go_on(data_dir: &Path, amount: i64) {
    let mut opened = open(&options(data_dir)).expect("opened");
    run(&mut opened, vec![charge(amount)]);
    stop(opened);
}

pub(crate) fn stop(mut opened: Recovered) {
    opened.log.seal().expect("sealed");
    opened.replica.store().stop().expect("stopped");
}

pub(crate) fn refusal(data_dir: &Path) -> String {
    open(&options(data_dir)).err().expect("refused").to_string()
}

/// Every file and folder below a folder, files with their bytes.
pub(crate) fn contents(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            found.extend(contents(&path));
            found.push((path, None));
        } else {
            let bytes = fs::read(&path).expect("read");
            found.push((path, Some(bytes)));
        }
    }
    found.sort();
    found
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("listed") {
        let path = entry.expect("listed").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}
