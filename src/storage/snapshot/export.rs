//! The tables of one moment as blocks.

use std::ops::Bound;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use redb::{ReadTransaction, ReadableTableMetadata};

use super::block::{BLOCK_BYTES, Block, Chain, Reached, RowBytes, SnapshotHead};
use super::error::SnapshotError;
use crate::domain::tables::{Visit, visit_all};
use crate::domain::{MembersRow, Table, tables};
use crate::storage::database::{FORMAT_VERSION, Meta, TableReader, definition};

/// The tables as one committed transaction left them, given block by block. While it lives the database keeps what has
/// changed since.
pub struct Export {
    source: Arc<Source>,
    at: Point,
    /// Blocks that were given.
    blocks: usize,
}

/// What exports of one moment are read from. It lets another transfer go on where one broke off, as long as it is offered.
#[derive(Clone)]
pub struct ExportSource(Arc<Source>);

/// The source that is offered to the next export that is sent, for as long as somebody holds it.
pub(in crate::storage) type Offer = Arc<Mutex<Weak<Source>>>;

/// A transaction, and where each block of it that was ever read ends.
pub(in crate::storage) struct Source {
    transaction: ReadTransaction,
    head: SnapshotHead,
    ends: Mutex<Vec<Point>>,
    offer: Offer,
}

/// A place between two blocks.
#[derive(Clone)]
struct Point {
    chain: Chain,
    next: Next,
    rows: u64,
}

/// What comes next.
#[derive(Clone)]
enum Next {
    Head,
    /// Rows of the table of this number, behind a key.
    Rows(usize, Option<Vec<u8>>),
    Nothing,
}

impl ExportSource {
    /// Has it offered no more.
    pub fn withdraw(&self) {
        let mut offered = self.0.offer.lock();
        if offered.ptr_eq(&Arc::downgrade(&self.0)) {
            *offered = Weak::new();
        }
    }
}

impl Export {
    /// # Errors
    /// The database fails.
    pub(in crate::storage) fn of(transaction: ReadTransaction, offer: Offer) -> Result<Self, SnapshotError> {
        let applied = Meta::at(&transaction)?.history()?.applied;
        let members: TableReader<(), MembersRow> = TableReader::open(&transaction, tables::Members::NAME)?;
        let head = SnapshotHead { format: FORMAT_VERSION, id: applied.id, members: members.get(&())? };
        Ok(Self::from_start(Arc::new(Source { transaction, head, ends: Mutex::default(), offer })))
    }

    /// What is offered, from its first block on; else another one, which is offered from then on.
    ///
    /// # Errors
    /// Those of the other one.
    pub(in crate::storage) fn offered(
        offer: &Offer,
        otherwise: impl FnOnce() -> Result<Self, SnapshotError>,
    ) -> Result<Self, SnapshotError> {
        let mut offered = offer.lock();
        if let Some(source) = offered.upgrade() {
            return Ok(Self::from_start(source));
        }
        let export = otherwise()?;
        *offered = Arc::downgrade(&export.source);
        Ok(export)
    }

    fn from_start(source: Arc<Source>) -> Self {
        Self { source, at: Point { chain: Chain::default(), next: Next::Head, rows: 0 }, blocks: 0 }
    }

    /// What it is of.
    pub fn head(&self) -> &SnapshotHead {
        &self.source.head
    }

    /// What it is read from.
    pub fn source(&self) -> ExportSource {
        ExportSource(Arc::clone(&self.source))
    }

    /// Whether blocks of its source were read before, so that somebody may have some of them.
    pub fn was_begun(&self) -> bool {
        !self.source.ends.lock().is_empty()
    }

    /// Goes on behind the blocks that somebody has; says whether they are those of its source. Else it is where it was.
    #[must_use]
    pub fn go_on_behind(&mut self, reached: &Reached) -> bool {
        let Some(blocks) = usize::try_from(reached.blocks).ok().filter(|blocks| *blocks > 0) else { return false };
        let end = self.source.ends.lock().get(blocks - 1).filter(|end| end.chain.hash() == reached.hash).cloned();
        let Some(end) = end else { return false };
        (self.at, self.blocks) = (end, blocks);
        true
    }

    /// The bytes of the next block; `None` behind the last.
    ///
    /// # Errors
    /// The database fails.
    pub fn next_block(&mut self) -> Result<Option<Vec<u8>>, SnapshotError> {
        let (block, next) = match std::mem::replace(&mut self.at.next, Next::Nothing) {
            Next::Head => {
                let head = Block::Head { head: self.head().clone(), bytes: self.table_bytes()? };
                (head, Next::Rows(0, None))
            }
            Next::Rows(table, behind) => self.next_rows(table, behind)?,
            Next::Nothing => return Ok(None),
        };
        self.at.next = next;
        let bytes = self.at.chain.encode(&block);
        let mut ends = self.source.ends.lock();
        if ends.len() == self.blocks {
            ends.push(self.at.clone());
        }
        self.blocks += 1;
        Ok(Some(bytes))
    }

    /// Bytes that the rows take in the tables, with what holds them together. All pages are looked at for it.
    fn table_bytes(&self) -> Result<u64, SnapshotError> {
        let mut bytes = 0;
        for name in table_names() {
            let table = self.source.transaction.open_table(definition(name)).map_err(redb::Error::from)?;
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
                self.at.rows += rows.len() as u64;
                return Ok((Block::Rows { table: (*name).to_owned(), rows }, next));
            }
            (table, behind) = (table + 1, None);
        }
        Ok((Block::End { rows: self.at.rows }, Next::Nothing))
    }

    fn rows_behind(&self, name: &str, key: Option<&[u8]>) -> Result<Vec<RowBytes>, SnapshotError> {
        let opened = self.source.transaction.open_table(definition(name)).map_err(redb::Error::from)?;
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
