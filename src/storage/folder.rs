//! The data folder on a real disk: creating it, keeping other processes out, and the database's file in it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError};

use super::open::{self, OpenError};

/// The names in the data folder.
pub const LOCK_FILE: &str = "jari.lock";
pub const DATABASE_FILE: &str = "jari.redb";
pub const LOG_FOLDER: &str = "log";
/// The database while it is being created; it gets its name when it is whole.
const DATABASE_FILE_NEW: &str = "jari.redb.new";

/// Creates `folder` for its owner alone when it is missing.
pub fn create(folder: &Path) -> Result<(), OpenError> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(OpenError::NotAFolder(folder.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fault("use", folder, error)),
    }
    let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|error| fault("create", folder, error))?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(parent)
}

/// Takes the folder for this process until the file is dropped.
pub fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK_FILE);
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.map_err(|error| fault("write", &path, error))?;
    take(file, &path, folder)
}

/// Takes the folder for this process when it was ever used, without creating anything.
pub fn lock_existing(folder: &Path) -> Result<Option<File>, OpenError> {
    let path = folder.join(LOCK_FILE);
    match File::open(&path) {
        Ok(file) => take(file, &path, folder).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault("read", &path, error)),
    }
}

fn take(file: File, path: &Path, folder: &Path) -> Result<File, OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(fault("lock", path, error)),
    }
}

/// Opens the database of the folder, or creates it under another name first, so that a crash leaves no half of one.
pub fn open_database(folder: &Path, cache_bytes: usize) -> Result<Database, OpenError> {
    let path = folder.join(DATABASE_FILE);
    if !path.try_exists().map_err(|error| fault("use", &path, error))? {
        create_database(folder, &path)?;
    }
    let opened = Builder::new().set_cache_size(cache_bytes).open(&path);
    opened.map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(folder.to_owned()),
        DatabaseError::Storage(redb::StorageError::Io(source)) if source.kind() != io::ErrorKind::InvalidData => {
            fault("open", &path, source)
        }
        error => open::database_fault(&path, error),
    })
}

fn create_database(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let new = folder.join(DATABASE_FILE_NEW);
    let created = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&new);
    let file = created.map_err(|error| fault("create", &new, error))?;
    let database = Builder::new().create_file(file).map_err(|error| open::database_fault(&new, error))?;
    open::initialise(&database).map_err(|error| open::database_fault(&new, error))?;
    drop(database);
    File::open(&new).and_then(|file| file.sync_all()).map_err(|error| fault("sync", &new, error))?;
    fs::rename(&new, path).map_err(|error| fault("rename", &new, error))?;
    sync(folder)
}

fn sync(folder: &Path) -> Result<(), OpenError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| fault("sync", folder, error))
}

pub fn fault(action: &'static str, path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { action, path: PathBuf::from(path), source }
}
