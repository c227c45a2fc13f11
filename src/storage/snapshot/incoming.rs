//! The file of a snapshot that another instance sent, in the folder of the log.

use super::error::SnapshotError;
use crate::storage::log::Disk;

/// Its name.
pub(super) const NAME: &str = "incoming.snapshot";

/// Checks that the disk has room for so many bytes.
///
/// # Errors
/// It has not, or does not say.
pub(super) fn check_room(disk: &impl Disk, needed_bytes: u64) -> Result<(), SnapshotError> {
    let folder = disk.path("");
    match disk.free_bytes() {
        Ok(free_bytes) if free_bytes < needed_bytes => Err(SnapshotError::NoRoom { folder, free_bytes, needed_bytes }),
        Ok(_) => Ok(()),
        Err(source) => Err(SnapshotError::Io { action: "ask for the room of", path: folder, source }),
    }
}

pub(super) fn is_there(disk: &impl Disk) -> Result<bool, SnapshotError> {
    let names = disk.list().map_err(|source| SnapshotError::Io { action: "list", path: disk.path(""), source })?;
    Ok(names.iter().any(|name| name == NAME))
}

/// Removes what was received, or what of it was.
///
/// # Errors
/// The disk fails.
pub(in crate::storage) fn remove_left_over(disk: &impl Disk) -> Result<(), SnapshotError> {
    let fault = |action, source| SnapshotError::Io { action, path: disk.path(NAME), source };
    if is_there(disk)? {
        disk.remove(NAME).map_err(|source| fault("remove", source))?;
        disk.sync_folder().map_err(|source| fault("sync the folder of", source))?;
    }
    Ok(())
}
