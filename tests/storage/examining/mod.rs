//! `jari verify` finds every broken rule and names the row.

mod events;
mod money;
mod ownership;
mod queue;
mod scene;
mod seats;
mod tickets;
mod users;

use jari::domain::{Change, ConcertNo, Counters, Rows, SeatKey, User, UserId, tables};
use jari::replica::Recovered;
use jari::simulation::SimulatedDisk;
use jari::verify::{Report, verify_with};

use self::scene::scene;
use crate::office::date;

const CONCERT: ConcertNo = ConcertNo(1);
const PAYER: UserId = UserId(1);
const HOLDER: UserId = UserId(2);
const REFUNDED: UserId = UserId(3);

fn key(seat: u32) -> SeatKey {
    SeatKey { date: date(), seat }
}

/// Examines the scene after changes that no command made.
fn tampered(changes: Vec<Change>) -> Report {
    let (machine, opened) = scene();
    opened.replica.store().put_all(changes);
    opened.replica.store().applied(opened.log.position());
    opened.replica.store().checkpoint().expect("written");
    drop(opened);
    verify_with(|| machine.database(), machine.disk()).expect("examined")
}

#[track_caller]
fn check(changes: Vec<Change>, expected: &[&str]) {
    let report = tampered(changes);
    let found: Vec<String> = report.broken.iter().map(|b| format!("{} {}: {}", b.table, b.key, b.what)).collect();
    assert_eq!(found, expected);
    assert!(report.to_string().contains("BROKEN"), "{report}");
}

/// A row of the scene.
fn rows<T>(read: impl Fn(&Recovered<SimulatedDisk>) -> T) -> T {
    read(&scene().1)
}

fn counters(opened: &Recovered<SimulatedDisk>) -> Counters {
    opened.replica.store().get::<tables::Counters>(&CONCERT).expect("read").expect("a concert has counters")
}

#[test]
fn a_sound_instance_is_clean_and_counted() {
    let report = tampered(Vec::new());
    assert!(report.is_clean(), "{report}");
    let count = |name: &str| report.tables.iter().find(|(table, _)| *table == name).map(|(_, rows)| *rows);
    assert_eq!(count("users"), Some(6));
    assert_eq!(count("seats"), Some(2));
    assert_eq!(count("payments"), Some(2));
    assert_eq!(count("ledger"), Some(9));
    assert_eq!(count("places"), Some(4));
    assert_eq!(count("ended_places"), Some(2));
    let text = report.to_string();
    assert!(text.contains("money: wallets 115000 + revenue 5000 + funding -120000 + cash 0 + card 0 = 0"), "{text}");
    assert!(text.ends_with("clean: every rule holds"), "{text}");
}

fn user_4() -> User {
    rows(|opened| opened.replica.store().get::<tables::Users>(&UserId(4)).expect("read").expect("a user"))
}

/// The scene with one byte of its database changed, where `pattern` stands last.
fn damaged(pattern: &[u8]) -> Vec<String> {
    let (machine, opened) = scene();
    opened.replica.store().stop().expect("stopped");
    drop(opened);
    machine.damage_database(|bytes| {
        let at = bytes.windows(pattern.len()).rposition(|window| window == pattern).expect("in the file");
        bytes[at + pattern.len() - 1] ^= 1;
    });
    let report = verify_with(|| machine.database(), machine.disk()).expect("examined");
    report.broken.iter().map(|b| format!("{} {}: {}", b.table, b.key, b.what)).collect()
}

#[test]
fn a_damaged_value_or_key_is_found_in_its_row() {
    let pages = "pages jari.redb: DB corrupted: Primary is corrupted despite 2-phase commit";
    // The row of a user begins with the version of the encoding, the user's number and the length of the name.
    let row = [&[1, user_4().number as u8, 6], b"user-4".as_slice()].concat();
    let value = "row 00000000-0000-0000-0000-000000000004 of table users: its checksum does not match, so the bytes \
                 are damaged";
    assert_eq!(damaged(&row), [pages, &format!("users unreadable: {value}")]);
    let key = "row \"user-5\" of table usernames: its checksum does not match, so the bytes are damaged";
    assert_eq!(damaged(b"user-4"), [pages, &format!("usernames unreadable: {key}")]);
}
