//! How a command reads rows, wherever they lie.

use super::ids::ConcertNo;
use super::row_key::RowKey;
use super::rows::RowFault;
use super::tables::Table;

/// The rows as the commands before this one left them.
pub trait Rows {
    /// The row of `key`.
    ///
    /// # Errors
    /// The row cannot be read.
    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault>;

    /// Every row of a concert in one of the tables that are ordered by concert, in no order that matters.
    ///
    /// # Errors
    /// A row cannot be read.
    fn each_of_concert<T, K>(&self, concert: ConcertNo, visit: impl FnMut(K, T::Row)) -> Result<(), RowFault>
    where
        T: Table<Key = (ConcertNo, K)>,
        K: RowKey;
}

/// Rows of which whole tables are read, where nobody changes them.
pub trait WholeTables: Rows {
    /// Every row of a table, ascending by key.
    ///
    /// # Errors
    /// A row cannot be read.
    fn each<T: Table>(&self, visit: impl FnMut(T::Key, T::Row)) -> Result<(), RowFault>;
}
