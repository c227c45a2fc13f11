//! Keeping other processes out of the data folder. Nothing is created before the start has found everything sound.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::open_error::OpenError;
use super::files::{lock, sync};
use super::names::{LOCK_FILE, LOG_FOLDER, holds_data};

/// What keeps other processes out of a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    folder: PathBuf,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// The folder is not there yet.
    Nothing,
    /// The folder itself, which has no lock file yet; absent where folders cannot be locked.
    Folder {
        _lock: Option<File>,
    },
    File {
        _lock: File,
    },
}

/// Takes a folder that has data for this process.
pub(crate) fn lock_data(folder: &Path) -> Result<FolderLock, OpenError> {
    if !holds_data(folder) {
        // A folder that may not be looked into may hold data all the same.
        return Err(match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => OpenError::io("read", folder, error),
            Ok(_) | Err(_) => OpenError::NoData(folder.to_owned()),
        });
    }
    FolderLock::take(folder)
}

impl FolderLock {
    /// Takes a folder for this process without creating anything.
    pub(crate) fn take(folder: &Path) -> Result<Self, OpenError> {
        let held = match fs::metadata(folder) {
            Ok(found) if found.is_dir() => hold(folder)?,
            Ok(_) => return Err(OpenError::NotAFolder(folder.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Held::Nothing,
            Err(error) => return Err(OpenError::io("use", folder, error)),
        };
        Ok(Self { folder: folder.to_owned(), held })
    }

    /// Creates what is missing: the folder for its owner alone, the lock file, the folder of the log.
    pub(crate) fn complete(&mut self) -> Result<(), OpenError> {
        let folder = &self.folder;
        match &self.held {
            Held::Nothing => create(folder)?,
            Held::Folder { .. } => {}
            Held::File { .. } => return create_log_folder(folder),
        }
        let path = folder.join(LOCK_FILE);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(|error| OpenError::io("write", &path, error))?;
        lock(&file, &path, folder)?;
        self.held = Held::File { _lock: file };
        create_log_folder(&self.folder)
    }
}

fn hold(folder: &Path) -> Result<Held, OpenError> {
    let path = folder.join(LOCK_FILE);
    match File::open(&path) {
        Ok(file) => {
            lock(&file, &path, folder)?;
            Ok(Held::File { _lock: file })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let opened = File::open(folder).map_err(|error| OpenError::io("use", folder, error))?;
            match opened.try_lock() {
                Ok(()) => Ok(Held::Folder { _lock: Some(opened) }),
                Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
                Err(TryLockError::Error(_)) => Ok(Held::Folder { _lock: None }),
            }
        }
        Err(error) => Err(OpenError::io("read", &path, error)),
    }
}

/// Creates the data folder, which was not there when the start looked.
fn create(folder: &Path) -> Result<(), OpenError> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    let created = builder.recursive(true).mode(0o700).create(parent).and_then(|()| {
        // One that is there by now was made by another process, which knows better what is in it.
        builder.recursive(false).create(folder)
    });
    match created {
        Ok(()) => sync(parent),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(OpenError::InUse(folder.to_owned())),
        Err(error) => Err(OpenError::io("create", folder, error)),
    }
}

fn create_log_folder(folder: &Path) -> Result<(), OpenError> {
    let path = folder.join(LOG_FOLDER);
    match DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => sync(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(OpenError::io("create", &path, error)),
    }
}
