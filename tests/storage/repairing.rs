//! `jari repair` on real folders: a damaged database is rebuilt from what there is, and a poisoned entry is left out.

use std::fs;
use std::path::{Path, PathBuf};

use jari::domain::{
    CalendarDate, Command, ConcertNo, EarlyEnds, NodeId, PaymentId, PlaceRef, Rows, SeatKey, Selection, Sequence,
    Stamped, Timestamp, UserId, Username, commands, tables,
};
use jari::log::{Content, Entry, Part};
use jari::repair::{Repair, RepairError, Repaired, repair};
use jari::replica::open;
use jari::verify::verify;

use crate::folder::{USER, charge, contents, copy, go_on, options, refusal, run, stop, stopped};
use crate::office::{Callers, date};

fn repairing(data_dir: &Path, skip_entries: &[u64]) -> Result<Repaired, RepairError> {
    repair(&Repair { options: options(data_dir), database: None, skip_entries: skip_entries.to_vec() })
}

fn balance(data_dir: &Path) -> u64 {
    let opened = open(&options(data_dir)).expect("opened");
    let balance = opened.replica.store().get::<tables::Wallets>(&USER).expect("read").expect("there").balance;
    stop(opened);
    balance
}

fn kept(folder: &Path, part: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("listed").path());
    paths.filter(|path| path.display().to_string().contains(part)).collect()
}

/// What a start says about a database that a repair can rebuild.
#[track_caller]
fn assert_told(said: &str) {
    assert!(said.contains("`jari repair --data-dir "), "{said}");
    assert!(said.contains("nothing is lost"), "{said}");
    for word in ["panicked", ".rs", "registry", "unwrap", "\n"] {
        assert!(!said.contains(word), "{word:?} in: {said}");
    }
}

#[test]
fn a_damaged_database_is_rebuilt_from_the_log_and_kept_under_another_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = folder.path().join("sound");
    stopped(&sound);
    let good = fs::read(sound.join("jari.redb")).expect("read");
    let overwritten = |from: usize, bytes: usize| {
        let mut bad = good.clone();
        bad[from..from + bytes].fill(0x5a);
        bad
    };
    let cases = [
        ("empty", Vec::new()),
        ("noise", vec![0x5a; good.len()]),
        ("cut", good[..good.len() / 2].to_vec()),
        ("cut short", good[..100].to_vec()),
        ("head", overwritten(0, 64)),
        ("pages", overwritten(4_096, good.len() - 4_096)),
    ];
    for (name, bad) in cases {
        let data_dir = folder.path().join(name);
        copy(&sound, &data_dir);
        fs::write(data_dir.join("jari.redb"), &bad).expect("written");
        let before = contents(&data_dir);
        match open(&options(&data_dir)) {
            Err(error) => {
                assert_told(&error.to_string());
                assert!(contents(&data_dir) == before, "{name}: a refused start changes nothing");
            }
            // What is damaged is not always read at a start; then an examination finds it.
            Ok(opened) => {
                stop(opened);
                fs::write(data_dir.join("jari.redb"), &bad).expect("written");
            }
        }
        let repaired = repairing(&data_dir, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(repaired.report.is_clean(), "{name}: {repaired}");
        let damaged = kept(&data_dir, "jari.redb.damaged-");
        assert_eq!(damaged.len(), 1, "{name}: {repaired}");
        assert!(fs::read(&damaged[0]).expect("read") == bad, "{name}");
        assert!(verify(&options(&data_dir)).expect("examined").is_clean(), "{name}");
        assert_eq!(balance(&data_dir), 500, "{name}");
    }
}

#[test]
fn a_byte_flipped_anywhere_never_shows_a_panic_and_is_always_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = folder.path().join("sound");
    stopped(&sound);
    let good = fs::read(sound.join("jari.redb")).expect("read");
    let written: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
    let (mut refused, mut examined) = (0, 0);
    for at in written.iter().step_by(written.len() / 60) {
        let data_dir = folder.path().join(format!("byte-{at}"));
        copy(&sound, &data_dir);
        let mut bad = good.clone();
        bad[*at] ^= 1 << (at % 8);
        fs::write(data_dir.join("jari.redb"), &bad).expect("written");
        match open(&options(&data_dir)) {
            Ok(opened) => stop(opened),
            Err(error) => {
                refused += 1;
                assert_told(&error.to_string());
            }
        }
        let repaired = repairing(&data_dir, &[]).unwrap_or_else(|error| panic!("byte {at}: {error}"));
        examined += usize::from(repaired.report.is_clean());
        assert_eq!(balance(&data_dir), 500, "byte {at}: {repaired}");
        fs::remove_dir_all(&data_dir).expect("removed");
    }
    assert!(refused > 0 && examined > 50, "{refused} refused, {examined} clean at the end");
}

#[test]
fn a_database_that_is_missing_is_made_from_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    fs::remove_file(folder.path().join("jari.redb")).expect("removed");
    let repaired = repairing(folder.path(), &[]).expect("repaired");
    assert!(repaired.to_string().contains("entries 1 to 2 of the log"), "{repaired}");
    assert_eq!(balance(folder.path()), 500);
}

#[test]
fn nothing_is_changed_where_nothing_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path());
    let before = contents(folder.path());
    let repaired = repairing(folder.path(), &[]).expect("examined");
    assert!(repaired.to_string().ends_with("the database is sound and was not changed"), "{repaired}");
    let refused = repairing(folder.path(), &[2]).expect_err("refused").to_string();
    assert!(refused.contains("entry 2 is in the database already"), "{refused}");
    let refused = repairing(folder.path(), &[9]).expect_err("refused").to_string();
    assert!(refused.contains("the log ends with entry 2"), "{refused}");
    assert!(contents(folder.path()) == before);
    let opened = open(&options(folder.path())).expect("opened");
    let refused = repairing(folder.path(), &[]).expect_err("refused").to_string();
    assert!(refused.contains("is in use by another jari"), "{refused}");
    stop(opened);
}

/// A folder whose log begins behind entry 1, as after a purge, with an older copy of its database beside the folder.
fn purged(folder: &Path) -> (PathBuf, PathBuf) {
    let (data_dir, older) = (folder.join("data"), folder.join("older.redb"));
    stopped(&data_dir);
    fs::copy(data_dir.join("jari.redb"), &older).expect("copied");
    let mut opened = open(&options(&data_dir)).expect("opened");
    // Names as long as they may be, until the log begins its second file.
    let mut number = 100_u32;
    while fs::read_dir(data_dir.join("log")).expect("listed").count() == 1 {
        let user = |number: u32| {
            Command::CreateUser(commands::CreateUser {
                user: UserId(u128::from(number)),
                username: Username::plain(format!("user-{number}")),
                email: Some("x".repeat(60_000)),
            })
        };
        run(&mut opened, (number..number + 40).map(user).collect());
        number += 40;
    }
    run(&mut opened, vec![charge(20)]);
    stop(opened);
    (data_dir, older)
}

#[test]
fn an_older_copy_and_the_log_make_the_database_anew_where_the_log_begins_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data_dir, older) = purged(folder.path());
    let whole = fs::read(data_dir.join("log/00000000000000000001.log")).expect("read");
    let bad = vec![0x5a; 10_000];
    fs::write(data_dir.join("jari.redb"), &bad).expect("written");
    // With a log that begins late, the older copy does not reach it.
    fs::remove_file(data_dir.join("log/00000000000000000001.log")).expect("removed");
    let said = refusal(&data_dir);
    assert!(said.contains("the log begins with entry "), "{said}");
    fs::copy(&older, data_dir.join("jari.redb.backup")).expect("copied");
    let before = contents(&data_dir);
    let refused = repairing(&data_dir, &[]).expect_err("refused").to_string();
    assert!(refused.contains("it can be rebuilt when an older copy of it"), "{refused}");
    assert!(contents(&data_dir) == before, "nothing is changed");
    // With a log that reaches back to the copy, which is named here, it does.
    fs::write(data_dir.join("log/00000000000000000001.log"), whole).expect("written");
    fs::remove_file(data_dir.join("jari.redb.backup")).expect("removed");
    let options = options(&data_dir);
    let repaired =
        repair(&Repair { options, database: Some(older.clone()), skip_entries: Vec::new() }).expect("repaired");
    assert!(repaired.to_string().contains(&format!("{} and entries 3 to ", older.display())), "{repaired}");
    assert_eq!(balance(&data_dir), 520);
}

/// A folder whose newest entry pays a held seat with no ticket between two charges of 20: the payment trips over an
/// assert, in every start. In front of it in the entry stand `out_of_turn` charges of a part whose turn it never is.
fn poisoned(data_dir: &Path, out_of_turn: usize) {
    let mut opened = open(&options(data_dir)).expect("opened");
    run(&mut opened, Callers::new(1).opening().into_iter().map(|stamped| stamped.command).collect());
    run(
        &mut opened,
        vec![Command::CreateUser(commands::CreateUser { user: USER, username: Username::plain("kim"), email: None })],
    );
    run(
        &mut opened,
        vec![
            charge(20_000),
            Command::Join(commands::Join { concert: ConcertNo(1), user: USER, early_ends: EarlyEnds::default() }),
        ],
    );
    let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: USER };
    let date: CalendarDate = date();
    run(
        &mut opened,
        vec![Command::Reserve(commands::Reserve {
            place_ref,
            date,
            selection: Selection::Seats(vec![1]),
            user: place_ref.user,
        })],
    );
    opened.replica.store().stop().expect("the entries before are in the tables");
    let pay = Command::Pay(commands::Pay {
        place_ref,
        seats: SeatKey::of_date(date, &[1]),
        payment: PaymentId(1),
        tickets: Vec::new(),
        user: place_ref.user,
    });
    let now = Timestamp(opened.replica.look().latest().0 + 1_000);
    let batch = |commands: Vec<Command>| {
        commands.into_iter().map(|command| Stamped { now, idempotency: None, by: None, command }).collect::<Vec<_>>()
    };
    let mut entry = Entry::alone(opened.log.last().next(), batch(vec![charge(20), pay, charge(20)]));
    if out_of_turn > 0 {
        let Content::Parts(parts) = &mut entry.content else { unreachable!("an entry of parts") };
        let batch = batch((0..out_of_turn).map(|_| charge(1)).collect());
        parts.insert(0, Part { origin: NodeId(2), incarnation: 1, number: 7, batch, ..Part::default() });
    }
    opened.log.append(std::slice::from_ref(&entry)).expect("appended");
    // The process ends here, as the sequencer's does.
    let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(opened.replica.apply(&entry, opened.log.position(), &mut ()));
    }));
    assert!(applied.is_err(), "a payment without tickets trips over an assert");
}

#[test]
fn an_entry_that_cannot_be_applied_is_named_and_left_out_for_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    poisoned(&data_dir, 0);
    let before = contents(&data_dir);
    let said = refusal(&data_dir);
    assert!(
        said.starts_with("entry 5 of the log cannot be applied: its command 2 of 3, Pay, meets a bug of jari"),
        "{said}"
    );
    assert!(said.contains("--skip-entry 5`"), "{said}");
    let refused = repairing(&data_dir, &[]).expect_err("refused").to_string();
    assert!(refused.contains("--skip-entry 5`"), "{refused}");
    let refused = repairing(&data_dir, &[4, 5]).expect_err("refused").to_string();
    assert!(refused.contains("entry 4 is in the database already"), "{refused}");
    assert!(contents(&data_dir) == before, "nothing is changed until it is asked for");

    let log = data_dir.join("log/00000000000000000001.log");
    let as_it_was = fs::read(&log).expect("read");
    let repaired = repairing(&data_dir, &[5]).expect("repaired");
    let text = repaired.to_string();
    assert!(repaired.report.is_clean(), "{text}");
    assert!(text.contains("lost: command 2 of 3 in entry 5 of the log"), "{text}");
    let copies = kept(&data_dir.join("log"), ".before-repair-");
    assert!(fs::read(&copies[0]).expect("read") == as_it_was, "{text}");

    // Both charges beside it are there, now, after another start, and when the database is built anew.
    assert_eq!(balance(&data_dir), 20_040);
    go_on(&data_dir, 1);
    assert_eq!(balance(&data_dir), 20_041);
    fs::remove_file(data_dir.join("jari.redb")).expect("removed");
    assert_eq!(balance(&data_dir), 20_041);
    assert!(verify(&options(&data_dir)).expect("examined").is_clean());
}

#[test]
fn a_poisoned_command_behind_a_part_out_of_turn_is_the_one_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    poisoned(folder.path(), 3);
    let said = refusal(folder.path());
    assert!(said.contains("its command 5 of 6, Pay, meets a bug of jari"), "{said}");
    let repaired = repairing(folder.path(), &[5]).expect("repaired");
    assert!(repaired.to_string().contains("lost: command 5 of 6 in entry 5 of the log"), "{repaired}");
    assert_eq!(balance(folder.path()), 20_040, "the charges beside it are there, and those out of turn are not");
}

#[test]
fn a_poisoned_entry_is_left_out_of_a_database_that_is_rebuilt_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    poisoned(folder.path(), 0);
    fs::write(folder.path().join("jari.redb"), b"something else").expect("written");
    assert_told(&refusal(folder.path()));
    let refused = repairing(folder.path(), &[]).expect_err("refused").to_string();
    assert!(refused.contains("--skip-entry 5`"), "{refused}");
    let repaired = repairing(folder.path(), &[5]).expect("repaired");
    assert!(repaired.report.is_clean(), "{repaired}");
    assert_eq!(balance(folder.path()), 20_040);
}
