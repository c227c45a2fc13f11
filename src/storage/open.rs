//! Opening the data folder: lock, log, database. Nothing is applied here.
//!
//! Whatever is wrong is found before anything is written, and ends the start with one sentence. So opening has two steps:
//! [`read`] looks at everything, and what the log has more is applied over [`DataAtRest::store`], in memory; then
//! [`DataAtRest::begin`] writes.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::{Builder, Database, ReadableDatabase, StorageBackend};

use super::access;
use super::disk::{Disk, Files};
use super::folder::{Claim, DATABASE_FILE, Found, LOG_FOLDER, Traces};
use super::journal::{Journal, SEGMENT_BYTES};
use super::open_error::OpenError;
use super::outlook;
use super::overlay::Overlay;
use super::scan::{self, Scan, SoundLog};
use super::staged::Staged;
use super::store::{Shared, Store};
use super::table_reader::TableReader;
use super::table_thread::{self, META_APPLIED, META_CHECKSUM, META_FORMAT, META_SALT, META_TERM, OnFault};
use super::tables::{self, PAGES_DAMAGED, Snapshot};
use crate::domain::RowFault;
use crate::log::{Index, Position, Term};
use crate::panics;

/// The version of the database's tables, the only one that this build writes and reads.
pub const FORMAT_VERSION: u64 = 4;

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
    /// The newest entry that the database held when it was opened.
    pub applied: Index,
}

/// Data that was read and that nothing was written to.
pub struct DataAtRest<D: Disk = Files> {
    store: Store,
    disk: D,
    scan: Scan,
    /// Of the log that goes on.
    salt: u64,
    segment_bytes: u64,
    database: PathBuf,
    folder: Option<FolderAtRest>,
}

/// What a folder needs for its first write.
struct FolderAtRest {
    data_dir: PathBuf,
    claim: Claim,
    found: Found,
    staged: Staged,
}

/// Who carries applied batches into the tables.
pub enum TableWriter {
    /// A thread of its own, which lets rows gather for `pause` between two transactions and calls `on_fault` when a
    /// commit fails.
    Thread { pause: Duration, on_fault: OnFault },
    /// Whoever calls [`Store::carry`]: a simulation, in which nothing happens by itself.
    Caller,
}

impl TableWriter {
    /// A thread that writes now and then and ends the process when a commit fails.
    pub fn of_server() -> Self {
        Self::Thread { pause: table_thread::PAUSE, on_fault: Box::new(table_thread::end_process) }
    }
}

/// The history that a database was written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History {
    pub salt: u64,
    /// How far the tables hold it.
    pub applied: Position,
}

/// Reads the data folder, which may not be there yet.
///
/// # Errors
/// It cannot be used; nothing in it was created, changed or removed.
pub fn read(options: &Options) -> Result<DataAtRest, OpenError> {
    let data_dir = &options.data_dir;
    let log_folder = data_dir.join(LOG_FOLDER);
    access::check_data(&[data_dir, &log_folder])?;
    let claim = Claim::take(data_dir)?;
    let disk = Files::new(log_folder);
    let scan = scan::scan(&disk)?;
    let database = data_dir.join(DATABASE_FILE);
    let advise = |error| outlook::advise(error, data_dir, SoundLog { disk: &disk, scan: &scan });
    let found = Found::look(&database).map_err(advise)?;
    let staged = found.stage(&database)?;
    let salt = uuid::Uuid::new_v4().as_u64_pair().0;
    let read = read_database(&found, &staged, options, SoundLog { disk: &disk, scan: &scan }, salt);
    let (store, salt) = read.map_err(advise)?;
    let folder = Some(FolderAtRest { data_dir: data_dir.clone(), claim, found, staged });
    Ok(DataAtRest { store, disk, scan, salt, segment_bytes: SEGMENT_BYTES, database, folder })
}

/// Reads data that lies on any disk and in any database backend: for tests and simulations.
///
/// # Errors
/// It cannot be used.
pub fn read_with<D: Disk>(
    backend: impl StorageBackend,
    disk: D,
    salt: u64,
    segment_bytes: u64,
) -> Result<DataAtRest<D>, OpenError> {
    const CACHE_BYTES: usize = 16 * 1024 * 1024;
    let scan = scan::scan(&disk)?;
    let path = PathBuf::from(DATABASE_FILE);
    let database = create(backend, &path, CACHE_BYTES)?;
    prepare(&database, &path, scan.salt.unwrap_or(salt))?;
    let (store, salt) = load(database, &path, SoundLog { disk: &disk, scan: &scan })?;
    Ok(DataAtRest { store, disk, scan, salt, segment_bytes, database: path, folder: None })
}

/// Reads a folder's database, which may be missing when the log reaches back to its first entry: its rows, and the salt
/// of the log that goes on. `staged` is what of it the database library is let at.
pub(crate) fn read_database(
    found: &Found,
    staged: &Staged,
    options: &Options,
    log: SoundLog<'_, Files>,
    salt: u64,
) -> Result<(Store, u64), OpenError> {
    let path = options.data_dir.join(DATABASE_FILE);
    let read = || {
        let database = create(staged.clone(), &path, options.cache_bytes)?;
        match found {
            Found::There(_) if is_empty(&database, &path)? => {
                return Err(OpenError::Damaged { path: path.clone(), what: "it has no tables" });
            }
            Found::There(_) => {}
            Found::Missing if !log.scan.reaches_back() => return Err(OpenError::Missing(path.clone())),
            Found::Missing => prepare(&database, &path, log.scan.salt.unwrap_or(salt))?,
        }
        load(database, &path, log)
    };
    panics::caught(read).unwrap_or_else(|_| Err(OpenError::Damaged { path: path.clone(), what: PAGES_DAMAGED }))
}

/// The rows of a database that belongs to the log, and the salt of both.
pub(crate) fn load(database: Database, path: &Path, log: SoundLog<'_, impl Disk>) -> Result<(Store, u64), OpenError> {
    check_format(&database, path)?;
    let snapshot = snapshot(&database, path)?;
    let History { salt, applied } = history(&snapshot)?;
    log.scan.check_history(salt, applied, log.disk)?;
    Ok((Store::new(Arc::new(Shared::new(Overlay::new(snapshot), database, applied.index))), salt))
}

impl<D: Disk> DataAtRest<D> {
    /// The rows; what is put over them stays in memory until [`DataAtRest::begin`].
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The log as it was found.
    pub fn log(&self) -> SoundLog<'_, D> {
        SoundLog { disk: &self.disk, scan: &self.scan }
    }

    /// Writes for the first time: completes the folder and opens the log for appending.
    ///
    /// # Errors
    /// It cannot be written to. What was created is removed again.
    pub fn begin(self, writer: TableWriter) -> Result<Opened<D>, OpenError> {
        let Self { store, disk, scan, salt, segment_bytes, database, folder } = self;
        let traces = match folder {
            Some(FolderAtRest { data_dir, mut claim, found, staged }) => {
                let traces = Traces::of_start_in(&data_dir);
                claim.complete()?;
                found.release(&staged, &database)?;
                store.keep(claim);
                Some(traces)
            }
            None => None,
        };
        let journal = Journal::resume(disk, &scan, salt, segment_bytes)?;
        if let Some(traces) = traces {
            traces.stay();
        }
        let applied = store.durable();
        store.write_by(writer).map_err(|source| OpenError::Io {
            action: "start the thread that writes",
            path: database,
            source,
        })?;
        Ok(Opened { store, journal, applied })
    }
}

impl DataAtRest {
    /// Adds to an error what can be done about it in this folder.
    pub fn advise(&self, error: OpenError) -> OpenError {
        match &self.folder {
            Some(folder) => outlook::advise(error, &folder.data_dir, self.log()),
            None => error,
        }
    }
}

pub(super) fn create(backend: impl StorageBackend, path: &Path, cache_bytes: usize) -> Result<Database, OpenError> {
    let created = Builder::new().set_cache_size(cache_bytes).create_with_backend(backend);
    created.map_err(|error| database_fault(path, error))
}

fn is_empty(database: &Database, path: &Path) -> Result<bool, OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    Ok(transaction.list_tables().map_err(|error| database_fault(path, error))?.next().is_none())
}

/// Creates the tables in a database that has none.
fn prepare(database: &Database, path: &Path, salt: u64) -> Result<(), OpenError> {
    if is_empty(database, path)? {
        initialise(database, salt).map_err(|error| database_fault(path, error))?;
    }
    Ok(())
}

/// Refuses a database of another format.
pub(super) fn check_format(database: &Database, path: &Path) -> Result<(), OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    let meta = tables::meta(&transaction).map_err(|error| database_fault(path, error))?;
    let version = told(&meta, META_FORMAT)?;
    if version != FORMAT_VERSION {
        return Err(OpenError::Format { path: path.to_owned(), version });
    }
    Ok(())
}

/// The history that the tables hold.
pub(super) fn history(snapshot: &Snapshot) -> Result<History, RowFault> {
    let number = |key| told(&snapshot.meta, key);
    let applied = Position {
        index: Index(number(META_APPLIED)?),
        term: Term(number(META_TERM)?),
        checksum: number(META_CHECKSUM)?,
    };
    Ok(History { salt: number(META_SALT)?, applied })
}

/// What a database says of itself; it says all of it from its creation on.
fn told(meta: &TableReader<String, u64>, key: &str) -> Result<u64, RowFault> {
    meta.get(&key.to_owned())?.ok_or_else(|| RowFault(format!("row {key} of table meta is missing")))
}

/// Creates the tables and says of which format they are, and to which log they belong.
pub(crate) fn initialise(database: &Database, salt: u64) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    tables::create_all(&transaction)?;
    tables::write_meta(&transaction, META_FORMAT, FORMAT_VERSION)?;
    tables::write_meta(&transaction, META_SALT, salt)?;
    table_thread::write_applied(&transaction, Position::default())?;
    transaction.commit()?;
    Ok(())
}

pub(super) fn snapshot(database: &Database, path: &Path) -> Result<Snapshot, OpenError> {
    let transaction = database.begin_read().map_err(|error| database_fault(path, error))?;
    Snapshot::open(&transaction).map_err(|error| database_fault(path, error))
}

pub(crate) fn database_fault(path: &Path, error: impl Into<redb::Error>) -> OpenError {
    OpenError::Database { path: path.to_owned(), source: Box::new(error.into()) }
}
