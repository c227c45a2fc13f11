//! The log's promises, on a machine whose power can be cut: what is appended and kept here, damage from outside and a
//! disk that fails in files of their own.

mod cuts;
mod damage;
mod faults;
mod reading;

use super::super::scan::segment_name;
use super::*;
use crate::domain::{Charger, Command, ConcertNo, Stamped, Timestamp, UserId, Username, commands};
use crate::log::Entry;
use crate::simulation::{Machine, Random, SimulatedDisk};

const SALT: u64 = 0x5a17;
/// A segment that takes all entries of a test and little room besides.
const ONE_SEGMENT_BYTES: u64 = 16 * 1024;

fn entry(index: u64) -> Entry {
    let command = |number: u64| match number % 3 {
        0 => Command::Tick(commands::Tick { concert: ConcertNo(7), steps: 1_000 }),
        1 => Command::Charge(commands::Charge {
            user: UserId(u128::from(number)),
            amount: 1_000,
            charger: Charger::Public,
        }),
        _ => {
            let username = Username::plain("k".repeat(index as usize * 137 % 1_500));
            Command::CreateUser(commands::CreateUser { user: UserId(9), username, email: None })
        }
    };
    let stamp = |number| Stamped { now: Timestamp(1_000), idempotency: None, by: None, command: command(number) };
    Entry::alone(Index(index), (0..index % 5).map(|number| stamp(number + index)).collect())
}

fn open(machine: &Machine, segment_bytes: u64) -> Result<LogWriter<SimulatedDisk>, LogError> {
    LogWriter::resume(SoundLog::read(machine.disk())?, SALT, segment_bytes)
}

fn append_all(log: &mut LogWriter<SimulatedDisk>, up_to: u64) {
    for index in log.last().0 + 1..=up_to {
        log.append(&[entry(index)]).expect("appended");
    }
}

/// Reads every entry and compares it with what was written.
fn check_entries(machine: &Machine) -> Index {
    let log = SoundLog::read(machine.disk()).expect("the log opens");
    let mut next = log.segments.first().map_or(Index(1), Segment::first);
    let each = |found: Entry, _| {
        assert_eq!(found, entry(next.0));
        next = next.next();
        Ok::<(), LogError>(())
    };
    log.replay(Index(0), log.last(), each).expect("replayed");
    assert_eq!(next, log.last().next());
    log.last()
}

fn refusal(machine: &Machine) -> String {
    SoundLog::read(machine.disk()).expect_err("refused").to_string()
}

/// The only segment of a log of `up_to` entries without the room behind them, and where its frames begin.
fn one_segment(up_to: u64) -> (Machine, Vec<u8>, Vec<u64>) {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    let mut starts = Vec::new();
    for index in 1..=up_to {
        starts.push(log.bytes());
        append_all(&mut log, index);
    }
    let mut bytes = machine.contents(&segment_name(1)).expect("written");
    bytes.truncate(usize::try_from(log.bytes()).expect("small"));
    (machine, bytes, starts)
}

#[test]
fn a_segment_has_room_for_many_entries_before_it_grows_and_loses_the_rest_when_it_is_closed() {
    let machine = Machine::new(1);
    let mut log = open(&machine, SEGMENT_BYTES).expect("opened");
    append_all(&mut log, 1);
    let length = |machine: &Machine| machine.contents(&segment_name(1)).expect("written").len() as u64;
    let with_room = length(&machine);
    append_all(&mut log, 100);
    assert_eq!(length(&machine), with_room, "100 entries fit");
    machine.kill();
    let mut log = open(&machine, 10_000).expect("opened");
    assert_eq!(length(&machine), log.bytes(), "room that a killed process left is dropped");
    append_all(&mut log, 200);
    assert!(log.segments.len() > 1);
    assert_eq!(length(&machine), log.segments[0].length, "a closed segment has none");
    log.seal().expect("sealed");
    let last = log.segments.last().expect("one").clone();
    assert_eq!(machine.contents(&last.name).expect("written").len() as u64, last.length, "a sealed one neither");
    assert_eq!(check_entries(&machine), Index(200));
}

#[test]
fn what_is_appended_is_read_again_over_many_segments() {
    let machine = Machine::new(1);
    let mut log = open(&machine, 2_000).expect("opened");
    append_all(&mut log, 60);
    assert!(log.segments.len() > 5);
    assert_eq!(check_entries(&machine), Index(60));
    drop(log);
    let mut log = open(&machine, 2_000).expect("opened again");
    append_all(&mut log, 90);
    assert_eq!(check_entries(&machine), Index(90));
}

#[test]
fn replay_gives_only_what_is_above_an_index() {
    let machine = Machine::new(1);
    append_all(&mut open(&machine, 2_000).expect("opened"), 60);
    let log = SoundLog::read(machine.disk()).expect("opens");
    for after in 0..=60 {
        let mut indices = Vec::new();
        let each = |found: Entry, _| {
            indices.push(found.index().0);
            Ok::<(), LogError>(())
        };
        log.replay(Index(after), log.last(), each).expect("replayed");
        assert_eq!(indices, (after + 1..=60).collect::<Vec<_>>());
    }
}

#[test]
fn a_sealed_log_goes_on() {
    let machine = Machine::new(1);
    for round in 1..=5 {
        let mut log = open(&machine, 300).expect("opened");
        assert_eq!(log.last(), Index((round - 1) * 3));
        append_all(&mut log, round * 3);
        log.seal().expect("sealed");
        machine.restart();
    }
    assert_eq!(check_entries(&machine), Index(15));
}

#[test]
fn purging_removes_whole_old_segments_and_never_the_last() {
    let machine = Machine::new(1);
    let mut log = open(&machine, 1_000).expect("opened");
    append_all(&mut log, 60);
    let firsts: Vec<Index> = log.segments.iter().map(Segment::first).collect();
    log.purge(Index(firsts[3].0 - 2)).expect("purged");
    assert_eq!(log.segments[0].first(), firsts[2], "entry {} is still needed", firsts[3].0 - 1);
    log.purge(Index(firsts[3].0 - 1)).expect("purged");
    assert_eq!(log.segments[0].first(), firsts[3]);
    log.purge(Index(60)).expect("purged");
    assert_eq!(log.segments.len(), 1);
    machine.restart();
    assert_eq!(check_entries(&machine), Index(60));
    append_all(&mut open(&machine, 1_000).expect("opens"), 80);
    assert_eq!(check_entries(&machine), Index(80));
}

#[test]
fn a_hold_takes_less_than_a_kibibyte_of_log() {
    use crate::domain::{CalendarDate, Idempotency, IdempotencyKey, KeyScope, PlaceRef, Selection, Sequence};
    let user = UserId(u128::MAX);
    let place_ref = PlaceRef { concert: ConcertNo(u32::MAX), sequence: Sequence(u64::MAX), user };
    let date = CalendarDate::new(2030, 12, 24).expect("a date");
    let command = Command::Reserve(commands::Reserve {
        place_ref,
        date,
        selection: Selection::Seats(vec![100_000]),
        user: place_ref.user,
    });
    let idempotency = Idempotency {
        key: IdempotencyKey { scope: KeyScope::User(user), key: "k".repeat(255) },
        fingerprint: u128::MAX,
    };
    let stamped = Stamped { now: Timestamp(i64::MAX), idempotency: Some(idempotency), by: None, command };
    let machine = Machine::new(1);
    let mut log = open(&machine, SEGMENT_BYTES).expect("opened");
    let before = log.bytes();
    log.append(&[Entry::alone(Index(1), vec![stamped])]).expect("appended");
    assert!(log.bytes() - before < 1_024, "{} bytes", log.bytes() - before);
}
