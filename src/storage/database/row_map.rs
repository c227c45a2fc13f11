//! Rows of one table in memory: hashed by key, kept in the order in which they came, sorted only when they are written.
//! Of a table that is read in ranges the keys are kept sorted besides.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::bulk_insert::Row;
use super::key_range::{Direction, KeyRange};
use crate::domain::{RowKey, Table};

/// Rows of a table for which room is kept while it holds none: what some 100,000 holds a second need between two
/// transactions.
const ROOM_ROWS_MAX: usize = 32_768;

/// Rows by key; `None` removes what lies below.
#[derive(Debug)]
pub struct RowMap<K, V> {
    rows: IndexMap<K, Option<V>, foldhash::fast::RandomState>,
    /// The keys in order, where the table is read in ranges.
    sorted: Option<BTreeSet<K>>,
}

impl<K: RowKey, V> RowMap<K, V> {
    /// No rows of table `T`.
    pub fn of_table<T: Table<Key = K, Row = V>>() -> Self {
        Self { rows: IndexMap::default(), sorted: T::IS_RANGED.then(BTreeSet::new) }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Puts a row in place of what was held for its key.
    pub fn put(&mut self, key: K, row: Option<V>) {
        match &mut self.sorted {
            None => drop(self.rows.insert(key, row)),
            Some(sorted) => {
                if self.rows.insert(key.clone(), row).is_none() {
                    sorted.insert(key);
                }
            }
        }
    }

    /// The rows with keys in a range, in the order in which they are to be read.
    ///
    /// # Panics
    /// When the table is not read in ranges, or the range ends before it begins.
    pub fn range<'m>(
        &'m self,
        (first, last): &KeyRange<K>,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Row<'m, K, V>> + 'm> {
        let sorted = self.sorted.as_ref().expect("the table is read in ranges");
        let rows = sorted.range((first.as_ref(), last.as_ref())).map(|key| (key, &self.rows[key]));
        match direction {
            Direction::Ascending => Box::new(rows),
            Direction::Descending => Box::new(rows.rev()),
        }
    }

    /// The row of `key`, where one is held: `Some(None)` is a row that is to be removed.
    pub fn get(&self, key: &K) -> Option<&Option<V>> {
        self.rows.get(key)
    }

    /// The rows, in no order that matters.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Option<V>)> {
        self.rows.iter()
    }

    /// The rows, ascending by key.
    pub fn ascending(&self) -> Vec<Row<'_, K, V>> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows
    }

    /// Lets go of the rows and keeps some of their room, so that the next ones need no new memory: room for at most twice
    /// as many, and not more than [`ROOM_ROWS_MAX`].
    pub fn clear(&mut self) {
        let held = self.rows.len();
        self.rows.clear();
        self.sorted.iter_mut().for_each(BTreeSet::clear);
        self.rows.shrink_to(ROOM_ROWS_MAX.min(2 * held));
    }
}
