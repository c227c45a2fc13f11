//! Long lists, newest first, of which a page has those rows that are looked for. A page looks at so many rows at most and
//! may have fewer than it could, with more behind it: what a page costs does not grow with the list.

use crate::domain::tables::Ranged;
use crate::node::submit_error::SubmitError;
use crate::storage::{Direction, KeyRange, Store, behind};

/// Rows that a page looks at at most: a few milliseconds.
pub(super) const LOOKED_AT_MAX: usize = 2_000;
/// Rows that are read at once where only some of them are looked for.
const READ_AT_ONCE: usize = 100;

/// Some rows, newest first.
#[derive(Debug)]
pub(super) struct Walked<K, F> {
    pub found: Vec<F>,
    /// The last key that was looked at; more may lie behind it. `None` at the end.
    pub last: Option<K>,
}

impl<K, F> Walked<K, F> {
    /// The same with what a key stands for in place of it.
    pub(super) fn by<L>(self, stands_for: impl FnOnce(K) -> L) -> Walked<L, F> {
        Walked { found: self.found, last: self.last.map(stands_for) }
    }
}

/// At most `limit` of the rows that `pick` takes, walking from the highest key of a range down.
///
/// # Errors
/// A row cannot be read, or what `pick` says.
pub(super) fn newest_picked<T: Ranged, F>(
    store: &Store,
    keys: KeyRange<T::Key>,
    limit: usize,
    mut pick: impl FnMut(&T::Key, T::Row) -> Result<Option<F>, SubmitError>,
) -> Result<Walked<T::Key, F>, SubmitError> {
    let (mut found, mut left, mut looked_at) = (Vec::new(), keys, 0);
    loop {
        let part = store.range::<T>(&left, Direction::Descending, limit.max(READ_AT_ONCE))?;
        for (key, row) in part.rows {
            looked_at += 1;
            found.extend(pick(&key, row)?);
            if found.len() == limit || looked_at == LOOKED_AT_MAX {
                return Ok(Walked { found, last: Some(key) });
            }
        }
        let Some(last) = part.rest else { return Ok(Walked { found, last: None }) };
        left = behind(left, last, Direction::Descending);
    }
}
