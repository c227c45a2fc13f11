//! The tables of one moment as blocks.

use std::ops::Bound;

use redb::{ReadTransaction, ReadableTableMetadata};

use super::block::{BLOCK_BYTES, Block, Chain, RowBytes, SnapshotHead};
use super::error::SnapshotError;
use crate::domain::tables::{Visit, visit_all};
use crate::domain::{MembersRow, Table, tables};
use crate::storage::database::{FORMAT_VERSION, Meta, TableReader, definition};

/// The tables as one committed transaction left them, given block by block. While it lives the database keeps what has
/// changed since.
pub struct Export {
    transaction: ReadTransaction,
    head: SnapshotHead,
    chain: Chain,
    next: Next,
    rows: u64,
}

/// What comes next.
enum Next {
    Head,
    /// Rows of the table of this number, behind a key.
    Rows(usize, Option<Vec<u8>>),
    Nothing,
}

impl Export {
    /// # Errors
    /// The database fails.
    pub(in crate::storage) fn of(transaction: ReadTransaction) -> Result<Self, SnapshotError> {
        let applied = Meta::at(&transaction)?.history()?.applied;
        let members: TableReader<(), MembersRow> = TableReader::open(&transaction, tables::Members::NAME)?;
        let head = SnapshotHead { format: FORMAT_VERSION, id: applied.id, members: members.get(&())? };
        Ok(Self { transaction, head, chain: Chain::default(), next: Next::Head, rows: 0 })
    }

    /// What it is of.
    pub fn head(&self) -> &SnapshotHead {
        &self.head
    }

    /// The bytes of the next block; `None` behind the last.
    ///
    /// # Errors
    /// The database fails.
    pub fn next_block(&mut self) -> Result<Option<Vec<u8>>, SnapshotError> {
        let (block, next) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Head => (Block::Head { head: self.head.clone(), bytes: self.table_bytes()? }, Next::Rows(0, None)),
            Next::Rows(table, behind) => self.next_rows(table, behind)?,
            Next::Nothing => return Ok(None),
        };
        self.next = next;
        Ok(Some(self.chain.encode(&block)))
    }

    /// Bytes that the rows take in the tables, with what holds them together. All pages are looked at for it.
    fn table_bytes(&self) -> Result<u64, SnapshotError> {
        let mut bytes = 0;
        for name in table_names() {
            let table = self.transaction.open_table(definition(name)).map_err(redb::Error::from)?;
            let stats = table.stats().map_err(redb::Error::from)?;
            bytes += stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
        }
        Ok(bytes)
    }

    /// Rows of a table behind a key, or of the first table after it that has some.
    fn next_rows(&mut self, mut table: usize, mut behind: Option<Vec<u8>>) -> Result<(Block, Next), SnapshotError> {
        let names = table_names();
        while let Some(name) = names.get(table) {
            let rows = self.rows_behind(name, behind.as_deref())?;
            if let Some((last, _)) = rows.last() {
                let next = Next::Rows(table, Some(last.clone()));
                self.rows += rows.len() as u64;
                return Ok((Block::Rows { table: (*name).to_owned(), rows }, next));
            }
            (table, behind) = (table + 1, None);
        }
        Ok((Block::End { rows: self.rows }, Next::Nothing))
    }

    fn rows_behind(&self, name: &str, key: Option<&[u8]>) -> Result<Vec<RowBytes>, SnapshotError> {
        let opened = self.transaction.open_table(definition(name)).map_err(redb::Error::from)?;
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let found = opened.range::<&[u8]>((from, Bound::Unbounded)).map_err(redb::Error::from)?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for row in found {
            let (key, value) = row.map_err(redb::Error::from)?;
            bytes += key.value().len() + value.value().len();
            rows.push((key.value().to_vec(), value.value().to_vec()));
            if bytes >= BLOCK_BYTES {
                break;
            }
        }
        Ok(rows)
    }
}

/// The names of all tables, in the order of the list.
pub(super) fn table_names() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);

    impl Visit for Names {
        type Error = std::convert::Infallible;

        fn visit<T: Table>(&mut self) -> Result<(), Self::Error> {
            self.0.push(T::NAME);
            Ok(())
        }
    }

    let mut names = Names(Vec::new());
    let Ok(()) = visit_all(&mut names);
    names.0
}
