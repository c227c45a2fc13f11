//! The rows of the running instance: what the core and the pages of the API read, and where changes go.
//!
//! Reads see everything that was put, wherever it lies by now. Nothing here knows the log or HTTP.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use redb::Database;

use super::closing::Closing;
use super::folder::Claim;
use super::open::TableWriter;
use super::overlay::Overlay;
use super::rows_at_rest::RowsAtRest;
use super::table_thread;
use crate::domain::{Change, ConcertNo, RowFault, RowKey, Rows, Table, Totals, tables};
use crate::log::{Index, Position};

/// The rows; cheap to clone. One thread takes changes in, any number reads.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What the store's clones and its table thread share. Snapshots go before the database, the lock goes last.
pub struct Shared {
    pub(super) overlay: Overlay,
    pub(super) database: Closing,
    durable: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
    claim: Mutex<Option<Claim>>,
}

impl Shared {
    pub(super) fn new(overlay: Overlay, database: Database, durable: Index) -> Self {
        Self {
            overlay,
            database: Closing::new(database),
            durable: AtomicU64::new(durable.0),
            thread: Mutex::new(None),
            claim: Mutex::new(None),
        }
    }

    pub(super) fn publish_durable(&self, index: Index) {
        self.durable.store(index.0, Ordering::Release);
    }
}

impl Store {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Keeps other processes out for as long as the store lives.
    pub(super) fn keep(&self, claim: Claim) {
        *self.shared.claim.lock() = Some(claim);
    }

    /// Everything that was applied, where nobody applies or writes any more.
    pub fn at_rest(&self) -> RowsAtRest {
        let (generation, snapshot) = self.shared.overlay.at_rest();
        RowsAtRest { generation, snapshot }
    }

    /// Says who carries what is applied into the tables.
    pub(crate) fn write_by(&self, writer: TableWriter) -> io::Result<()> {
        match writer {
            TableWriter::Thread { pause, on_fault } => {
                let thread = table_thread::start(Arc::clone(&self.shared), pause, on_fault)?;
                *self.shared.thread.lock() = Some(thread);
            }
            TableWriter::Caller => self.shared.overlay.end(),
        }
        Ok(())
    }

    /// Waits while more rows than [`super::OVERLAY_ROWS_MAX`] are on their way into the tables. To be called before
    /// each batch; within one it could not end.
    pub fn wait_for_room(&self) {
        self.shared.overlay.wait_for_room();
    }

    /// Whether more than half of the rows are on their way that may be: no time for work that nobody waits for.
    pub fn is_half_full(&self) -> bool {
        self.shared.overlay.is_half_full()
    }

    /// Takes in the changes of one command; readers see all of them or none.
    pub fn put_all(&self, changes: Vec<Change>) {
        self.shared.overlay.put_all(changes);
    }

    /// Says that every change of the history up to `position` was taken in, so that they may go into the tables.
    pub fn applied(&self, position: Position) {
        self.shared.overlay.applied(position);
    }

    /// The newest entry whose changes are durable in the tables: the log may be purged up to it.
    pub fn durable(&self) -> Index {
        Index(self.shared.durable.load(Ordering::Acquire))
    }

    /// Rows that are on their way into the tables.
    pub fn rows_pending(&self) -> usize {
        self.shared.overlay.rows()
    }

    /// Carries what was applied into the tables, on the caller's thread. Only for a store that was opened without a
    /// table thread.
    ///
    /// # Errors
    /// The database fails.
    pub fn carry(&self) -> Result<(), redb::Error> {
        match self.shared.overlay.freeze() {
            Some(frozen) => table_thread::carry(&self.shared, frozen),
            None => Ok(()),
        }
    }

    /// Carries everything that was applied into the tables and ends the table thread. Reads go on.
    ///
    /// # Errors
    /// The database fails, where there is no table thread to tell it.
    ///
    /// # Panics
    /// When the table thread panicked.
    pub fn stop(&self) -> Result<(), redb::Error> {
        self.shared.overlay.drain();
        if let Some(thread) = self.shared.thread.lock().take() {
            thread.join().expect("the table thread does not panic");
        }
        self.carry()
    }

    /// What is counted over everything, as of the newest command that was taken in.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn totals(&self) -> Result<Totals, RowFault> {
        Ok(self.get::<tables::Totals>(&())?.unwrap_or_default())
    }
}

impl Rows for Store {
    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        match self.shared.overlay.look(|layer| layer.of::<T>().get(key).cloned()) {
            Ok(row) => Ok(row),
            Err(snapshot) => T::of(&snapshot).get(key),
        }
    }

    fn each_of_concert<T, K>(&self, concert: ConcertNo, mut visit: impl FnMut(K, T::Row)) -> Result<(), RowFault>
    where
        T: Table<Key = (ConcertNo, K)>,
        K: RowKey,
    {
        let mut above: BTreeMap<K, Option<T::Row>> = BTreeMap::new();
        let below = self.shared.overlay.look(|layer| {
            // Newest first: what an older layer says of the same key does not count.
            for ((_, key), row) in layer.of::<T>().iter().filter(|((of, _), _)| *of == concert) {
                above.entry(key.clone()).or_insert_with(|| row.clone());
            }
            None::<Infallible>
        });
        let Err(snapshot) = below;
        for row in T::of(&snapshot).of_concert(concert)? {
            let ((_, key), row) = row?;
            if !above.contains_key(&key) {
                visit(key, row);
            }
        }
        for (key, row) in above {
            if let Some(row) = row {
                visit(key, row);
            }
        }
        Ok(())
    }
}
