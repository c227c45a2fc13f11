//! The log's promises, on a machine whose power can be cut.

use super::*;
use crate::domain::{Charger, Command, ConcertNo, Stamped, Timestamp, UserId};
use crate::storage::scan::scan;
use crate::storage::simulated::{Machine, Random, SimulatedDisk};

const SALT: u64 = 0x5a17;
/// A segment that takes all entries of a test and little room besides.
const ONE_SEGMENT_BYTES: u64 = 16 * 1024;

fn entry(index: u64) -> Entry {
    let command = |number: u64| match number % 3 {
        0 => Command::Tick { concert: ConcertNo(7) },
        1 => Command::Charge { user: UserId(u128::from(number)), amount: 1_000, charger: Charger::Public },
        _ => Command::CreateUser { user: UserId(9), username: "k".repeat(index as usize * 137 % 1_500), email: None },
    };
    let stamp = |number| Stamped { now: Timestamp(1_000), once: None, command: command(number) };
    Entry { index: Index(index), term: Term(1), batch: (0..index % 5).map(|number| stamp(number + index)).collect() }
}

fn open(machine: &Machine, segment_bytes: u64) -> Result<Journal<SimulatedDisk>, LogError> {
    let disk = machine.disk();
    let scan = scan(&disk)?;
    Journal::resume(disk, &scan, SALT, segment_bytes)
}

fn append_all(journal: &mut Journal<SimulatedDisk>, up_to: u64) {
    for index in journal.last().0 + 1..=up_to {
        journal.append(&entry(index)).expect("appended");
    }
}

/// Reads every entry and compares it with what was written.
fn check_entries(machine: &Machine) -> Index {
    let disk = machine.disk();
    let scan = scan(&disk).expect("the log opens");
    let mut next = scan.segments.first().map_or(Index(1), |segment| segment.first);
    let each = |found: Entry| {
        assert_eq!(found, entry(next.0));
        next = next.next();
        Ok::<(), LogError>(())
    };
    scan.replay(&disk, Index(0), each).expect("replayed");
    assert_eq!(next, scan.last.next());
    scan.last
}

fn refusal(machine: &Machine) -> String {
    scan(&machine.disk()).expect_err("refused").to_string()
}

/// The only segment of a log of `up_to` entries without the room behind them, and where its frames begin.
fn one_segment(up_to: u64) -> (Machine, Vec<u8>, Vec<u64>) {
    let machine = Machine::new(1);
    let mut journal = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    let mut starts = Vec::new();
    for index in 1..=up_to {
        starts.push(journal.bytes());
        append_all(&mut journal, index);
    }
    let mut bytes = machine.contents(&segment_name(Index(1))).expect("written");
    bytes.truncate(usize::try_from(journal.bytes()).expect("small"));
    (machine, bytes, starts)
}

#[test]
fn a_segment_has_room_for_many_entries_before_it_grows_and_loses_the_rest_when_it_is_closed() {
    let machine = Machine::new(1);
    let mut journal = open(&machine, SEGMENT_BYTES).expect("opened");
    append_all(&mut journal, 1);
    let length = |machine: &Machine| machine.contents(&segment_name(Index(1))).expect("written").len() as u64;
    let with_room = length(&machine);
    append_all(&mut journal, 100);
    assert_eq!(length(&machine), with_room, "100 entries fit");
    machine.kill();
    let mut journal = open(&machine, 10_000).expect("opened");
    assert_eq!(length(&machine), journal.bytes(), "room that a killed process left is dropped");
    append_all(&mut journal, 200);
    assert!(journal.segments.len() > 1);
    assert_eq!(length(&machine), journal.segments[0].length, "a closed segment has none");
    journal.seal().expect("sealed");
    let last = journal.segments.last().expect("one").clone();
    assert_eq!(machine.contents(&last.name).expect("written").len() as u64, last.length, "a sealed one neither");
    assert_eq!(check_entries(&machine), Index(200));
}

#[test]
fn zeros_behind_the_frames_of_a_closed_segment_are_damage() {
    let machine = Machine::new(1);
    append_all(&mut open(&machine, 2_000).expect("opened"), 60);
    let mut bytes = machine.contents(&segment_name(Index(1))).expect("written");
    let end = bytes.len();
    bytes.resize(end + 100, 0);
    machine.damage(&segment_name(Index(1)), Some(bytes));
    assert!(refusal(&machine).contains(&format!("is damaged at byte {end}: ")));
}

#[test]
fn what_is_appended_is_read_again_over_many_segments() {
    let machine = Machine::new(1);
    let mut journal = open(&machine, 2_000).expect("opened");
    append_all(&mut journal, 60);
    assert!(journal.segments.len() > 5);
    assert_eq!(check_entries(&machine), Index(60));
    drop(journal);
    let mut journal = open(&machine, 2_000).expect("opened again");
    append_all(&mut journal, 90);
    assert_eq!(check_entries(&machine), Index(90));
}

#[test]
fn replay_gives_only_what_is_above_an_index() {
    let machine = Machine::new(1);
    append_all(&mut open(&machine, 2_000).expect("opened"), 60);
    let disk = machine.disk();
    let scan = scan(&disk).expect("opens");
    for after in 0..=60 {
        let mut indices = Vec::new();
        let each = |found: Entry| {
            indices.push(found.index.0);
            Ok::<(), LogError>(())
        };
        scan.replay(&disk, Index(after), each).expect("replayed");
        assert_eq!(indices, (after + 1..=60).collect::<Vec<_>>());
    }
}

#[test]
fn an_acknowledged_entry_survives_every_power_cut() {
    for seed in 0..1_200 {
        // Many small segments, or many entries in the room of one.
        let segment_bytes = if seed % 2 == 0 { 2_000 } else { 60_000 };
        let machine = Machine::new(seed);
        let mut random = Random::new(seed);
        let mut acknowledged = 0;
        for _ in 0..4 {
            machine.cut_power_after(random.below(40));
            if let Ok(mut journal) = open(&machine, segment_bytes) {
                acknowledged = acknowledged.max(journal.last().0);
                for index in journal.last().0 + 1.. {
                    if journal.append(&entry(index)).is_err() {
                        break;
                    }
                    acknowledged = index;
                    if random.below(9) == 0 && journal.purge(Index(index / 2)).is_err() {
                        break;
                    }
                    if random.below(15) == 0 {
                        drop(journal.seal());
                        break;
                    }
                }
            }
            machine.restart();
            let last = check_entries(&machine);
            assert!((acknowledged..=acknowledged + 1).contains(&last.0), "seed {seed}: {acknowledged}, then {last:?}");
        }
    }
}

#[test]
fn a_log_that_is_cut_at_any_byte_of_its_last_entry_opens_without_it() {
    let (machine, bytes, starts) = one_segment(8);
    let last = usize::try_from(starts[7]).expect("small");
    for length in last..bytes.len() {
        machine.damage(&segment_name(Index(1)), Some(bytes[..length].to_vec()));
        assert_eq!(check_entries(&machine), Index(7), "{length} bytes");
        let mut journal = open(&machine, SEGMENT_BYTES).expect("opens");
        append_all(&mut journal, 12);
        assert_eq!(check_entries(&machine), Index(12), "{length} bytes");
    }
}

#[test]
fn a_log_that_holds_zeros_from_any_byte_of_its_last_entry_on_opens_without_it() {
    let (machine, bytes, starts) = one_segment(8);
    for kept in usize::try_from(starts[7]).expect("small")..bytes.len() {
        let mut zeroed = bytes[..kept].to_vec();
        zeroed.resize(bytes.len() + 1_000, 0);
        let is_whole = zeroed[..bytes.len()] == bytes;
        machine.damage(&segment_name(Index(1)), Some(zeroed));
        assert_eq!(check_entries(&machine), Index(if is_whole { 8 } else { 7 }), "zeros from byte {kept}");
        append_all(&mut open(&machine, ONE_SEGMENT_BYTES).expect("opens"), 12);
        assert_eq!(check_entries(&machine), Index(12), "zeros from byte {kept}");
    }
}

#[test]
fn a_log_that_is_cut_before_what_the_database_holds_is_refused() {
    let (machine, bytes, starts) = one_segment(8);
    machine.damage(&segment_name(Index(1)), Some(bytes[..usize::try_from(starts[7]).expect("small") + 9].to_vec()));
    let scan = scan(&machine.disk()).expect("a torn tail by itself");
    assert!(scan.check_against(Index(7), &machine.disk()).is_ok());
    let error = scan.check_against(Index(8), &machine.disk()).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the log log/00000000000000000001.log ends with entry 7, but the database holds entry 8: its end is damaged, \
         cut off or missing; put back a backup of the whole data folder"
    );
}

#[test]
fn a_flipped_byte_before_the_last_entry_is_refused_with_its_place() {
    let (machine, bytes, starts) = one_segment(6);
    let last = usize::try_from(starts[5]).expect("small");
    for position in 0..last {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x40;
        machine.damage(&segment_name(Index(1)), Some(damaged.clone()));
        let offset = starts.iter().rev().find(|start| **start <= position as u64).copied().unwrap_or_default();
        let expected = format!("log/00000000000000000001.log is damaged at byte {offset}: ");
        let refusal = refusal(&machine);
        assert!(refusal.starts_with(&expected), "byte {position}: {refusal}");
        assert_eq!(machine.contents(&segment_name(Index(1))), Some(damaged), "nothing is changed");
    }
}

#[test]
fn a_flipped_byte_in_the_last_entry_is_refused_after_a_clean_stop() {
    let machine = Machine::new(1);
    let mut journal = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    append_all(&mut journal, 3);
    let start = usize::try_from(journal.bytes()).expect("small");
    append_all(&mut journal, 4);
    let end = usize::try_from(journal.bytes()).expect("small");
    journal.seal().expect("sealed");
    let bytes = machine.contents(&segment_name(Index(1))).expect("written");
    for position in start..end {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        machine.damage(&segment_name(Index(1)), Some(damaged));
        assert!(refusal(&machine).contains(&format!("is damaged at byte {start}: ")), "byte {position}");
    }
    for position in end..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        machine.damage(&segment_name(Index(1)), Some(damaged));
        assert_eq!(check_entries(&machine), Index(4), "a damaged seal is harmless");
    }
}

#[test]
fn a_sealed_log_goes_on() {
    let machine = Machine::new(1);
    for round in 1..=5 {
        let mut journal = open(&machine, 300).expect("opened");
        assert_eq!(journal.last(), Index((round - 1) * 3));
        append_all(&mut journal, round * 3);
        journal.seal().expect("sealed");
        machine.restart();
    }
    assert_eq!(check_entries(&machine), Index(15));
}

#[test]
fn a_missing_or_foreign_segment_is_refused() {
    let build = || {
        let machine = Machine::new(1);
        append_all(&mut open(&machine, 1_000).expect("opened"), 40);
        let names = scan(&machine.disk()).expect("sound").segments.into_iter().map(|segment| segment.name);
        (machine, names.collect::<Vec<_>>())
    };
    let (machine, names) = build();
    machine.damage(&names[2], None);
    assert!(refusal(&machine).contains("but the file before ends with"));

    let (machine, names) = build();
    machine.damage(&names[0], None);
    let scan = scan(&machine.disk()).expect("as after a purge");
    let first = scan.segments[0].first;
    assert!(scan.check_against(Index(first.0 - 1), &machine.disk()).is_ok());
    let gap = scan.check_against(Index(first.0 - 2), &machine.disk()).expect_err("a gap").to_string();
    assert!(gap.contains("the entries between are missing"), "{gap}");

    let (machine, names) = build();
    let mut foreign = machine.contents(&names[3]).expect("written");
    let first = Index(names[3][..20].parse().expect("a name is a number"));
    let header = SegmentHeader { version: LOG_VERSION, salt: SALT + 1, first };
    foreign[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
    machine.damage(&names[3], Some(foreign));
    assert!(refusal(&machine).contains("it belongs to another log"));

    let (machine, names) = build();
    let bytes = machine.contents(&names[1]).expect("written");
    machine.damage(&names[1], Some(bytes[..bytes.len() - 1].to_vec()));
    assert!(refusal(&machine).starts_with(&format!("log/{} is damaged at byte", names[1])), "a later file follows");
}

#[test]
fn a_newer_format_is_refused_with_a_clear_sentence() {
    let (machine, mut bytes, _) = one_segment(2);
    let header = SegmentHeader { version: LOG_VERSION + 1, salt: SALT, first: Index(1) };
    bytes[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
    machine.damage(&segment_name(Index(1)), Some(bytes));
    assert_eq!(
        refusal(&machine),
        "log/00000000000000000001.log is of log format 2, written by a newer jari; this one reads formats up to 1"
    );
}

#[test]
fn a_full_disk_ends_appending_and_leaves_a_log_that_opens() {
    for room in (0..6_000).step_by(7) {
        let machine = Machine::new(room);
        let mut journal = open(&machine, 8_000).expect("opened");
        append_all(&mut journal, 5);
        machine.fill_disk_after(room);
        let mut acknowledged = 5;
        let failed = (6..300).find_map(|index| match journal.append(&entry(index)) {
            Ok(_) => {
                acknowledged = index;
                None
            }
            Err(error) => Some(error.to_string()),
        });
        assert!(failed.expect("the disk is full").contains("write to log/"));
        assert!(matches!(journal.append(&entry(acknowledged + 1)), Err(LogError::Failed)), "nothing more is taken");
        if room % 2 == 0 {
            machine.kill()
        } else {
            machine.restart()
        }
        assert_eq!(check_entries(&machine), Index(acknowledged), "room {room}");
        append_all(&mut open(&machine, 8_000).expect("opens"), acknowledged + 20);
        assert_eq!(check_entries(&machine), Index(acknowledged + 20));
    }
}

#[test]
fn after_a_failed_sync_the_next_start_makes_durable_what_it_found() {
    for seed in 0..100 {
        let machine = Machine::new(seed);
        let mut journal = open(&machine, SEGMENT_BYTES).expect("opened");
        append_all(&mut journal, 31);
        let before = journal.bytes();
        machine.fail_sync_after(0);
        assert!(journal.append(&entry(32)).is_err());
        machine.kill();
        let journal = open(&machine, SEGMENT_BYTES).expect("opened");
        assert_eq!(journal.last(), Index(32), "it was readable");
        assert!(journal.bytes() - before > 2 * 512, "it has sectors of its own");
        machine.restart();
        assert_eq!(check_entries(&machine), Index(32));
    }
}

#[test]
fn after_a_failed_sync_of_the_seal_nothing_that_comes_later_is_lost() {
    const SECTOR_BYTES: u64 = 512;
    let mut over_two_sectors = 0;
    for seed in 1..150 {
        let machine = Machine::new(seed);
        let mut journal = open(&machine, 1024 * 1024).expect("opened");
        append_all(&mut journal, seed);
        let room_in_sector = SECTOR_BYTES - journal.bytes() % SECTOR_BYTES;
        over_two_sectors += u32::from(room_in_sector < FRAME_HEADER_BYTES as u64);
        machine.fail_sync_after(0);
        assert!(journal.seal().is_err());
        machine.kill();
        append_all(&mut open(&machine, 1024 * 1024).expect("opened"), seed + 1);
        machine.restart();
        assert_eq!(check_entries(&machine), Index(seed + 1));
    }
    assert!(over_two_sectors > 3, "such a seal can be there in part: {over_two_sectors}");
}

#[test]
fn a_log_whose_creation_was_killed_at_any_step_keeps_what_is_appended_later() {
    for seed in 0..200 {
        let machine = Machine::new(seed);
        machine.cut_power_after(seed % 5);
        let created = open(&machine, SEGMENT_BYTES).is_ok();
        assert!(!created || seed % 5 == 4, "creating takes four operations");
        machine.kill();
        append_all(&mut open(&machine, SEGMENT_BYTES).expect("opened"), 3);
        machine.restart();
        assert_eq!(check_entries(&machine), Index(3), "seed {seed}");
    }
}

#[test]
fn purging_removes_whole_old_segments_and_never_the_last() {
    let machine = Machine::new(1);
    let mut journal = open(&machine, 1_000).expect("opened");
    append_all(&mut journal, 60);
    let firsts: Vec<Index> = journal.segments.iter().map(|segment| segment.first).collect();
    journal.purge(Index(firsts[3].0 - 2)).expect("purged");
    assert_eq!(journal.segments[0].first, firsts[2], "entry {} is still needed", firsts[3].0 - 1);
    journal.purge(Index(firsts[3].0 - 1)).expect("purged");
    assert_eq!(journal.segments[0].first, firsts[3]);
    journal.purge(Index(60)).expect("purged");
    assert_eq!(journal.segments.len(), 1);
    machine.restart();
    assert_eq!(check_entries(&machine), Index(60));
    append_all(&mut open(&machine, 1_000).expect("opens"), 80);
    assert_eq!(check_entries(&machine), Index(80));
}

#[test]
fn bytes_of_a_client_that_look_like_frames_prove_nothing() {
    // Given a torn last entry that carries an undamaged frame of another salt in its text.
    let mut forged = vec![0; FRAME_HEADER_BYTES];
    FrameHeader::write_into(&mut forged, FrameKind::Entry, SALT + 1, Index(9), Term(1), Index(8));
    let (machine, mut bytes, _) = one_segment(3);
    bytes.extend_from_slice(b"torn");
    bytes.extend_from_slice(&forged);
    machine.damage(&segment_name(Index(1)), Some(bytes));
    assert_eq!(check_entries(&machine), Index(3));
}

#[test]
fn a_hold_takes_less_than_a_kibibyte_of_log() {
    use crate::domain::{Actor, Bearer, CalendarDate, Once, OnceKey, Selection, Sequence};
    let user = UserId(u128::MAX);
    let bearer = Bearer { concert: ConcertNo(u32::MAX), sequence: Sequence(u64::MAX), user };
    let date = CalendarDate::new(2030, 12, 24).expect("a date");
    let command = Command::Reserve { bearer, date, selection: Selection::Seats(vec![100_000]) };
    let once = Once { key: OnceKey { actor: Actor::User(user), key: "k".repeat(255) }, fingerprint: u128::MAX };
    let stamped = Stamped { now: Timestamp(i64::MAX), once: Some(once), command };
    let machine = Machine::new(1);
    let mut journal = open(&machine, SEGMENT_BYTES).expect("opened");
    let before = journal.bytes();
    journal.append(&Entry { index: Index(1), term: Term(1), batch: vec![stamped] }).expect("appended");
    assert!(journal.bytes() - before < 1_024, "{} bytes", journal.bytes() - before);
}
