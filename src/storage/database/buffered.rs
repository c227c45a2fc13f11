//! A database with a buffer of rows over it, and the checkpoint: one durable transaction of whole log entries with the
//! index that they reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::closing::Closing;
use super::meta;
use super::overlay::{Generation, Overlay};
use super::tables::Snapshot;
use crate::log::{Index, LogId, Position};
use crate::telemetry::metrics;

/// Rows that were written in place of all others and that are not committed. While they wait nobody else writes.
pub(crate) struct UncommittedRows {
    /// The newest entry that they hold.
    pub id: LogId,
    pub transaction: WriteTransaction,
}

/// An open database and the rows that it does not hold yet. Snapshots and transactions go before the database.
pub(crate) struct BufferedDatabase {
    overlay: Overlay,
    /// Locked while anybody writes.
    staged: Mutex<Option<UncommittedRows>>,
    database: Closing,
    /// The newest entry whose changes are durable in the tables.
    durable: AtomicU64,
}

impl BufferedDatabase {
    /// A database of which `snapshot` was read, and which holds the history as far as `durable`.
    pub(crate) fn new(database: Database, snapshot: Snapshot, durable: Position) -> Self {
        let overlay = Overlay::new(snapshot, durable);
        let durable = AtomicU64::new(durable.index().0);
        Self { overlay, staged: Mutex::default(), database: Closing::new(database), durable }
    }

    /// The rows over it.
    pub(crate) fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The database below.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// What is staged; nobody writes meanwhile.
    pub(crate) fn staged(&self) -> MutexGuard<'_, Option<UncommittedRows>> {
        self.staged.lock()
    }

    /// The tables as they are now, for a snapshot of them.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) fn begin_read(&self) -> Result<ReadTransaction, redb::Error> {
        Ok(self.database.begin_read()?)
    }

    /// The newest entry whose changes are durable in the tables.
    pub(crate) fn durable(&self) -> Index {
        Index(self.durable.load(Ordering::Acquire))
    }

    /// Notes that the tables hold every entry up to this one.
    pub(crate) fn note_durable(&self, applied: Index) {
        self.durable.fetch_max(applied.0, Ordering::Release);
    }

    /// Writes what was applied into the tables, on the caller's thread.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) fn checkpoint(&self) -> Result<(), redb::Error> {
        match self.overlay.freeze() {
            Some(frozen) => self.write(frozen),
            None => Ok(()),
        }
    }

    /// Writes a frozen generation and lets reads go to the tables.
    ///
    /// # Errors
    /// The database fails; what it holds then is what it held before, or all of the generation.
    pub(crate) fn write(&self, frozen: Arc<Generation>) -> Result<(), redb::Error> {
        let started = Instant::now();
        let mut staged = self.staged();
        // It may wait for whoever waits for this: then it is written once more.
        *staged = None;
        commit(&self.database, &frozen)?;
        drop(staged);
        metrics::TABLE_COMMIT_SECONDS.record(started.elapsed().as_secs_f64());
        let snapshot = Snapshot::open(&self.database.begin_read()?)?;
        let applied = frozen.applied.index();
        assert!(applied >= self.durable(), "a checkpoint never goes back");
        self.overlay.written(frozen, snapshot);
        self.note_durable(applied);
        Ok(())
    }
}

fn commit(database: &Database, generation: &Generation) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    // Opening after a crash then takes milliseconds and not a walk over all pages.
    transaction.set_quick_repair(true);
    generation.rows.write(&transaction)?;
    meta::write_applied(&transaction, generation.applied)?;
    transaction.commit()?;
    Ok(())
}
