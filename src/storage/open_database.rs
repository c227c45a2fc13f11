//! Opening a database: its format, its history and its rows, with every fault as the error that a start tells.

use std::path::Path;

use redb::{Builder, Database, ReadableDatabase, StorageBackend};

use super::database::{BufferedDatabase, FORMAT_VERSION, History, Meta, Snapshot, initialise};
use super::log::{Disk, LogError, SoundLog};
use super::open_error::OpenError;
use super::snapshot::{self, ReceivedSnapshot, SnapshotHead};
use super::store::Store;
use crate::log::Position;

/// Opens what a backend holds; an empty one becomes a database without tables.
pub(super) fn create(backend: impl StorageBackend, path: &Path, cache_bytes: usize) -> Result<Database, OpenError> {
    let created = Builder::new().set_cache_size(cache_bytes).create_with_backend(backend);
    created.map_err(|error| OpenError::database(path, error))
}

/// Whether a database has no tables.
pub(super) fn is_empty(database: &Database, path: &Path) -> Result<bool, OpenError> {
    let transaction = database.begin_read().map_err(|error| OpenError::database(path, error))?;
    Ok(transaction.list_tables().map_err(|error| OpenError::database(path, error))?.next().is_none())
}

/// Creates the tables in a database that has none.
pub(super) fn prepare(database: &Database, path: &Path, salt: u64) -> Result<(), OpenError> {
    if is_empty(database, path)? {
        initialise(database, salt).map_err(|error| OpenError::database(path, error))?;
    }
    Ok(())
}

/// The history and the rows of a database of this build's format.
pub(super) fn read(database: &Database, path: &Path) -> Result<(History, Snapshot), OpenError> {
    let fault = |error| OpenError::database(path, error);
    let meta = Meta::of(database).map_err(fault)?;
    let version = meta.format_version()?;
    if version != FORMAT_VERSION {
        return Err(OpenError::Format { path: path.to_owned(), version });
    }
    let transaction = database.begin_read().map_err(|error| fault(error.into()))?;
    let snapshot = Snapshot::open(&transaction).map_err(fault)?;
    Ok((meta.history()?, snapshot))
}

/// What a start finds.
pub(super) struct Loaded<D: Disk> {
    pub store: Store,
    /// Of database and log.
    pub salt: u64,
    /// A snapshot whose installation was broken off: the tables have it, and the log is to go through it.
    pub received: Option<ReceivedSnapshot<D>>,
}

/// The rows of a database that belongs to the log; those of a snapshot whose installation a crash broke off, where there
/// is one.
pub(super) fn load_or_install<D: Disk>(
    database: Database,
    path: &Path,
    log: &SoundLog<D>,
) -> Result<Loaded<D>, OpenError> {
    let (History { salt, applied }, snapshot) = read(&database, path)?;
    let received = match ReceivedSnapshot::left_over(log.disk().clone())? {
        Some(received) if !is_through(received.head(), applied, log)? => Some(received),
        Some(_) | None => None,
    };
    let buffered = BufferedDatabase::new(database, snapshot, applied);
    match &received {
        Some(received) if applied.index() < received.head().id.index => {
            snapshot::install(received, &buffered)?.publish();
        }
        Some(_) => {}
        None => log.check_history(salt, applied)?,
    }
    Ok(Loaded { store: Store::new(buffered), salt, received })
}

/// Whether tables and log both go on from a snapshot, so that it says nothing any more.
fn is_through(
    SnapshotHead { id, .. }: &SnapshotHead,
    applied: Position,
    log: &SoundLog<impl Disk>,
) -> Result<bool, LogError> {
    let is_held = |held: Position| held.id == *id;
    let in_log = log.purged().index > id.index || log.position_at(id.index)?.is_some_and(is_held);
    Ok(applied.index() >= id.index && in_log)
}
