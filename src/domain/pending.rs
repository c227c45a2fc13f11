//! Rows in the middle of a command: what it has changed so far lies over what is stored.

use crate::domain::words::{Change, ConcertNo, RowFault, RowKey, Rows, Table};

/// What was due before a command is judged may have ended its place or lapsed its hold: the judge sees the rows as they
/// became.
pub(super) struct Pending<'a, R> {
    pub rows: &'a R,
    pub changes: &'a [Change],
}

impl<R: Rows> Rows for Pending<'_, R> {
    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        let of_key = |change: &Change| T::of_change(change).filter(|(of, _)| *of == key).map(|(_, row)| row.cloned());
        self.changes.iter().rev().find_map(of_key).map_or_else(|| self.rows.get::<T>(key), Ok)
    }

    fn each_of_concert<T, K>(&self, concert: ConcertNo, visit: impl FnMut(K, T::Row)) -> Result<(), RowFault>
    where
        T: Table<Key = (ConcertNo, K)>,
        K: RowKey,
    {
        let is_of_concert = |change: &Change| T::of_change(change).is_some_and(|((of, _), _)| *of == concert);
        assert!(!self.changes.iter().any(is_of_concert), "nothing that is due changes rows that are walked");
        self.rows.each_of_concert::<T, K>(concert, visit)
    }
}
