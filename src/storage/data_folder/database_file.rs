//! The database's file in the folder, and the draft that takes its place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::super::database::WriteBackFile;
use super::super::open_error::OpenError;
use super::files::{lock, sync};
use super::names::DATABASE_FILE_NEW;

/// The database's file as the start found it.
#[derive(Debug)]
pub(crate) enum FoundDatabase {
    Missing,
    There(File),
}

impl FoundDatabase {
    /// Opens the database's file when it is there, and keeps other programs from opening it.
    pub(crate) fn look(path: &Path) -> Result<Self, OpenError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Missing),
            Err(error) => return Err(OpenError::io("open", path, error)),
        };
        lock(&file, path, path.parent().unwrap_or(path))?;
        if file.metadata().map_err(|error| OpenError::io("read", path, error))?.len() == 0 {
            return Err(OpenError::Damaged { path: path.to_owned(), what: "it is empty" });
        }
        Ok(Self::There(file))
    }

    /// The file as the database library sees it until [`FoundDatabase::write_back`].
    pub(crate) fn buffered(&self, path: &Path) -> Result<WriteBackFile, OpenError> {
        match self {
            Self::Missing => Ok(WriteBackFile::fresh()),
            Self::There(file) => WriteBackFile::over(file).map_err(|error| OpenError::io("read", path, error)),
        }
    }

    /// Lets the database library at the file. A new one gets its name when it is whole, so that a crash leaves no half of
    /// one.
    pub(crate) fn write_back(self, buffered: &WriteBackFile, path: &Path) -> Result<(), OpenError> {
        match self {
            Self::There(file) => buffered.write_back(file).map_err(|error| OpenError::io("write", path, error)),
            Self::Missing => {
                let (draft, file) = create_draft(path)?;
                lock(&file, &draft, path)?;
                let done = file.try_clone().and_then(|clone| buffered.write_back(clone)).and_then(|()| file.sync_all());
                done.map_err(|error| OpenError::io("write", &draft, error))?;
                fs::rename(&draft, path).map_err(|error| OpenError::io("rename", &draft, error))?;
                sync(path.parent().expect("the database lies in a folder"))
            }
        }
    }
}

/// A new, empty file beside the database at `path`, and its path. What lies there, of a crash or planted by somebody, is
/// removed and not followed.
pub(crate) fn create_draft(path: &Path) -> Result<(PathBuf, File), OpenError> {
    let draft = path.with_file_name(DATABASE_FILE_NEW);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(OpenError::io("remove", &draft, error)),
        Ok(()) | Err(_) => {}
    }
    let created = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft);
    let file = created.map_err(|error| OpenError::io("create", &draft, error))?;
    Ok((draft, file))
}
