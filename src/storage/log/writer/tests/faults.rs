//! A disk that loses power, is full or fails a sync, and a process that is killed: nothing acknowledged is lost.

use super::*;

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
            if let Ok(mut log) = open(&machine, segment_bytes) {
                acknowledged = acknowledged.max(log.last().0);
                for index in log.last().0 + 1.. {
                    if log.append(&[entry(index)]).is_err() {
                        break;
                    }
                    acknowledged = index;
                    if random.below(9) == 0 && log.purge(Index(index / 2)).is_err() {
                        break;
                    }
                    if random.below(15) == 0 {
                        drop(log.seal());
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
fn a_full_disk_ends_appending_and_leaves_a_log_that_opens() {
    for room in (0..6_000).step_by(7) {
        let machine = Machine::new(room);
        let mut log = open(&machine, 8_000).expect("opened");
        append_all(&mut log, 5);
        machine.fill_disk_after(room);
        let mut acknowledged = 5;
        let failed = (6..300).find_map(|index| match log.append(&[entry(index)]) {
            Ok(_) => {
                acknowledged = index;
                None
            }
            Err(error) => Some(error.to_string()),
        });
        assert!(failed.expect("the disk is full").contains("write to log/"));
        assert!(matches!(log.append(&[entry(acknowledged + 1)]), Err(LogError::Failed)), "nothing more is taken");
        if room % 2 == 0 {
            machine.kill();
        } else {
            machine.restart();
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
        let mut log = open(&machine, SEGMENT_BYTES).expect("opened");
        append_all(&mut log, 31);
        let before = log.bytes();
        machine.fail_sync_after(0);
        assert!(log.append(&[entry(32)]).is_err());
        machine.kill();
        let log = open(&machine, SEGMENT_BYTES).expect("opened");
        assert_eq!(log.last(), Index(32), "it was readable");
        assert!(log.bytes() - before > 2 * 512, "it has sectors of its own");
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
        let mut log = open(&machine, 1024 * 1024).expect("opened");
        append_all(&mut log, seed);
        let room_in_sector = SECTOR_BYTES - log.bytes() % SECTOR_BYTES;
        over_two_sectors += u32::from(room_in_sector < FRAME_HEADER_BYTES as u64);
        machine.fail_sync_after(0);
        assert!(log.seal().is_err());
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
