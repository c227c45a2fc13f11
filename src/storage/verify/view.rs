//! The rows under examination: those of the tables with what the log has more over them.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::super::keys::Key;
use super::super::overlay::Generation;
use super::super::row_map::RowMap;
use super::super::store::Store;
use super::super::tables::{self, Layer, Snapshot, Table};
use crate::domain::{RowFault, Totals};

/// The rows, which nobody changes any more.
pub struct View {
    pub generation: Arc<Generation>,
    pub snapshot: Arc<Snapshot>,
}

/// Names one table in both of its places.
pub type Pick<K, V> = (fn(&Layer) -> &RowMap<K, V>, fn(&Snapshot) -> &Table<K, V>);

/// The places of a table of this name.
macro_rules! pick {
    ($table:ident) => {
        (|layer| &layer.$table, |snapshot| &snapshot.$table)
    };
}
pub(super) use pick;

impl View {
    /// Everything that was applied to a store which nobody writes to.
    pub fn of(store: &Store) -> Self {
        let (generation, snapshot) = store.at_rest();
        Self { generation, snapshot }
    }

    /// The rows of a table, ascending by key.
    pub fn rows<'a, K: Key + Clone + 'a, V: Clone + DeserializeOwned + 'a>(
        &'a self,
        (layer, table): Pick<K, V>,
    ) -> Result<impl Iterator<Item = Result<(K, V), RowFault>> + 'a, RowFault> {
        tables::merged(layer(&self.generation.rows), table(&self.snapshot))
    }

    /// One row.
    pub fn row<K: Key, V: Clone + DeserializeOwned>(
        &self,
        (layer, table): Pick<K, V>,
        key: &K,
    ) -> Result<Option<V>, RowFault> {
        match layer(&self.generation.rows).get(key) {
            Some(row) => Ok(row.clone()),
            None => table(&self.snapshot).get(key),
        }
    }

    pub fn totals(&self) -> Result<Totals, RowFault> {
        Ok(self.row(pick!(totals), &())?.unwrap_or_default())
    }
}
