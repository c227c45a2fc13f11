//! Entries that are read by ranges while the log is written on.

use std::collections::BTreeSet;

use super::cuts::Expected;
use super::*;
use crate::storage::log::{EncodedEntry, LogReader};

/// Reads a random range and compares it with what the log ought to hold.
fn check(reader: &LogReader<SimulatedDisk>, log: &LogWriter<SimulatedDisk>, expected: &Expected, random: &mut Random) {
    let purged = log.purged().index.0;
    let from = random.below(expected.entries.len() as u64 + 3);
    let range = Index(from)..Index(from + random.below(9));
    let read = |bytes_max| reader.read(&range, bytes_max).expect("read");
    let all = read(u64::MAX);
    let decoded = |entry: &EncodedEntry| {
        let content = entry.decode().expect("as it was written");
        Entry { id: entry.id, content, skipped: BTreeSet::new() }
    };
    // An entry that was written anew behind a cut may stand in a later file than the number says.
    if from > purged || !all.is_empty() {
        let due = expected.entries.iter().filter(|entry| range.contains(&entry.index())).cloned();
        assert_eq!(all.iter().map(decoded).collect::<Vec<_>>(), due.collect::<Vec<_>>(), "{range:?} behind {purged}");
    }
    let least = read(1);
    assert_eq!(least, all[..least.len()]);
    assert_eq!(least.is_empty(), all.is_empty());
}

#[test]
fn any_range_is_read_as_it_stands_whatever_is_cut_and_purged() {
    for seed in 0..200 {
        let (machine, mut random) = (Machine::new(seed), Random::new(seed));
        let mut log = open(&machine, 700).expect("opened");
        let (mut reader, mut expected) = (None, Expected::default());
        for _ in 0..120 {
            expected = expected.step(&mut log, &mut random).expect("it has power");
            match random.below(40) {
                0 => {
                    machine.kill();
                    log = open(&machine, 700).expect("opened again");
                    reader = None;
                }
                1 | 2 => reader = Some(log.reader().expect("read")),
                _ => {}
            }
            if let Some(reader) = &reader {
                check(reader, &log, &expected, &mut random);
            }
        }
    }
}

#[test]
fn what_is_read_is_appended_to_another_log_byte_by_byte() {
    let (machine, other) = (Machine::new(1), Machine::new(2));
    let mut log = open(&machine, 700).expect("opened");
    append_all(&mut log, 30);
    let entries = log.reader().expect("read").read(&(Index(1)..Index(31)), u64::MAX).expect("read");
    let mut copy = open(&other, 5_000).expect("opened");
    copy.append(&entries[..12]).expect("appended");
    copy.append(&entries[12..]).expect("appended");
    assert_eq!(check_entries(&other), Index(30));
    assert_eq!(copy.reader().expect("read").read(&(Index(1)..Index(31)), u64::MAX).expect("read"), entries);
}

#[test]
fn no_more_is_read_than_fits() {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    let reader = log.reader().expect("read");
    append_all(&mut log, 4);
    log.append(&(5..=10).map(entry).collect::<Vec<_>>()).expect("appended as one frame");
    let read = |from, bytes_max| {
        let entries = reader.read(&(Index(from)..Index(11)), bytes_max).expect("read");
        entries.iter().map(|entry| entry.content.len() as u64).collect::<Vec<u64>>()
    };
    let lengths = read(1, u64::MAX);
    for count in 1..=10 {
        let fits: u64 = lengths[..count].iter().sum();
        let found = read(1, fits);
        assert!((1..=count).contains(&found.len()), "{count}: {found:?}");
    }
    for count in 2..=6 {
        let fits: u64 = lengths[4..4 + count].iter().sum();
        assert_eq!((read(5, fits).len(), read(5, fits - 1).len()), (count, count - 1), "within a frame");
    }
    assert_eq!(read(5, 0).len(), 1);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_no_answer() {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    append_all(&mut log, 5);
    let reader = log.reader().expect("read");
    let name = segment_name(1);
    let mut bytes = machine.contents(&name).expect("written");
    let end = usize::try_from(log.bytes()).expect("small");
    bytes[end - 1] ^= 1;
    machine.damage(&name, Some(bytes));
    assert_eq!(reader.read(&(Index(1)..Index(5)), u64::MAX).expect("what is sound is read").len(), 4);
    let said = reader.read(&(Index(5)..Index(6)), u64::MAX).expect_err("refused").to_string();
    assert!(said.contains("the content of a frame does not match its checksum"), "{said}");
    machine.damage(&name, None);
    reader.read(&(Index(1)..Index(5)), u64::MAX).expect_err("there is no file");
}
