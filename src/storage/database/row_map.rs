//! Rows of one table in memory: hashed by key, kept in the order in which they came, sorted only when they are written.

use indexmap::IndexMap;

use super::bulk_insert::Row;
use crate::domain::RowKey;

/// Rows of a table for which room is kept while it holds none: what some 100,000 holds a second need between two
/// transactions.
const ROOM_ROWS_MAX: usize = 32_768;

/// Rows by key; `None` removes what lies below.
#[derive(Debug)]
pub struct RowMap<K, V> {
    rows: IndexMap<K, Option<V>, foldhash::fast::RandomState>,
}

impl<K, V> Default for RowMap<K, V> {
    fn default() -> Self {
        Self { rows: IndexMap::default() }
    }
}

impl<K: RowKey, V> RowMap<K, V> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Puts a row in place of what was held for its key.
    pub fn put(&mut self, key: K, row: Option<V>) {
        self.rows.insert(key, row);
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
        self.rows.shrink_to(ROOM_ROWS_MAX.min(2 * held));
    }
}
