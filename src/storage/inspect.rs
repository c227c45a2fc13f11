//! Reading a database for an examination, which must not change it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use redb::{Database, StorageBackend};

use super::data_folder::DATABASE_FILE;
use super::database::{Checkpointer, CopyOnWriteFile};
use super::log::{Disk, SoundLog};
use super::open_database::{Loaded, create, load_or_install};
use super::open_error::OpenError;
use super::store::Store;

/// A database as an examination reads it.
pub(crate) struct Inspected {
    /// The rows; what is put over them stays in memory.
    pub store: Store,
    /// What is wrong with the database's own pages, in words.
    pub page_faults: Vec<String>,
}

/// Reads the database at `path` over its file, which stays as it is, with the log beside it.
///
/// # Errors
/// It cannot be read at all, or does not belong to the log.
pub(crate) fn inspect(path: &Path, log: &SoundLog, cache_bytes: usize) -> Result<Inspected, OpenError> {
    let opened = || {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => OpenError::Missing(path.to_owned()),
            _ => OpenError::io("read", path, error),
        })?;
        match file.metadata().map(|metadata| metadata.len()) {
            Ok(0) => Err(OpenError::Damaged { path: path.to_owned(), what: "it is empty" }),
            Ok(_) => {
                let backend = CopyOnWriteFile::new(file).map_err(|error| OpenError::io("read", path, error))?;
                create(backend, path, cache_bytes)
            }
            Err(error) => Err(OpenError::io("read", path, error)),
        }
    };
    inspect_opened(opened, path, log)
}

/// The same in any backend, which is asked for twice: for tests and simulations. Opening the database may write to it.
///
/// # Errors
/// As for [`inspect`].
pub(crate) fn inspect_with<B: StorageBackend>(
    backend: impl Fn() -> B,
    log: &SoundLog<impl Disk>,
) -> Result<Inspected, OpenError> {
    const CACHE_BYTES: usize = 16 * 1024 * 1024;
    let path = Path::new(DATABASE_FILE);
    inspect_opened(|| create(backend(), path, CACHE_BYTES), path, log)
}

/// The rows are read from another opening than the pages are checked in, since that one may drop what it finds damaged.
fn inspect_opened(
    opened: impl Fn() -> Result<Database, OpenError>,
    path: &Path,
    log: &SoundLog<impl Disk>,
) -> Result<Inspected, OpenError> {
    let page_faults = match opened()?.check_integrity() {
        Ok(true) => Vec::new(),
        Ok(false) => vec!["some pages are damaged".to_owned()],
        Err(error) => vec![error.to_string()],
    };
    let Loaded { store, .. } = load_or_install(opened()?, path, log)?;
    store.checkpoint_by(Checkpointer::Caller).map_err(|source| OpenError::io("read", path, source))?;
    Ok(Inspected { store, page_faults })
}
