//! Whatever way a row goes in, the table holds afterwards what a map would.

use std::collections::BTreeMap;

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::{Encoded, OpenTable, RUN_ROWS_MIN, write, write_run};
use crate::simulation::Random;
use crate::storage::codec;

const TABLE: TableDefinition<'_, &'static [u8], &'static [u8]> = TableDefinition::new("rows");

/// Writes `rows` in one transaction.
fn commit(database: &Database, rows: &BTreeMap<u64, Option<u64>>) {
    let transaction = database.begin_write().expect("begun");
    let rows: Vec<_> = rows.iter().collect();
    write(&mut transaction.open_table(TABLE).expect("opened"), &rows).expect("written");
    transaction.commit().expect("committed");
}

fn held(database: &Database) -> BTreeMap<u64, u64> {
    let table = database.begin_read().expect("begun").open_table(TABLE).expect("opened");
    let rows = table.iter().expect("readable").map(|row| row.expect("readable"));
    let decoded = rows.map(|(key, value)| {
        let number = u64::from_be_bytes(key.value().try_into().expect("a number"));
        (number, codec::decode(key.value(), value.value()).expect("whole"))
    });
    decoded.collect()
}

/// Runs behind everything, runs with rows of the table in their middle, rows far from each other, and removals.
fn some_rows(random: &mut Random, newest: &mut u64) -> BTreeMap<u64, Option<u64>> {
    let mut rows = BTreeMap::new();
    for _ in 0..random.below(5) {
        let length = random.below(6 * RUN_ROWS_MIN as u64);
        match random.below(3) {
            0 => {
                rows.extend((*newest..*newest + length).map(|key| (key, Some(random.below(u64::MAX)))));
                *newest += length;
            }
            1 => {
                let (first, step) = (random.below(2_000), 1 + random.below(40));
                rows.extend((0..length).map(|n| (first + n * step, Some(random.below(u64::MAX)))));
            }
            _ => rows.extend((0..length).map(|_| (random.below(*newest), None))),
        }
    }
    rows
}

#[test]
fn a_table_holds_what_a_map_would() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let database = Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory");
        let mut model = BTreeMap::new();
        let mut newest = 10_000;
        for _ in 0..8 {
            let rows = some_rows(&mut random, &mut newest);
            commit(&database, &rows);
            for (key, row) in rows {
                match row {
                    Some(row) => drop(model.insert(key, row)),
                    None => drop(model.remove(&key)),
                }
            }
            assert_eq!(held(&database), model, "seed {seed}");
        }
    }
}

#[test]
fn a_run_that_meets_a_row_of_the_table_goes_on_behind_it() {
    let database = Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory");
    let between = 2 * RUN_ROWS_MIN as u64;
    commit(&database, &BTreeMap::from([(between, Some(0)), (between + 1, Some(0))]));
    let rows: BTreeMap<u64, Option<u64>> = (0..3 * between).map(|key| (key, Some(key))).collect();
    commit(&database, &rows);
    assert_eq!(held(&database), (0..3 * between).map(|key| (key, key)).collect());
}

/// A run longer than what the cursor holds back before it writes.
#[test]
fn a_long_run_is_one_run_up_to_a_row_of_the_table_or_a_removal() {
    let database = Builder::new().create_with_backend(InMemoryBackend::new()).expect("memory");
    let (taken, removed, end) = (60_000, 110_000, 120_000);
    commit(&database, &BTreeMap::from([(taken, Some(0))]));
    let rows: BTreeMap<u64, Option<u64>> =
        (0..end).map(|key| (key, (key != removed).then_some(u64::MAX - key))).collect();
    let listed: Vec<_> = rows.iter().collect();
    let transaction = database.begin_write().expect("begun");
    let mut table = transaction.open_table(TABLE).expect("opened");
    let run = |table: &mut OpenTable<'_>, from: u64| {
        write_run(table, &listed[from as usize..], &mut Encoded::default()).expect("written") as u64
    };
    assert_eq!(run(&mut table, 0), taken);
    assert_eq!(run(&mut table, taken), 0, "the table has this one");
    assert_eq!(run(&mut table, taken + 1), removed - taken - 1);
    assert_eq!(run(&mut table, removed - 1), 0, "there is a removal among the next few");
    drop(table);
    transaction.commit().expect("committed");
    commit(&database, &rows);
    assert_eq!(held(&database), rows.iter().filter_map(|(key, row)| Some((*key, (*row)?))).collect());
}
