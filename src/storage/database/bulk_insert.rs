//! How many rows at once go into a table, ascending by key.
//!
//! A row on its own finds its place by a descent from the root. New rows that lie side by side, between two rows that the
//! table has, go in through a cursor: one descent for all of them, into leaves that are packed full. Rows numbered by
//! arrival are nearly always such a run. Rows of random keys are none, so after a look in vain some go in singly before
//! the next look.

#[cfg(test)]
mod tests;

use std::ops::Bound;

use redb::{CursorError, Table};
use serde::Serialize;

use super::super::codec;
use crate::domain::RowKey;

/// New rows side by side from which on a cursor is cheaper than as many descents.
const RUN_ROWS_MIN: usize = 8;
/// Rows at most that go in singly between two looks for a run.
const SINGLES_MAX: usize = 64;

/// A table of bytes that is open for writing.
pub(super) type OpenTable<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// A row to write, `None` to remove it.
pub(crate) type Row<'r, K, V> = (&'r K, &'r Option<V>);

/// The bytes of the row at hand, kept from row to row for their room.
#[derive(Default)]
struct Encoded {
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Encoded {
    fn key<K: RowKey>(&mut self, key: &K) -> &[u8] {
        self.key.clear();
        key.encode(&mut self.key);
        &self.key
    }

    fn row<K: RowKey, V: Serialize>(&mut self, key: &K, row: &V) -> (&[u8], &[u8]) {
        self.key(key);
        self.value.clear();
        codec::encode(&self.key, row, &mut self.value);
        (&self.key, &self.value)
    }
}

/// Writes `rows`, which ascend by key.
///
/// # Errors
/// The database fails.
pub(super) fn write<K: RowKey, V: Serialize>(
    table: &mut OpenTable<'_>,
    rows: &[Row<'_, K, V>],
) -> Result<(), redb::Error> {
    let mut encoded = Encoded::default();
    let (mut singles_left, mut singles_next) = (0, 1);
    let mut rest = rows;
    while let [first, behind @ ..] = rest {
        if singles_left == 0 {
            let run = write_run(table, rest, &mut encoded)?;
            if run > 0 {
                singles_next = 1;
                rest = &rest[run..];
                continue;
            }
            singles_left = singles_next;
            singles_next = SINGLES_MAX.min(2 * singles_next);
        }
        write_single(table, *first, &mut encoded)?;
        singles_left -= 1;
        rest = behind;
    }
    Ok(())
}

/// Writes the rows at the front that are a run, if they are enough for a cursor, and says how many they were.
fn write_run<K: RowKey, V: Serialize>(
    table: &mut OpenTable<'_>,
    rows: &[Row<'_, K, V>],
    encoded: &mut Encoded,
) -> Result<usize, redb::Error> {
    let front = rows.get(..RUN_ROWS_MIN).filter(|front| front.iter().all(|(_, row)| row.is_some()));
    let Some([(first, _), .., (last, _)]) = front else { return Ok(0) };
    let mut cursor = table.lower_bound_mut(Bound::Included(encoded.key(*first)))?;
    let above = cursor.peek_next()?;
    if above.is_some_and(|(key, _)| key.value() <= encoded.key(*last)) {
        return Ok(0);
    }
    let mut written = 0;
    for (key, row) in rows {
        let Some(row) = row else { break };
        let (key, value) = encoded.row(*key, row);
        match cursor.insert_before(key, value) {
            Ok(()) => written += 1,
            // The table has this one, or one before it.
            Err(CursorError::UnorderedKey) => break,
            Err(error) => return Err(error.into()),
        }
    }
    cursor.close()?;
    Ok(written)
}

fn write_single<K: RowKey, V: Serialize>(
    table: &mut OpenTable<'_>,
    (key, row): Row<'_, K, V>,
    encoded: &mut Encoded,
) -> Result<(), redb::Error> {
    match row {
        Some(row) => {
            let (key, value) = encoded.row(key, row);
            table.insert(key, value)?;
        }
        None => drop(table.remove(encoded.key(key))?),
    }
    Ok(())
}
