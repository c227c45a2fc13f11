//! Opening the data folder: lock, log, database, the state from its rows, and the replay of what the log has more.
//!
//! Whatever is wrong is found before anything is written, and ends the start with one sentence.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::{Builder, Database, ReadableDatabase, StorageBackend};
use thiserror::Error;

use super::blame;
use super::disk::{Disk, Files};
use super::folder::{self, DATABASE_FILE, LOG_FOLDER};
use super::journal::{Journal, SEGMENT_BYTES};
use super::load;
use super::overlay::Overlay;
use super::scan::{self, LogError, Scan};
use super::store::{Shared, Store};
use super::table_thread::{self, META_APPLIED, META_FORMAT, OnFault};
use super::tables::{self, Snapshot};
use super::untouched::Untouched;
use crate::domain::{RowFault, State};
use crate::log::Index;

/// The version of the database's tables, the only one that this build writes and reads.
pub const FORMAT_VERSION: u64 = 2;

/// Where the data lies and how much memory its cache may take.
#[derive(Clone, Debug)]
pub struct Options {
    pub data_dir: PathBuf,
    pub cache_bytes: usize,
}

/// The data, open.
pub struct Opened<D: Disk = Files> {
    pub store: Store,
    pub journal: Journal<D>,
    /// As the newest entry of the log left it.
    pub state: State,
    /// The newest entry that the database held when it was opened.
    pub applied: Index,
}

/// Who carries applied batches into the tables.
pub enum TableWriter {
    /// A thread of its own, which lets rows gather for `pause` between two transactions and calls `on_fault` when a
    /// commit fails.
    Thread { pause: Duration, on_fault: OnFault },
    /// Whoever calls [`Store::carry`]: a simulation, in which nothing happens by itself.
    Caller,
}

/// Why the data cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot {action} {}: {source}{}", path.display(), advice(source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is a file, but the data needs a folder; name another with --data-dir", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} is in use by another jari; stop that one or name another folder with --data-dir", .0.display())]
    InUse(PathBuf),
    #[error("{} holds no data of jari; name its folder with --data-dir", .0.display())]
    NoData(PathBuf),
    #[error("the database {} cannot be opened: {source}; put back a backup of the whole data folder", path.display())]
    Database { path: PathBuf, source: Box<redb::Error> },
    #[error(
        "the database {} is of format {version}, written by {} jari; this one reads format {FORMAT_VERSION} only, so \
         start the jari that wrote it or name another folder with --data-dir",
        path.display(), scan::author(*version, FORMAT_VERSION)
    )]
    Format { path: PathBuf, version: u64 },
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("{0}; put back a backup of the whole data folder")]
    Row(#[from] RowFault),
}

/// Opens the data folder, or creates it.
///
/// # Errors
/// It cannot be used; nothing in it was overwritten or removed then.
pub fn open(options: &Options) -> Result<Opened, OpenError> {
    let data_dir = &options.data_dir;
    folder::create(data_dir)?;
    let lock = folder::lock(data_dir)?;
    let log_folder = data_dir.join(LOG_FOLDER);
    folder::create(&log_folder)?;
    let disk = Files::new(log_folder);
    let scan = scan::scan(&disk)?;
    let path = data_dir.join(DATABASE_FILE);
    blame::on(&path.clone(), || {
        if path.try_exists().map_err(|error| folder::fault("use", &path, error))? {
            preview(&path, &disk, &scan)?;
        }
        let database = folder::open_database(data_dir, options.cache_bytes)?;
        let salt = uuid::Uuid::new_v4().as_u64_pair().0;
        let writer = TableWriter::Thread { pause: table_thread::PAUSE, on_fault: Box::new(table_thread::end_process) };
        finish(Parts { database, path, lock: Some(lock), disk, scan, salt, segment_bytes: SEGMENT_BYTES, writer })
    })
}

/// Opens data that lies on any disk and in any database backend: for tests and simulations.
///
/// # Errors
/// It cannot be used.
pub fn open_with<D: Disk>(
    backend: impl StorageBackend,
    disk: D,
    salt: u64,
    segment_bytes: u64,
    writer: TableWriter,
) -> Result<Opened<D>, OpenError> {
    const CACHE_BYTES: usize = 16 * 1024 * 1024;
    let scan = scan::scan(&disk)?;
    let path = PathBuf::from(DATABASE_FILE);
    let database = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .create_with_backend(backend)
        .map_err(|error| database_fault(&path, error))?;
    finish(Parts { database, path, lock: None, disk, scan, salt, segment_bytes, writer })
}

struct Parts<D: Disk> {
    database: Database,
    path: PathBuf,
    lock: Option<File>,
    disk: D,
    scan: Scan,
    salt: u64,
    segment_bytes: u64,
    writer: TableWriter,
}

/// Everything behind the log's first reading and the database's opening.
fn finish<D: Disk>(parts: Parts<D>) -> Result<Opened<D>, OpenError> {
    let Parts { database, path, lock, disk, scan, salt, segment_bytes, writer } = parts;
    prepare(&database, &path)?;
    check_format(&database, &path)?;
    let snapshot = snapshot(&database, &path)?;
    let applied = applied_index(&snapshot)?;
    scan.check_against(applied, &disk)?;
    let mut state = load::state(&snapshot)?;
    let store = Store::new(Arc::new(Shared::new(Overlay::new(snapshot), database, applied, lock)));
    load::replay(&scan, &disk, applied, &mut state, &store)?;
    let journal = Journal::resume(disk, &scan, salt, segment_bytes)?;
    store.write_by(writer).map_err(|source| OpenError::Io { action: "start the thread that writes", path, source })?;
    Ok(Opened { store, journal, state, applied })
}

/// Looks at the database without touching its file, since opening it writes to it already.
fn preview(path: &Path, disk: &impl Disk, scan: &Scan) -> Result<(), OpenError> {
    const CACHE_BYTES: usize = 1024 * 1024;
    let backend = File::open(path).and_then(Untouched::new).map_err(|error| folder::fault("read", path, error))?;
    let opened = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(backend);
    let database = opened.map_err(|error| database_fault(path, error))?;
    check_format(&database, path)?;
    scan.check_against(applied_index(&snapshot(&database, path)?)?, disk)?;
    Ok(())
}

/// Creates the tables in a database that has none.
fn prepare(database: &Database, path: &Path) -> Result<(), OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    let is_empty = transaction.list_tables().map_err(|error| database_fault(path, error))?.next().is_none();
    if is_empty {
        initialise(database).map_err(|error| database_fault(path, error))?;
    }
    Ok(())
}

/// Refuses a database of another format.
pub(super) fn check_format(database: &Database, path: &Path) -> Result<(), OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    let meta = tables::meta(&transaction).map_err(|error| database_fault(path, error))?;
    let version = meta.get(&META_FORMAT.to_owned())?.unwrap_or_default();
    if version != FORMAT_VERSION {
        return Err(OpenError::Format { path: path.to_owned(), version });
    }
    Ok(())
}

/// The newest entry of the log that the tables hold.
pub(super) fn applied_index(snapshot: &Snapshot) -> Result<Index, RowFault> {
    Ok(Index(snapshot.meta.get(&META_APPLIED.to_owned())?.unwrap_or_default()))
}

/// Creates the tables and says of which format they are.
pub(super) fn initialise(database: &Database) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    tables::create_all(&transaction)?;
    tables::write_meta(&transaction, META_FORMAT, FORMAT_VERSION)?;
    transaction.commit()?;
    Ok(())
}

pub(super) fn snapshot(database: &Database, path: &Path) -> Result<Snapshot, OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    Snapshot::open(&transaction).map_err(|error| database_fault(path, error))
}

pub(super) fn database_fault(path: &Path, error: impl Into<redb::Error>) -> OpenError {
    OpenError::Database { path: path.to_owned(), source: Box::new(error.into()) }
}

/// What to do about it.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; the folder must be writable for the user that runs jari"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space and start again",
        _ => "",
    }
}
