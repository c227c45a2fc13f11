//! A log that was cut or changed from outside: what was never acknowledged goes, everything else is refused.

use super::super::super::frame::SEGMENT_HEADER_BYTES;
use super::super::super::scan::segment_name;
use super::*;

#[test]
fn zeros_behind_the_frames_of_a_closed_segment_are_damage() {
    let machine = Machine::new(1);
    append_all(&mut open(&machine, 2_000).expect("opened"), 60);
    let mut bytes = machine.contents(&segment_name(1)).expect("written");
    let end = bytes.len();
    bytes.resize(end + 100, 0);
    machine.damage(&segment_name(1), Some(bytes));
    assert!(refusal(&machine).contains(&format!("is damaged at byte {end}: ")));
}

#[test]
fn a_log_that_is_cut_at_any_byte_of_its_last_entry_opens_without_it() {
    let (machine, bytes, starts) = one_segment(8);
    let last = usize::try_from(starts[7]).expect("small");
    for length in last..bytes.len() {
        machine.damage(&segment_name(1), Some(bytes[..length].to_vec()));
        assert_eq!(check_entries(&machine), Index(7), "{length} bytes");
        let mut log = open(&machine, SEGMENT_BYTES).expect("opens");
        append_all(&mut log, 12);
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
        machine.damage(&segment_name(1), Some(zeroed));
        assert_eq!(check_entries(&machine), Index(if is_whole { 8 } else { 7 }), "zeros from byte {kept}");
        append_all(&mut open(&machine, ONE_SEGMENT_BYTES).expect("opens"), 12);
        assert_eq!(check_entries(&machine), Index(12), "zeros from byte {kept}");
    }
}

#[test]
fn a_log_that_is_cut_before_what_the_database_holds_is_refused() {
    let (machine, bytes, starts) = one_segment(8);
    machine.damage(&segment_name(1), Some(bytes[..usize::try_from(starts[7]).expect("small") + 9].to_vec()));
    let log = SoundLog::read(machine.disk()).expect("a torn tail by itself");
    assert!(log.check_against(Index(7)).is_ok());
    let error = log.check_against(Index(8)).expect_err("refused");
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
        machine.damage(&segment_name(1), Some(damaged.clone()));
        let offset = starts.iter().rev().find(|start| **start <= position as u64).copied().unwrap_or_default();
        let expected = format!("log/00000000000000000001.log is damaged at byte {offset}: ");
        let refusal = refusal(&machine);
        assert!(refusal.starts_with(&expected), "byte {position}: {refusal}");
        assert_eq!(machine.contents(&segment_name(1)), Some(damaged), "nothing is changed");
    }
}

#[test]
fn a_flipped_byte_in_the_last_entry_is_refused_after_a_clean_stop() {
    let machine = Machine::new(1);
    let mut log = open(&machine, ONE_SEGMENT_BYTES).expect("opened");
    append_all(&mut log, 3);
    let start = usize::try_from(log.bytes()).expect("small");
    append_all(&mut log, 4);
    let end = usize::try_from(log.bytes()).expect("small");
    log.seal().expect("sealed");
    let bytes = machine.contents(&segment_name(1)).expect("written");
    for position in start..end {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        machine.damage(&segment_name(1), Some(damaged));
        assert!(refusal(&machine).contains(&format!("is damaged at byte {start}: ")), "byte {position}");
    }
    for position in end..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        machine.damage(&segment_name(1), Some(damaged));
        assert_eq!(check_entries(&machine), Index(4), "a damaged seal is harmless");
    }
}

#[test]
fn a_missing_or_foreign_segment_is_refused() {
    let build = || {
        let machine = Machine::new(1);
        append_all(&mut open(&machine, 1_000).expect("opened"), 40);
        let names = SoundLog::read(machine.disk()).expect("sound").segments.into_iter().map(|segment| segment.name);
        (machine, names.collect::<Vec<_>>())
    };
    let (machine, names) = build();
    machine.damage(&names[2], None);
    assert!(refusal(&machine).contains("but the file before ends with"));

    let (machine, names) = build();
    machine.damage(&names[0], None);
    let log = SoundLog::read(machine.disk()).expect("as after a purge");
    let first = log.segments[0].first();
    assert!(log.check_against(Index(first.0 - 1)).is_ok());
    let gap = log.check_against(Index(first.0 - 2)).expect_err("a gap").to_string();
    assert!(gap.contains("the entries between are missing"), "{gap}");

    let (machine, names) = build();
    let mut foreign = machine.contents(&names[3]).expect("written");
    let header = SegmentHeader::decode(&foreign, LOG_VERSION).expect("our own");
    let header = SegmentHeader { salt: SALT + 1, ..header };
    foreign[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
    machine.damage(&names[3], Some(foreign));
    assert!(refusal(&machine).contains("it belongs to another log"));

    let (machine, names) = build();
    let mut forked = machine.contents(&names[3]).expect("written");
    let header = SegmentHeader::decode(&forked, LOG_VERSION).expect("our own");
    let before = Position { checksum: header.before.checksum ^ 1, ..header.before };
    forked[..SEGMENT_HEADER_BYTES].copy_from_slice(&SegmentHeader { before, ..header }.encode());
    machine.damage(&names[3], Some(forked));
    assert!(refusal(&machine).contains("it goes on with another history"));

    let (machine, names) = build();
    let bytes = machine.contents(&names[1]).expect("written");
    machine.damage(&names[1], Some(bytes[..bytes.len() - 1].to_vec()));
    assert!(refusal(&machine).starts_with(&format!("log/{} is damaged at byte", names[1])), "a later file follows");
}

#[test]
fn another_format_is_refused_with_a_clear_sentence() {
    for (version, author) in [(LOG_VERSION + 1, "a newer"), (LOG_VERSION - 1, "an older")] {
        let (machine, mut bytes, _) = one_segment(2);
        let header = SegmentHeader { version, salt: SALT, before: Position::default(), ordinal: 1, vote: None };
        bytes[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
        machine.damage(&segment_name(1), Some(bytes));
        assert_eq!(
            refusal(&machine),
            format!(
                "log/00000000000000000001.log is of log format {version}, written by {author} jari; this one reads format \
                 8 only, so start the jari that wrote it or name another folder with --data-dir"
            )
        );
    }
}

#[test]
fn bytes_of_a_client_that_look_like_frames_prove_nothing() {
    // Given a torn last entry that carries an undamaged frame of another salt in its text.
    let mut forged = vec![0; FRAME_HEADER_BYTES];
    let header = FrameHeader { kind: FrameKind::Entries, id: entry(9).id, ordinal: 9, committed: Index(8) };
    header.write_into(&mut forged, SALT + 1);
    let (machine, mut bytes, _) = one_segment(3);
    bytes.extend_from_slice(b"torn");
    bytes.extend_from_slice(&forged);
    machine.damage(&segment_name(1), Some(bytes));
    assert_eq!(check_entries(&machine), Index(3));
}
