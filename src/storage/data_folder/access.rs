//! Who may touch the data: its files and folders belong to the user that runs jari, and nobody else may write to them.
//! Whoever could write there could sell every seat and sign every token.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::open_error::AccessError;
use super::names::LOG_FOLDER;

/// Write access of the group and of others.
const OTHERS_WRITE: u32 = 0o022;
const SUPERUSER: u32 = 0;

/// Checks the data folder as a start does: itself, the log's folder in it, and every file of both that is there.
///
/// # Errors
/// The first file or folder that a start would refuse.
pub fn check_folder(data_dir: &Path) -> Result<(), AccessError> {
    for folder in [data_dir, &data_dir.join(LOG_FOLDER)] {
        check_path(folder)?;
        let fault = |source| AccessError::Io { path: folder.to_path_buf(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // What is there instead of a folder is told where it is opened.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(fault(error)),
        };
        for entry in entries {
            let path = entry.map_err(fault)?.path();
            if is_data(&path) {
                check_path(&path)?;
            }
        }
    }
    Ok(())
}

/// What jari reads; other files are nobody's business.
fn is_data(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["id", "key", "lock", "log", "redb", "snapshot"].iter().any(|own| extension == *own))
}

/// Checks what a path leads to, and the link when it is one; nothing is wrong with what is not there.
fn check_path(path: &Path) -> Result<(), AccessError> {
    let found = |metadata: io::Result<Metadata>| match metadata {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(AccessError::Io { path: path.to_owned(), source }),
    };
    if let Some(link) = found(fs::symlink_metadata(path))?.filter(Metadata::is_symlink)
        && link.uid() != SUPERUSER
    {
        check_owner(path, &link)?;
    }
    found(fs::metadata(path))?.map_or(Ok(()), |metadata| check(path, &metadata))
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), AccessError> {
    check_owner(path, metadata)?;
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS_WRITE == 0 { Ok(()) } else { Err(AccessError::Writable { path: path.to_owned(), mode }) }
}

fn check_owner(path: &Path, metadata: &Metadata) -> Result<(), AccessError> {
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner == user { Ok(()) } else { Err(AccessError::Owner { path: path.to_owned(), owner, user }) }
}
