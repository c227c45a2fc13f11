//! Logs that were cut or changed from outside: an acknowledged entry is never dropped silently, nothing is overwritten.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jari::log::Index;
use jari::simulation::{Machine, Random};
use jari::verify::verify_with;

use crate::office::{Callers, Model, assert_same, commit, open};

const LOG_FILE: &str = "log/00000000000000000001.log";
const LOG_NAME: &str = "00000000000000000001.log";

/// A box office of `entries` entries in one file, of which the tables hold the first `in_tables`.
struct Scene {
    machine: Machine,
    model: Model,
    /// The file without the room behind its entries.
    bytes: Vec<u8>,
    /// Where each entry begins, and where the last one ends.
    starts: Vec<usize>,
}

fn scene(seed: u64, entries: usize, in_tables: usize) -> Scene {
    let machine = Machine::new(seed);
    let mut callers = Callers::new(seed);
    let mut model = Model::default();
    let mut opened = open(&machine).expect("a new machine");
    let mut starts = Vec::new();
    for entry in 1..=entries {
        starts.push(usize::try_from(opened.log.bytes()).expect("small"));
        let batch = if entry == 1 { callers.opening() } else { callers.batch(&model.state) };
        assert!(commit(&mut opened, batch, &mut model));
        if entry == in_tables {
            opened.replica.store().checkpoint().expect("written");
        }
    }
    let end = usize::try_from(opened.log.bytes()).expect("small");
    starts.push(end);
    drop(opened);
    machine.kill();
    let mut bytes = machine.contents(LOG_NAME).expect("written");
    bytes.truncate(end);
    Scene { machine, model, bytes, starts }
}

#[test]
fn a_log_cut_at_any_byte_of_its_last_entries_opens_with_what_is_whole_unless_the_tables_have_more() {
    const ENTRIES: usize = 12;
    const CARRIED: usize = 9;
    let Scene { machine, mut model, bytes, starts } = scene(3, ENTRIES, CARRIED);
    for length in (starts[CARRIED - 3]..=bytes.len()).rev() {
        let whole = starts[1..].iter().filter(|end| **end <= length).count();
        machine.damage(LOG_NAME, Some(bytes[..length].to_vec()));
        let context = format!("{length} bytes, {whole} whole entries");
        match open(&machine) {
            Ok(opened) => {
                assert!(whole >= CARRIED, "{context}");
                assert_eq!(opened.log.last(), Index(whole as u64), "{context}");
                model = model.cut_to(opened.log.last());
                assert_same(&opened, &model, &context);
            }
            Err(error) => {
                assert!(whole < CARRIED, "{context}: {error}");
                assert!(
                    error.to_string().contains(&format!("the database holds entry {CARRIED}")),
                    "{context}: {error}"
                );
                assert_eq!(machine.contents(LOG_NAME).as_deref(), Some(&bytes[..length]), "nothing is changed");
            }
        }
        machine.kill();
    }
}

#[test]
fn a_byte_flipped_anywhere_before_the_last_entry_is_refused_with_its_place() {
    let Scene { machine, bytes, starts, .. } = scene(4, 14, 0);
    for position in 0..starts[13] {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1 << (position % 8);
        machine.damage(LOG_NAME, Some(damaged.clone()));
        let error = open(&machine).err().unwrap_or_else(|| panic!("byte {position} is refused")).to_string();
        let offset = starts.iter().rev().find(|start| **start <= position).copied().unwrap_or(0);
        assert!(error.starts_with(&format!("{LOG_FILE} is damaged at byte {offset}: ")), "byte {position}: {error}");
        assert_eq!(machine.contents(LOG_NAME), Some(damaged), "nothing is changed");
        machine.kill();
    }
}

#[test]
fn a_byte_flipped_in_the_last_entry_drops_no_more_than_it_and_nothing_that_the_tables_have() {
    for in_tables in [13, 14] {
        let Scene { machine, mut model, bytes, starts } = scene(5, 14, in_tables);
        for position in starts[13]..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0x10;
            machine.damage(LOG_NAME, Some(damaged));
            match open(&machine) {
                Ok(opened) => {
                    assert_eq!((in_tables, opened.log.last()), (13, Index(13)), "byte {position}");
                    model = model.cut_to(Index(13));
                    assert_same(&opened, &model, "without the last entry");
                }
                Err(error) => assert_eq!(in_tables, 14, "byte {position}: {error}"),
            }
            machine.kill();
        }
    }
}

#[test]
fn noise_behind_or_instead_of_the_last_entry_is_dropped() {
    let Scene { machine, model, bytes, starts } = scene(6, 10, 5);
    let without_last = model.cut_to(Index(9));
    let mut random = Random::new(6);
    for _ in 0..300 {
        let mut noisy = bytes[..starts[9]].to_vec();
        let length = random.below(2_000);
        noisy.extend((0..length).map(|_| random.draw().to_le_bytes()[0]));
        machine.damage(LOG_NAME, Some(noisy));
        let opened = open(&machine).expect("opens");
        assert_same(&opened, &without_last, "noise");
        drop(opened);
        machine.kill();
    }
}

#[test]
fn a_byte_flipped_in_the_database_is_never_called_clean_unless_every_row_is_right() {
    let Scene { machine, model, .. } = scene(7, 60, 60);
    let mut sound = Vec::new();
    machine.damage_database(|bytes| sound = bytes.clone());
    let written: Vec<usize> = (0..sound.len()).filter(|at| sound[*at] != 0).collect();
    let mut random = Random::new(7);
    let (mut clean, mut noticed) = (0, 0);
    for _ in 0..250 {
        let at = written[usize::try_from(random.below(written.len() as u64)).expect("small")];
        let flip = |bytes: &mut Vec<u8>| {
            bytes.clone_from(&sound);
            bytes[at] ^= 1 << (at % 8);
        };
        machine.damage_database(flip);
        // The database library panics over some damage; then nothing was called clean.
        let examined = catch_unwind(AssertUnwindSafe(|| verify_with(|| machine.database(), machine.disk())));
        machine.kill();
        machine.damage_database(flip);
        if matches!(examined, Ok(Ok(report)) if report.is_clean()) {
            let opened = open(&machine).expect("it is clean");
            assert_same(&opened, &model, &format!("byte {at}"));
            drop(opened);
            machine.kill();
            clean += 1;
        } else {
            noticed += 1;
        }
    }
    assert!(clean > 10 && noticed > 10, "{clean} clean, {noticed} noticed");
}
