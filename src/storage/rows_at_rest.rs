//! The rows while nobody changes them: those of the tables with what was applied over them.

use std::sync::Arc;

use super::database::{self, Found, Generation, Snapshot, merged};
use crate::domain::{self, RowFault, Table, Totals};

/// All rows, which nobody changes.
pub struct RowsAtRest {
    generation: Arc<Generation>,
    snapshot: Arc<Snapshot>,
}

impl RowsAtRest {
    pub(super) fn of((generation, snapshot): (Arc<Generation>, Arc<Snapshot>)) -> Self {
        Self { generation, snapshot }
    }

    /// The rows of a table, ascending by key.
    ///
    /// # Errors
    /// The database fails; a row that cannot be read is an error in its place.
    pub fn all<T: Table>(&self) -> Result<impl Iterator<Item = Found<T::Key, T::Row>>, RowFault> {
        merged(self.generation.rows.of::<T>(), T::of(&self.snapshot))
    }

    /// One row.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        match self.generation.rows.of::<T>().get(key) {
            Some(row) => Ok(row.clone()),
            None => T::of(&self.snapshot).get(key),
        }
    }

    /// What is counted over everything.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn totals(&self) -> Result<Totals, RowFault> {
        Ok(self.get::<domain::tables::Totals>(&())?.unwrap_or_default())
    }

    /// How many rows each table has; what cannot be read is given to `note`.
    pub fn census(&self, note: &mut dyn FnMut(&'static str, RowFault)) -> Vec<(&'static str, u64)> {
        database::census(&self.generation.rows, &self.snapshot, note)
    }
}
