//! The rows of the running instance: what the core and the pages of the API read, and where changes go.
//!
//! Reads see everything that was put, wherever it lies by now. Nothing here knows the log or HTTP.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use super::data_folder::FolderLock;
use super::database::{self, BufferedDatabase, Checkpointer, Overlay};
use super::log::Disk;
use super::rows_at_rest::RowsAtRest;
use super::snapshot::{self, Export, Offer, ReceivedSnapshot, Replacement, SnapshotError};
use crate::domain::{Change, ConcertNo, RowFault, RowKey, Rows, Table, Totals, WholeTables, tables};
use crate::log::{Index, Position};

/// The rows; cheap to clone. One thread takes changes in, any number reads.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What the store's clones and its checkpoint thread share. The lock goes last.
struct Shared {
    database: BufferedDatabase,
    offer: Offer,
    thread: Mutex<Option<JoinHandle<()>>>,
    lock: Mutex<Option<FolderLock>>,
}

impl AsRef<BufferedDatabase> for Shared {
    fn as_ref(&self) -> &BufferedDatabase {
        &self.database
    }
}

impl Store {
    /// The rows of a database. Nobody writes checkpoints yet.
    pub(super) fn new(database: BufferedDatabase) -> Self {
        let (offer, thread, lock) = Default::default();
        Self { shared: Arc::new(Shared { database, offer, thread, lock }) }
    }

    /// Keeps other processes out for as long as the store lives.
    pub(super) fn keep(&self, lock: FolderLock) {
        *self.shared.lock.lock() = Some(lock);
    }

    /// Everything that was applied, where nobody applies or writes any more.
    pub fn at_rest(&self) -> RowsAtRest {
        RowsAtRest::of(self.shared.database.overlay().at_rest())
    }

    /// The rows that are not in the tables yet, over those that are.
    pub(super) fn overlay(&self) -> &Overlay {
        self.shared.database.overlay()
    }

    /// Says who writes checkpoints.
    pub(super) fn checkpoint_by(&self, checkpointer: Checkpointer) -> io::Result<()> {
        match checkpointer {
            Checkpointer::Thread { pause, on_fault } => {
                let thread = database::start(Arc::clone(&self.shared), pause, on_fault)?;
                *self.shared.thread.lock() = Some(thread);
            }
            Checkpointer::Caller => self.shared.database.overlay().end(),
        }
        Ok(())
    }

    /// Waits while more rows than [`super::OVERLAY_ROWS_MAX`] are on their way into the tables. To be called before
    /// each batch; within one it could not end.
    pub fn wait_for_room(&self) {
        self.shared.database.overlay().wait_for_room();
    }

    /// Whether more than half of the rows are on their way that may be: no time for work that nobody waits for.
    pub fn is_half_full(&self) -> bool {
        self.shared.database.overlay().is_half_full()
    }

    /// Takes in the changes of one command; readers see all of them or none.
    pub fn put_all(&self, changes: Vec<Change>) {
        self.shared.database.overlay().put_all(changes);
    }

    /// Says that every change of the history up to `position` was taken in, so that they may go into the tables.
    pub fn applied(&self, position: Position) {
        self.shared.database.overlay().applied(position);
    }

    /// The tables as they are now, for another instance.
    ///
    /// # Errors
    /// The database fails.
    pub fn export(&self) -> Result<Export, SnapshotError> {
        Export::of(self.shared.database.begin_read()?, Arc::clone(&self.shared.offer))
    }

    /// The tables as other instances are sent them: as one is sent them now, or was until its transfer broke off a moment ago,
    /// while that is offered; else as they are now, which is offered from then on. So no export is of an earlier entry than
    /// the one before.
    ///
    /// # Errors
    /// The database fails.
    pub fn export_to_send(&self) -> Result<Export, SnapshotError> {
        Export::offered(&self.shared.offer, || self.export())
    }

    /// Writes the rows of a snapshot so that [`Store::replace`] has only to commit them, in the time of whoever calls this.
    /// Nobody sees anything of them; a checkpoint that comes between undoes it.
    ///
    /// # Errors
    /// The database or the disk fails.
    pub fn stage(&self, snapshot: &ReceivedSnapshot<impl Disk>) -> Result<(), SnapshotError> {
        snapshot::stage(snapshot, &self.shared.database)
    }

    /// Undoes that, where the snapshot was not installed.
    pub fn unstage(&self) {
        *self.shared.database.staged() = None;
    }

    /// Puts the rows of a snapshot in place of all rows. Nobody takes rows in until it is published.
    ///
    /// # Errors
    /// The database or the disk fails: then the rows are as they were.
    pub fn replace(&self, with: &ReceivedSnapshot<impl Disk>) -> Result<Replacement<'_>, SnapshotError> {
        let replacement = snapshot::install(with, &self.shared.database)?;
        // They are later rows than any that were sent.
        *self.shared.offer.lock() = Weak::new();
        Ok(replacement)
    }

    /// How far the history has come that was taken in.
    pub fn position(&self) -> Position {
        self.shared.database.overlay().position()
    }

    /// The newest entry whose changes are durable in the tables: the log may be purged up to it.
    pub fn durable(&self) -> Index {
        self.shared.database.durable()
    }

    /// Rows that are on their way into the tables.
    pub fn rows_pending(&self) -> usize {
        self.shared.database.overlay().rows()
    }

    /// Writes what was applied into the tables, on the caller's thread. Only for a store whose caller writes checkpoints.
    ///
    /// # Errors
    /// The database fails.
    pub fn checkpoint(&self) -> Result<(), redb::Error> {
        self.shared.database.checkpoint()
    }

    /// Has everything written into the tables that was applied, and waits for it. Nobody applies meanwhile.
    ///
    /// # Errors
    /// The database fails, where there is no thread to tell it.
    pub fn write_out(&self) -> Result<(), redb::Error> {
        self.shared.database.overlay().wait_until_written();
        self.checkpoint()
    }

    /// Writes everything that was applied into the tables and ends the checkpoint thread. Reads go on.
    ///
    /// # Errors
    /// The database fails, where there is no thread to tell it.
    ///
    /// # Panics
    /// When the thread panicked.
    pub fn stop(&self) -> Result<(), redb::Error> {
        self.shared.database.overlay().drain();
        if let Some(thread) = self.shared.thread.lock().take() {
            thread.join().expect("the checkpoint thread does not panic");
        }
        self.checkpoint()
    }

    /// What is counted over everything, as of the newest command that was taken in.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn totals(&self) -> Result<Totals, RowFault> {
        Ok(self.get::<tables::Totals>(&())?.unwrap_or_default())
    }
}

impl WholeTables for Store {
    fn each<T: Table>(&self, mut visit: impl FnMut(T::Key, T::Row)) -> Result<(), RowFault> {
        for row in self.at_rest().all::<T>()? {
            let (key, row) = row?;
            visit(key, row);
        }
        Ok(())
    }
}

impl Rows for Store {
    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        match self.shared.database.overlay().look(|layer| layer.of::<T>().get(key).cloned()) {
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
        let below = self.shared.database.overlay().look(|layer| {
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
