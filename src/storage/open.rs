//! Opening the data folder: lock, log, database, the state from its rows, and the replay of what the log has more.
//!
//! Whatever is wrong is found before anything is written, and ends the start with one sentence.

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
use super::load;
use super::open_error::OpenError;
use super::outlook;
use super::overlay::Overlay;
use super::panics;
use super::scan::{self, SoundLog};
use super::staged::Staged;
use super::store::{Shared, Store};
use super::table_reader::TableReader;
use super::table_thread::{self, META_APPLIED, META_CHECKSUM, META_FORMAT, META_SALT, META_TERM, OnFault};
use super::tables::{self, PAGES_DAMAGED, Snapshot};
use crate::domain::{RowFault, State};
use crate::log::{Index, Position, Term};

/// The version of the database's tables, the only one that this build writes and reads.
pub const FORMAT_VERSION: u64 = 3;

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

/// The history that a database was written from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct History {
    pub salt: u64,
    /// How far the tables hold it.
    pub applied: Position,
}

/// The data as it was read, before anything is written.
pub(super) struct Loaded {
    pub store: Store,
    pub state: State,
    /// Of the log that goes on.
    pub salt: u64,
}

/// Opens the data folder, or creates it.
///
/// # Errors
/// It cannot be used; nothing in it was created, changed or removed then.
pub fn open(options: &Options) -> Result<Opened, OpenError> {
    let data_dir = &options.data_dir;
    let log_folder = data_dir.join(LOG_FOLDER);
    access::check_data(&[data_dir, &log_folder])?;
    let mut claim = Claim::take(data_dir)?;
    let disk = Files::new(log_folder);
    let scan = scan::scan(&disk)?;
    let path = data_dir.join(DATABASE_FILE);
    let advise = |error| outlook::advise(error, data_dir, SoundLog { disk: &disk, scan: &scan });
    let found = Found::look(&path).map_err(advise)?;
    let staged = found.stage(&path)?;
    let salt = uuid::Uuid::new_v4().as_u64_pair().0;
    let log = SoundLog { disk: &disk, scan: &scan };
    let read = read_folder(&found, &staged, options, log, salt);
    let Loaded { store, state, salt } = read.map_err(advise)?;
    let traces = Traces::of_start_in(data_dir);
    claim.complete()?;
    found.release(&staged, &path)?;
    store.keep(claim);
    let journal = Journal::resume(disk, &scan, salt, SEGMENT_BYTES)?;
    traces.stay();
    let writer = TableWriter::Thread { pause: table_thread::PAUSE, on_fault: Box::new(table_thread::end_process) };
    let applied = store.durable();
    begin(&store, writer, &path)?;
    Ok(Opened { store, journal, state, applied })
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
    let database = create(backend, &path, CACHE_BYTES)?;
    prepare(&database, &path, scan.salt.unwrap_or(salt))?;
    let Loaded { store, state, salt } = load(database, &path, SoundLog { disk: &disk, scan: &scan })?;
    let journal = Journal::resume(disk, &scan, salt, segment_bytes)?;
    let applied = store.durable();
    begin(&store, writer, &path)?;
    Ok(Opened { store, journal, state, applied })
}

/// Reads a folder's database, which may be missing when the log reaches back to its first entry. `staged` is what of it
/// the database library is let at.
pub(super) fn read_folder(
    found: &Found,
    staged: &Staged,
    options: &Options,
    log: SoundLog<'_, Files>,
    salt: u64,
) -> Result<Loaded, OpenError> {
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

/// Everything between the database's opening and the first write.
pub(super) fn load(database: Database, path: &Path, log: SoundLog<'_, impl Disk>) -> Result<Loaded, OpenError> {
    check_format(&database, path)?;
    let snapshot = snapshot(&database, path)?;
    let History { salt, applied } = history(&snapshot)?;
    log.scan.check_history(salt, applied, log.disk)?;
    let mut state = load::state(&snapshot)?;
    let store = Store::new(Arc::new(Shared::new(Overlay::new(snapshot), database, applied.index)));
    load::replay(log, applied.index, &mut state, &store)?;
    Ok(Loaded { store, state, salt })
}

fn begin(store: &Store, writer: TableWriter, path: &Path) -> Result<(), OpenError> {
    let started = store.write_by(writer);
    started.map_err(|source| OpenError::Io { action: "start the thread that writes", path: path.to_owned(), source })
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
pub(super) fn initialise(database: &Database, salt: u64) -> Result<(), redb::Error> {
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

pub(super) fn database_fault(path: &Path, error: impl Into<redb::Error>) -> OpenError {
    OpenError::Database { path: path.to_owned(), source: Box::new(error.into()) }
}
