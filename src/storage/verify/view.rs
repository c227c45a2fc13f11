//! The rows under examination: those of the tables with what the log has more over them.

use std::sync::Arc;

use super::super::overlay::Generation;
use super::super::store::Store;
use super::super::table_reader::{Found, merged};
use super::super::tables::Snapshot;
use crate::domain::{RowFault, Table, Totals, tables};

/// The rows, which nobody changes any more.
pub struct View {
    pub generation: Arc<Generation>,
    pub snapshot: Arc<Snapshot>,
}

impl View {
    /// Everything that was applied to a store which nobody writes to.
    pub fn of(store: &Store) -> Self {
        let (generation, snapshot) = store.at_rest();
        Self { generation, snapshot }
    }

    /// The rows of a table, ascending by key.
    pub fn rows<T: Table>(&self) -> Result<impl Iterator<Item = Found<T::Key, T::Row>>, RowFault> {
        merged(self.generation.rows.of::<T>(), T::of(&self.snapshot))
    }

    /// One row.
    pub fn row<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        match self.generation.rows.of::<T>().get(key) {
            Some(row) => Ok(row.clone()),
            None => T::of(&self.snapshot).get(key),
        }
    }

    pub fn totals(&self) -> Result<Totals, RowFault> {
        Ok(self.row::<tables::Totals>(&())?.unwrap_or_default())
    }
}
