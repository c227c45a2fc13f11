//! Opening the data folder: lock, log, database. Nothing is applied here.
//!
//! Whatever is wrong is found before anything is written, and ends the start with one sentence. So opening has two steps:
//! [`read`] looks at everything, and what the log has more is applied over [`DataAtRest::store`], in memory; then
//! [`DataAtRest::begin`] writes.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use redb::StorageBackend;

use super::data_folder::{DATABASE_FILE, FolderLock, FoundDatabase, LOG_FOLDER, Traces, check_folder};
use super::database::{Checkpointer, PAGES_DAMAGED, WriteBackFile};
use super::log::{AnyDisk, Disk, Files, LogWriter, SEGMENT_BYTES, SoundLog};
use super::open_database::{self, Loaded};
use super::open_error::OpenError;
use super::outlook::{self, Base};
use super::snapshot::{self, ReceivedSnapshot};
use super::store::Store;
use crate::log::{Index, LogId, Vote};
use crate::panics;
use crate::random_ids::random_id;

/// Where the data lies and how much memory its cache may take.
#[derive(Clone, Debug)]
pub struct Options {
    pub data_dir: PathBuf,
    pub cache_bytes: usize,
}

/// The data, open.
pub struct Opened<D: Disk = AnyDisk> {
    pub store: Store,
    pub log: LogWriter<D>,
    /// The newest entry that the database held when it was opened.
    pub applied: Index,
}

/// Data that was read and that nothing was written to.
pub struct DataAtRest<D: Disk = AnyDisk> {
    store: Store,
    log: SoundLog<D>,
    /// A snapshot that the log is to go through.
    received: Option<ReceivedSnapshot<D>>,
    /// Of the log that goes on.
    salt: u64,
    segment_bytes: u64,
    database: PathBuf,
    folder: Option<FolderAtRest>,
}

/// What a folder needs for its first write.
struct FolderAtRest {
    data_dir: PathBuf,
    lock: FolderLock,
    found: FoundDatabase,
    buffered: WriteBackFile,
}

/// Reads the data folder, which may not be there yet.
///
/// # Errors
/// It cannot be used; nothing in it was created, changed or removed.
pub fn read(options: &Options) -> Result<DataAtRest, OpenError> {
    let data_dir = &options.data_dir;
    check_folder(data_dir)?;
    let lock = FolderLock::take(data_dir)?;
    let log = read_log(data_dir)?;
    let database = data_dir.join(DATABASE_FILE);
    let advise = |error| outlook::advise(error, data_dir, &log);
    let found = FoundDatabase::look(&database).map_err(advise)?;
    let buffered = found.buffered(&database)?;
    let salt = random_id() as u64;
    let loaded = read_database(&found, &buffered, options, &log, salt);
    let Loaded { store, salt, received } = loaded.map_err(advise)?;
    let folder = Some(FolderAtRest { data_dir: data_dir.clone(), lock, found, buffered });
    Ok(DataAtRest { store, log, received, salt, segment_bytes: SEGMENT_BYTES, database, folder })
}

/// Reads the log of a data folder.
///
/// # Errors
/// It is damaged, of another format, or unreadable.
pub(crate) fn read_log(data_dir: &Path) -> Result<SoundLog, OpenError> {
    Ok(SoundLog::read(AnyDisk::new(Files::new(data_dir.join(LOG_FOLDER))))?)
}

/// Reads a database as a start would, with the log beside it; nothing is changed.
///
/// # Errors
/// It cannot be read, or does not belong to the log.
pub(crate) fn rehearse(base: &Base, options: &Options, log: &SoundLog) -> Result<Store, OpenError> {
    let path = options.data_dir.join(DATABASE_FILE);
    let found = match base {
        Base::Own => FoundDatabase::look(&path)?,
        Base::Copy(copy) => FoundDatabase::There(File::open(copy).map_err(|error| OpenError::io("read", copy, error))?),
        Base::Empty => FoundDatabase::Missing,
    };
    let buffered = found.buffered(&path)?;
    Ok(read_database(&found, &buffered, options, log, 0)?.store)
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
    let log = SoundLog::read(disk)?;
    let path = PathBuf::from(DATABASE_FILE);
    let database = open_database::create(backend, &path, CACHE_BYTES)?;
    open_database::prepare(&database, &path, log.salt().unwrap_or(salt))?;
    let Loaded { store, salt, received } = open_database::load_or_install(database, &path, &log)?;
    Ok(DataAtRest { store, log, received, salt, segment_bytes, database: path, folder: None })
}

/// Reads a folder's database, which may be missing when the log reaches back to its first entry: its rows, and the salt
/// of the log that goes on. `buffered` is what of it the database library is let at.
fn read_database(
    found: &FoundDatabase,
    buffered: &WriteBackFile,
    options: &Options,
    log: &SoundLog,
    salt: u64,
) -> Result<Loaded<AnyDisk>, OpenError> {
    let path = options.data_dir.join(DATABASE_FILE);
    let read = || {
        let database = open_database::create(buffered.clone(), &path, options.cache_bytes)?;
        match found {
            FoundDatabase::There(_) if open_database::is_empty(&database, &path)? => {
                return Err(OpenError::Damaged { path: path.clone(), what: "it has no tables" });
            }
            FoundDatabase::There(_) => {}
            FoundDatabase::Missing if !log.reaches_back() => return Err(OpenError::Missing(path.clone())),
            FoundDatabase::Missing => open_database::prepare(&database, &path, log.salt().unwrap_or(salt))?,
        }
        open_database::load_or_install(database, &path, log)
    };
    panics::caught(read).unwrap_or_else(|_| Err(OpenError::Damaged { path: path.clone(), what: PAGES_DAMAGED }))
}

/// Has a log go on from a snapshot that the tables have. Whoever led when its newest entry was written was elected, so
/// that the instance follows nobody of an earlier term.
fn go_on_from<D: Disk>(id: LogId, log: &mut LogWriter<D>) -> Result<(), OpenError> {
    log.go_through(id)?;
    if log.vote().is_none_or(|vote| vote.leadership < id.leadership) {
        log.save_vote(Vote { leadership: id.leadership, is_elected: true })?;
    }
    Ok(())
}

impl<D: Disk> DataAtRest<D> {
    /// The rows; what is put over them stays in memory until [`DataAtRest::begin`].
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The log as it was found.
    pub fn log(&self) -> &SoundLog<D> {
        &self.log
    }

    /// Writes for the first time: completes the folder and opens the log for appending.
    ///
    /// # Errors
    /// It cannot be written to. What was created is removed again.
    pub fn begin(self, checkpointer: Checkpointer) -> Result<Opened<D>, OpenError> {
        let Self { store, log, received, salt, segment_bytes, database, folder } = self;
        let traces = match folder {
            Some(FolderAtRest { data_dir, mut lock, found, buffered }) => {
                let traces = Traces::of_start_in(&data_dir);
                lock.complete()?;
                found.write_back(&buffered, &database)?;
                store.keep(lock);
                Some(traces)
            }
            None => None,
        };
        let disk = log.disk().clone();
        let mut log = LogWriter::resume(log, salt, segment_bytes)?;
        if let Some(received) = received {
            go_on_from(received.head().id, &mut log)?;
        }
        snapshot::remove_left_over(&disk)?;
        if let Some(traces) = traces {
            traces.stay();
        }
        let applied = store.durable();
        let started = store.checkpoint_by(checkpointer);
        started.map_err(|error| OpenError::io("start the thread that writes", &database, error))?;
        Ok(Opened { store, log, applied })
    }

    /// Adds to an error what can be done about it in this folder.
    pub fn advise(&self, error: OpenError) -> OpenError {
        match &self.folder {
            Some(folder) => outlook::advise(error, &folder.data_dir, &self.log),
            None => error,
        }
    }
}
