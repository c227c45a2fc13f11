//! Long lists, newest first, of which a page has those rows that are looked for. A page looks at so many rows at most and
//! may have fewer than it could, with more behind it: what a page costs does not grow with the list. A full page looks
//! for one more row, so that the last page is known as the last.

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

/// A page while it is filled.
pub(super) struct PageBuilder<K, F> {
    limit: usize,
    found: Vec<F>,
    /// The key with which it became full.
    full_at: Option<K>,
    looked_at: usize,
}

impl<K, F> PageBuilder<K, F> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, found: Vec::new(), full_at: None, looked_at: 0 }
    }

    /// Takes in what was found at the next key, if anything was; gives the last key of the page when it ends there.
    pub(super) fn take(&mut self, key: K, found: Option<F>) -> Option<K> {
        self.looked_at += 1;
        let is_last = self.looked_at == LOOKED_AT_MAX;
        if let Some(found) = found {
            if self.full_at.is_some() {
                return self.full_at.take();
            }
            self.found.push(found);
            if self.found.len() == self.limit && !is_last {
                self.full_at = Some(key);
                return None;
            }
        }
        is_last.then_some(key)
    }

    /// The page; `last` is its last key when more may lie behind it.
    pub(super) fn walked(self, last: Option<K>) -> Walked<K, F> {
        Walked { found: self.found, last }
    }
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
    let (mut page, mut left) = (PageBuilder::new(limit), keys);
    loop {
        let part = store.range::<T>(&left, Direction::Descending, (limit + 1).max(READ_AT_ONCE))?;
        for (key, row) in part.rows {
            let found = pick(&key, row)?;
            if let Some(last) = page.take(key, found) {
                return Ok(page.walked(Some(last)));
            }
        }
        let Some(last) = part.rest else { return Ok(page.walked(None)) };
        left = behind(left, last, Direction::Descending);
    }
}
