//! Reading one table of the database as one committed transaction left it, with the rows of a layer over it or without.

use std::marker::PhantomData;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;

use super::super::codec;
use super::key_range::{Direction, KeyRange};
use super::row_map::RowMap;
use crate::domain::{ConcertNo, RowFault, RowKey};
use crate::panics;

/// What is said where the database library panics: it trusts the pages of its file.
pub const PAGES_DAMAGED: &str = "its pages contradict each other";

pub(crate) type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

/// Every table maps bytes to bytes.
pub(crate) const fn definition(name: &str) -> Definition<'_> {
    TableDefinition::new(name)
}

/// A row, or why it cannot be read.
pub(crate) type Found<K, V> = Result<(K, V), RowFault>;

/// A table as one committed transaction left it.
pub(crate) struct TableReader<K, V> {
    name: &'static str,
    rows: ReadOnlyTable<&'static [u8], &'static [u8]>,
    kind: PhantomData<fn() -> (K, V)>,
}

impl<K: RowKey, V: DeserializeOwned> TableReader<K, V> {
    pub(crate) fn open(transaction: &ReadTransaction, name: &'static str) -> Result<Self, redb::Error> {
        Ok(Self { name, rows: transaction.open_table(definition(name))?, kind: PhantomData })
    }

    /// The row of a key.
    ///
    /// # Errors
    /// The database fails, or the row is damaged.
    pub(crate) fn get(&self, key: &K) -> Result<Option<V>, RowFault> {
        let mut bytes = Vec::with_capacity(32);
        key.encode(&mut bytes);
        let fault = |what: &dyn std::fmt::Display| {
            RowFault(format!("cannot read row {} of table {}: {what}", key.name(), self.name))
        };
        match panics::caught(|| self.rows.get(bytes.as_slice())) {
            Ok(Ok(Some(value))) => codec::decode(&bytes, value.value()).map(Some).map_err(|error| fault(&error)),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(fault(&error)),
            Err(_) => Err(fault(&PAGES_DAMAGED)),
        }
    }

    /// All rows, ascending by key.
    ///
    /// # Errors
    /// The database fails; a damaged row is an error in its place.
    pub(crate) fn iter(&self) -> Result<impl Iterator<Item = Found<K, V>> + '_, RowFault> {
        Ok(self.decoded(self.rows.iter().map_err(|error| self.fault(&error))?, Direction::Ascending))
    }

    /// The rows with keys in a range. What lies outside of it is not looked at.
    ///
    /// # Errors
    /// As for [`TableReader::iter`].
    pub(crate) fn range(
        &self,
        (first, last): &KeyRange<K>,
        direction: Direction,
    ) -> Result<impl Iterator<Item = Found<K, V>> + use<'_, K, V>, RowFault> {
        let bytes = |key: &K| {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            bytes
        };
        let (first, last) = (first.as_ref().map(bytes), last.as_ref().map(bytes));
        let keys = (first.as_ref().map(Vec::as_slice), last.as_ref().map(Vec::as_slice));
        let rows = panics::caught(|| self.rows.range::<&[u8]>(keys)).map_err(|_| self.fault(&PAGES_DAMAGED))?;
        Ok(self.decoded(rows.map_err(|error| self.fault(&error))?, direction))
    }

    fn decoded<'t>(
        &'t self,
        rows: redb::Range<'t, &'static [u8], &'static [u8]>,
        direction: Direction,
    ) -> impl Iterator<Item = Found<K, V>> + use<'t, K, V> {
        let mut rows = Some(rows);
        std::iter::from_fn(move || {
            let next = panics::caught(|| match direction {
                Direction::Ascending => rows.as_mut()?.next(),
                Direction::Descending => rows.as_mut()?.next_back(),
            });
            if next.is_err() {
                // What panicked is not to be asked again.
                rows = None;
            }
            let row = next.map_err(|_| self.fault(&PAGES_DAMAGED)).transpose()?;
            Some(row.and_then(|row| {
                let (key, value) = row.map_err(|error| self.fault(&error))?;
                self.decode(key.value(), value.value())
            }))
        })
    }

    fn fault(&self, what: &dyn std::fmt::Display) -> RowFault {
        RowFault(format!("cannot read table {}: {what}", self.name))
    }

    fn decode(&self, key: &[u8], value: &[u8]) -> Result<(K, V), RowFault> {
        let mut rest = key;
        let decoded = K::decode(&mut rest).filter(|_| rest.is_empty());
        let Some(decoded) = decoded else {
            return Err(RowFault(format!("table {} has a malformed key {key:02x?}", self.name)));
        };
        match codec::decode(key, value) {
            Ok(value) => Ok((decoded, value)),
            Err(error) => Err(RowFault(format!("row {} of table {}: {error}", decoded.name(), self.name))),
        }
    }
}

impl<K: RowKey, V: DeserializeOwned> TableReader<(ConcertNo, K), V> {
    /// The rows of a concert, ascending by key.
    ///
    /// # Errors
    /// As for [`TableReader::iter`].
    pub(crate) fn of_concert(
        &self,
        concert: ConcertNo,
    ) -> Result<impl Iterator<Item = Found<(ConcertNo, K), V>> + '_, RowFault> {
        let [first, end] = [concert, ConcertNo(concert.0 + 1)].map(|concert| {
            let mut bytes = Vec::new();
            concert.encode(&mut bytes);
            bytes
        });
        let rows = self.rows.range(first.as_slice()..end.as_slice()).map_err(|error| self.fault(&error))?;
        Ok(self.decoded(rows, Direction::Ascending))
    }
}

/// The rows of a table with those of a layer over it, ascending by key.
///
/// # Errors
/// The database fails; a damaged row is an error in its place.
pub(crate) fn merged<'a, K: RowKey + Clone, V: Clone + DeserializeOwned>(
    layer: &'a RowMap<K, V>,
    table: &'a TableReader<K, V>,
) -> Result<impl Iterator<Item = Found<K, V>> + 'a, RowFault> {
    let mut below = table.iter()?.peekable();
    let mut above = layer.ascending().into_iter().peekable();
    Ok(std::iter::from_fn(move || {
        loop {
            match (below.peek(), above.peek()) {
                (None, None) => return None,
                (Some(Err(_)), _) | (Some(_), None) => return below.next(),
                (Some(Ok((low, _))), Some((high, _))) if low < high => return below.next(),
                (Some(Ok((low, _))), Some((high, _))) if low == *high => drop(below.next()),
                (Some(Ok(_)) | None, Some(_)) => {
                    if let Some((key, Some(row))) = above.next() {
                        return Some(Ok((key.clone(), row.clone())));
                    }
                }
            }
        }
    }))
}
