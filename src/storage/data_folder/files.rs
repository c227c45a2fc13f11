//! Locks and syncs of files and folders, with the error that a start tells.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::super::open_error::OpenError;

/// Locks a file, whose lock says that `folder` is in use.
pub(super) fn lock(file: &File, path: &Path, folder: &Path) -> Result<(), OpenError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::InUse(folder.to_owned()),
        TryLockError::Error(error) => OpenError::io("lock", path, error),
    })
}

/// Makes the names in a folder durable.
pub(crate) fn sync(folder: &Path) -> Result<(), OpenError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| OpenError::io("sync", folder, error))
}
