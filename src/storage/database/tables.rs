//! The database's tables: how the rows of the list in `domain::tables` are written, read and held in memory.
//!
//! Every table maps bytes to bytes in redb. Nothing here knows when rows are written.

use std::convert::Infallible;
use std::ops::Deref;

use redb::{ReadTransaction, WriteTransaction};
use serde::Serialize;

use super::bulk_insert::{self, Row};
use super::row_map::RowMap;
use super::table_reader::{TableReader, definition, merged};
use crate::domain::tables::{Build, Medium, Put, Table, Tables, Visit, visit_all};
use crate::domain::{Change, RowFault, RowKey};

/// The medium of rows that lie over the database.
#[derive(Debug)]
pub(super) enum Overlaid {}

impl Medium for Overlaid {
    type Table<T: Table> = RowMap<T::Key, T::Row>;
}

/// Rows by table; `None` removes what lies below.
pub struct Layer(Tables<Overlaid>);

struct Empty;

impl Build<Overlaid> for Empty {
    type Error = Infallible;

    fn build<T: Table>(&mut self) -> Result<RowMap<T::Key, T::Row>, Infallible> {
        Ok(RowMap::of_table::<T>())
    }
}

impl Default for Layer {
    fn default() -> Self {
        let Ok(tables) = Tables::build(&mut Empty);
        Self(tables)
    }
}

impl Layer {
    /// Takes in a change, in place of what it held for the same row.
    pub fn take(&mut self, change: Change) {
        change.put_into(self);
    }

    /// The rows of a table.
    pub fn of<T: Table>(&self) -> &RowMap<T::Key, T::Row> {
        T::of(&self.0)
    }

    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        let mut count = Count { layer: self, rows: 0 };
        let Ok(()) = visit_all(&mut count);
        count.rows
    }

    /// Writes every row, in order of table and key.
    ///
    /// # Errors
    /// The database fails.
    pub fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        visit_all(&mut Write { layer: self, transaction })
    }

    /// Lets go of every row and keeps some of their room for the next.
    pub fn clear(&mut self) {
        let Ok(()) = visit_all(&mut Clear { layer: self });
    }
}

impl Put for Layer {
    fn put<T: Table>(&mut self, key: T::Key, row: Option<T::Row>) {
        T::of_mut(&mut self.0).put(key, row);
    }
}

struct Count<'a> {
    layer: &'a Layer,
    rows: usize,
}

impl Visit for Count<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        self.rows += self.layer.of::<T>().len();
        Ok(())
    }
}

struct Write<'a> {
    layer: &'a Layer,
    transaction: &'a WriteTransaction,
}

impl Visit for Write<'_> {
    type Error = redb::Error;

    fn visit<T: Table>(&mut self) -> Result<(), redb::Error> {
        write_rows(self.transaction, T::NAME, &self.layer.of::<T>().ascending())
    }
}

struct Clear<'a> {
    layer: &'a mut Layer,
}

impl Visit for Clear<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        T::of_mut(&mut self.layer.0).clear();
        Ok(())
    }
}

/// The medium of rows that are in the database.
#[derive(Debug)]
pub(crate) enum Durable {}

impl Medium for Durable {
    type Table<T: Table> = TableReader<T::Key, T::Row>;
}

/// The tables as one committed transaction left them.
pub(crate) struct Snapshot(Tables<Durable>);

impl Snapshot {
    /// Opens every table.
    ///
    /// # Errors
    /// A table is missing or unreadable.
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self, redb::Error> {
        Ok(Self(Tables::build(&mut Open(transaction))?))
    }
}

impl Deref for Snapshot {
    type Target = Tables<Durable>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

struct Open<'t>(&'t ReadTransaction);

impl Build<Durable> for Open<'_> {
    type Error = redb::Error;

    fn build<T: Table>(&mut self) -> Result<TableReader<T::Key, T::Row>, redb::Error> {
        TableReader::open(self.0, T::NAME)
    }
}

/// Rows by table, as they are when `layer` lies over `snapshot`; what cannot be read is given to `note`.
pub(crate) fn census(
    layer: &Layer,
    snapshot: &Snapshot,
    note: &mut dyn FnMut(&'static str, RowFault),
) -> Vec<(&'static str, u64)> {
    let mut census = Census { layer, snapshot, note, counts: Vec::new() };
    let Ok(()) = visit_all(&mut census);
    census.counts
}

struct Census<'a> {
    layer: &'a Layer,
    snapshot: &'a Snapshot,
    note: &'a mut dyn FnMut(&'static str, RowFault),
    counts: Vec<(&'static str, u64)>,
}

impl Visit for Census<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        let mut rows = 0;
        match merged(self.layer.of::<T>(), T::of(self.snapshot)) {
            Ok(found) => found.for_each(|row| match row {
                Ok(_) => rows += 1,
                Err(fault) => (self.note)(T::NAME, fault),
            }),
            Err(fault) => (self.note)(T::NAME, fault),
        }
        self.counts.push((T::NAME, rows));
        Ok(())
    }
}

/// Creates every table that is not there yet.
///
/// # Errors
/// The database fails.
pub(crate) fn create_all(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    visit_all(&mut Create(transaction))
}

struct Create<'t>(&'t WriteTransaction);

impl Visit for Create<'_> {
    type Error = redb::Error;

    fn visit<T: Table>(&mut self) -> Result<(), redb::Error> {
        self.0.open_table(definition(T::NAME))?;
        Ok(())
    }
}

/// Writes rows of a table, which ascend by key.
///
/// # Errors
/// The database fails.
pub(super) fn write_rows<K: RowKey, V: Serialize>(
    transaction: &WriteTransaction,
    name: &str,
    rows: &[Row<'_, K, V>],
) -> Result<(), redb::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    bulk_insert::write(&mut transaction.open_table(definition(name))?, rows)
}
