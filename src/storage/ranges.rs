//! Reading a table in the order of its keys, a part at a time: from any key on, in either direction, without a walk over
//! what lies before it. A part is of one moment, and whoever goes on behind its end meets every row once that was there
//! from the beginning, whatever is written meanwhile.

use std::iter::{self, Peekable};
use std::ops::Bound;

use super::database::{Direction, Found, KeyRange, Lying, Row};
use super::store::Store;
use crate::domain::RowFault;
use crate::domain::tables::{Ranged, Table};

/// Rows at which a part looks at most for each row that it may have, beside a few: others were removed.
const LOOKED_AT_A_ROW: usize = 2;
const LOOKED_AT_BESIDE: usize = 64;

/// Some rows of a range, in the order in which they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangePart<K, R> {
    pub rows: Vec<(K, R)>,
    /// The last key that was looked at; more may lie behind it. `None` when nothing does.
    pub rest: Option<K>,
}

/// What is left of a range behind `last`.
pub fn behind<K>((first, end): KeyRange<K>, last: K, direction: Direction) -> KeyRange<K> {
    match direction {
        Direction::Ascending => (Bound::Excluded(last), end),
        Direction::Descending => (first, Bound::Excluded(last)),
    }
}

impl Store {
    /// At most `limit` rows of a range. There may be fewer although more lie behind them: a part looks at few rows that
    /// were removed.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn range<T: Ranged>(
        &self,
        keys: &KeyRange<T::Key>,
        direction: Direction,
        limit: usize,
    ) -> Result<RangePart<T::Key, T::Row>, RowFault> {
        if is_empty(keys) {
            return Ok(RangePart { rows: Vec::new(), rest: None });
        }
        let Lying { newest, has_more, frozen, snapshot } = self.overlay().range::<T>(keys, direction, limit);
        let frozen = frozen.as_ref().map(|frozen| frozen.rows.of::<T>());
        let frozen = frozen.map_or_else(|| Box::new(iter::empty()) as _, |rows| rows.range(keys, direction));
        let mut merge = Merge::<T> {
            newest: boxed(newest.into_iter()),
            frozen: frozen.peekable(),
            table: boxed(T::of(&snapshot).range(keys, direction)?),
            direction,
        };
        let looked_at_max = LOOKED_AT_A_ROW * limit + LOOKED_AT_BESIDE;
        let (mut rows, mut rest, mut looked_at) = (Vec::new(), None, 0);
        while rows.len() < limit && looked_at < looked_at_max {
            // What the newest layer has behind the rows that were copied is not known here.
            if has_more && merge.newest.peek().is_none() {
                break;
            }
            let Some((key, row)) = merge.next().transpose()? else { return Ok(RangePart { rows, rest: None }) };
            rest = Some(key.clone());
            looked_at += 1;
            rows.extend(row.map(|row| (key, row)));
        }
        Ok(RangePart { rows, rest })
    }
}

fn boxed<'r, R>(rows: impl Iterator<Item = R> + 'r) -> Source<'r, R> {
    let rows: Box<dyn Iterator<Item = R> + 'r> = Box::new(rows);
    rows.peekable()
}

/// Whether no key can lie in the range.
fn is_empty<K: Ord>((first, last): &KeyRange<K>) -> bool {
    match (first, last) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(first), Bound::Included(last)) => first > last,
        (Bound::Included(first) | Bound::Excluded(first), Bound::Included(last) | Bound::Excluded(last)) => {
            first >= last
        }
    }
}

/// Rows of one table that lie over each other, in the order in which they are read: what is newer says what counts of a
/// key, `None` that it was removed.
struct Merge<'r, T: Table> {
    newest: Source<'r, (T::Key, Option<T::Row>)>,
    frozen: Source<'r, Row<'r, T::Key, T::Row>>,
    table: Source<'r, Found<T::Key, T::Row>>,
    direction: Direction,
}

/// Rows of one of them.
type Source<'r, R> = Peekable<Box<dyn Iterator<Item = R> + 'r>>;

impl<T: Table> Iterator for Merge<'_, T> {
    type Item = Result<(T::Key, Option<T::Row>), RowFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let in_table = match self.table.peek() {
            Some(Err(fault)) => return Some(Err(fault.clone())),
            Some(Ok((key, _))) => Some(key),
            None => None,
        };
        let in_layers = [self.newest.peek().map(|(key, _)| key), self.frozen.peek().map(|(key, _)| *key)];
        let keys = in_layers.into_iter().chain([in_table]).flatten();
        let first = match self.direction {
            Direction::Ascending => keys.min(),
            Direction::Descending => keys.max(),
        };
        let first = first?.clone();
        let newest = self.newest.next_if(|(key, _)| *key == first).map(|(_, row)| row);
        let frozen = self.frozen.next_if(|(key, _)| **key == first).map(|(_, row)| row.clone());
        let table = self.table.next_if(|found| found.as_ref().is_ok_and(|(key, _)| *key == first));
        let of_table = table.and_then(Result::ok).map(|(_, row)| Some(row));
        newest.or(frozen).or(of_table).map(|row| Ok((first, row)))
    }
}

#[cfg(test)]
mod tests;
