//! Parts of a range, put together, are what the newest rows say, wherever they lie.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::behind;
use crate::domain::{Table, UserId, tables};
use crate::log::{Index, LogId, Position};
use crate::simulation::Machine;
use crate::storage::{Checkpointer, Direction, KeyRange, Store, read_with};

fn store() -> Store {
    let machine = Machine::new(1);
    let data = read_with(machine.database(), machine.disk(), 1, 1_000).expect("read");
    data.begin(Checkpointer::Caller).expect("opened").store
}

/// Names `first`, `first + step`, …, written for a user or removed.
fn put(store: &Store, known: &mut BTreeMap<String, u128>, numbers: &[u32], user: Option<u128>) {
    for number in numbers {
        let name = format!("{number:03}");
        store.put_all(vec![tables::Usernames::change(name.clone(), user.map(UserId))]);
        match user {
            Some(user) => drop(known.insert(name, user)),
            None => drop(known.remove(&name)),
        }
    }
    store.applied(Position {
        id: LogId { index: Index(store.durable().0 + 1), ..LogId::default() },
        ..Position::default()
    });
}

fn every(step: usize) -> Vec<u32> {
    (0..300).step_by(step).collect()
}

/// All rows of a range, read in parts.
fn read(store: &Store, keys: KeyRange<String>, direction: Direction, limit: usize) -> Vec<(String, u128)> {
    let (mut rows, mut left) = (Vec::new(), keys);
    loop {
        let part = store.range::<tables::Usernames>(&left, direction, limit).expect("read");
        assert!(part.rows.len() <= limit);
        rows.extend(part.rows.into_iter().map(|(name, user)| (name, user.0)));
        match part.rest {
            Some(last) => left = behind(left, last, direction),
            None => return rows,
        }
    }
}

#[test]
fn parts_of_a_range_are_what_the_newest_rows_say() {
    let (store, mut known) = (store(), BTreeMap::new());
    put(&store, &mut known, &every(2), Some(1));
    store.checkpoint().expect("written");
    put(&store, &mut known, &every(3), Some(2));
    put(&store, &mut known, &(100..140).collect::<Vec<_>>(), None);
    store.overlay().freeze().expect("whole entries");
    put(&store, &mut known, &every(5), Some(3));
    put(&store, &mut known, &(120..280).collect::<Vec<_>>(), None);
    put(&store, &mut known, &[150, 151], Some(4));

    let text = |number: u32| format!("{number:03}");
    for (first, last) in [
        (Bound::Unbounded, Bound::Unbounded),
        (Bound::Included(text(90)), Bound::Excluded(text(150))),
        (Bound::Excluded(text(90)), Bound::Included(text(150))),
        (Bound::Excluded(text(120)), Bound::Unbounded),
        (Bound::Included(text(200)), Bound::Excluded(text(200))),
        (Bound::Included(text(2)), Bound::Included(text(1))),
    ] {
        let is_within = |name: &String| {
            let behind_first = match &first {
                Bound::Included(first) => name >= first,
                Bound::Excluded(first) => name > first,
                Bound::Unbounded => true,
            };
            behind_first
                && match &last {
                    Bound::Included(last) => name <= last,
                    Bound::Excluded(last) => name < last,
                    Bound::Unbounded => true,
                }
        };
        let expected: Vec<(String, u128)> =
            known.iter().filter(|(name, _)| is_within(name)).map(|(name, user)| (name.clone(), *user)).collect();
        for limit in [1, 2, 7, 1_000] {
            let keys = (first.clone(), last.clone());
            assert_eq!(read(&store, keys.clone(), Direction::Ascending, limit), expected, "{keys:?} {limit}");
            let newest_first: Vec<_> = expected.iter().rev().cloned().collect();
            assert_eq!(read(&store, keys.clone(), Direction::Descending, limit), newest_first, "{keys:?} {limit}");
        }
    }
}

#[test]
fn a_part_looks_at_few_rows_that_were_removed() {
    let (store, mut known) = (store(), BTreeMap::new());
    put(&store, &mut known, &every(1), Some(1));
    store.checkpoint().expect("written");
    put(&store, &mut known, &(0..299).collect::<Vec<_>>(), None);
    let all = (Bound::Unbounded, Bound::Unbounded);
    let part = store.range::<tables::Usernames>(&all, Direction::Ascending, 10).expect("read");
    assert!(part.rows.is_empty() && part.rest.is_some(), "{part:?}");
    assert_eq!(read(&store, all, Direction::Ascending, 10), vec![("299".to_owned(), 1)]);
}
