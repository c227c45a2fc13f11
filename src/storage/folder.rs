//! The data folder on a real disk: keeping other processes out, and the files in it. Nothing is created before the start
//! has found everything sound.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::open_error::OpenError;
use super::staged::Staged;

/// The names in the data folder.
pub const LOCK_FILE: &str = "jari.lock";
pub const DATABASE_FILE: &str = "jari.redb";
pub const LOG_FOLDER: &str = "log";
/// The database while it is being created; it gets its name when it is whole.
pub const DATABASE_FILE_NEW: &str = "jari.redb.new";
/// The beginning of the name under which a repair keeps a damaged one.
pub const DATABASE_FILE_DAMAGED: &str = "jari.redb.damaged-";

/// What keeps other processes out of a folder until it is dropped.
#[derive(Debug)]
pub struct Claim {
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

/// The database's file as the start found it.
#[derive(Debug)]
pub enum Found {
    Missing,
    There(File),
}

/// Whether a folder was ever used.
pub fn holds_data(folder: &Path) -> bool {
    folder.join(DATABASE_FILE).exists() || folder.join(LOG_FOLDER).exists()
}

/// Takes a folder that has data for this process.
pub fn claim_data(folder: &Path) -> Result<Claim, OpenError> {
    if !holds_data(folder) {
        // A folder that may not be looked into may hold data all the same.
        return Err(match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => fault("read", folder, error),
            Ok(_) | Err(_) => OpenError::NoData(folder.to_owned()),
        });
    }
    Claim::take(folder)
}

impl Claim {
    /// Takes a folder for this process without creating anything.
    pub fn take(folder: &Path) -> Result<Self, OpenError> {
        let held = match fs::metadata(folder) {
            Ok(found) if found.is_dir() => hold(folder)?,
            Ok(_) => return Err(OpenError::NotAFolder(folder.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Held::Nothing,
            Err(error) => return Err(fault("use", folder, error)),
        };
        Ok(Self { folder: folder.to_owned(), held })
    }

    /// Creates what is missing: the folder for its owner alone, the lock file, the folder of the log.
    pub fn complete(&mut self) -> Result<(), OpenError> {
        let folder = &self.folder;
        match &self.held {
            Held::Nothing => create(folder)?,
            Held::Folder { .. } => {}
            Held::File { .. } => return create_log_folder(folder),
        }
        let path = folder.join(LOCK_FILE);
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(|error| fault("write", &path, error))?;
        lock(&file, &path, folder)?;
        self.held = Held::File { _lock: file };
        create_log_folder(&self.folder)
    }
}

/// What a start creates in a folder without data, which goes again unless the start succeeds: a disk may be full. What
/// was there before is never touched.
pub struct Traces {
    /// Absent where there was data, or the start succeeded.
    folder: Option<PathBuf>,
    had_folder: bool,
    had_lock: bool,
}

impl Traces {
    pub fn of_start_in(folder: &Path) -> Self {
        Self {
            folder: (!holds_data(folder)).then(|| folder.to_owned()),
            had_folder: folder.exists(),
            had_lock: folder.join(LOCK_FILE).exists(),
        }
    }

    /// The start has succeeded.
    pub fn stay(mut self) {
        self.folder = None;
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        let Some(folder) = &self.folder else { return };
        // What cannot be removed is found by the next start, which goes on with it.
        let _ = fs::remove_file(folder.join(DATABASE_FILE_NEW));
        let _ = fs::remove_file(folder.join(DATABASE_FILE));
        let _ = fs::remove_dir_all(folder.join(LOG_FOLDER));
        if !self.had_lock {
            let _ = fs::remove_file(folder.join(LOCK_FILE));
        }
        if !self.had_folder {
            let _ = fs::remove_dir(folder);
        }
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
            let opened = File::open(folder).map_err(|error| fault("use", folder, error))?;
            match opened.try_lock() {
                Ok(()) => Ok(Held::Folder { _lock: Some(opened) }),
                Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
                Err(TryLockError::Error(_)) => Ok(Held::Folder { _lock: None }),
            }
        }
        Err(error) => Err(fault("read", &path, error)),
    }
}

fn lock(file: &File, path: &Path, folder: &Path) -> Result<(), OpenError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::InUse(folder.to_owned()),
        TryLockError::Error(error) => fault("lock", path, error),
    })
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
        Err(error) => Err(fault("create", folder, error)),
    }
}

fn create_log_folder(folder: &Path) -> Result<(), OpenError> {
    let path = folder.join(LOG_FOLDER);
    match DirBuilder::new().mode(0o700).create(&path) {
        Ok(()) => sync(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(fault("create", &path, error)),
    }
}

impl Found {
    /// Opens the database's file when it is there, and keeps other programs from opening it.
    pub fn look(path: &Path) -> Result<Self, OpenError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Missing),
            Err(error) => return Err(fault("open", path, error)),
        };
        lock(&file, path, path.parent().unwrap_or(path))?;
        if file.metadata().map_err(|error| fault("read", path, error))?.len() == 0 {
            return Err(OpenError::Damaged { path: path.to_owned(), what: "it is empty" });
        }
        Ok(Self::There(file))
    }

    /// The file as the database library sees it until [`Found::release`].
    pub fn stage(&self, path: &Path) -> Result<Staged, OpenError> {
        match self {
            Self::Missing => Ok(Staged::fresh()),
            Self::There(file) => Staged::over(file).map_err(|error| fault("read", path, error)),
        }
    }

    /// Lets the database library at the file. A new one gets its name when it is whole, so that a crash leaves no half of
    /// one.
    pub fn release(self, staged: &Staged, path: &Path) -> Result<(), OpenError> {
        match self {
            Self::There(file) => staged.release(file).map_err(|error| fault("write", path, error)),
            Self::Missing => {
                let (draft, file) = create_draft(path)?;
                lock(&file, &draft, path)?;
                let done = file.try_clone().and_then(|clone| staged.release(clone)).and_then(|()| file.sync_all());
                done.map_err(|error| fault("write", &draft, error))?;
                fs::rename(&draft, path).map_err(|error| fault("rename", &draft, error))?;
                sync(path.parent().expect("the database lies in a folder"))
            }
        }
    }
}

/// A new, empty file beside the database at `path`, and its path. What lies there, of a crash or planted by somebody, is
/// removed and not followed.
pub fn create_draft(path: &Path) -> Result<(PathBuf, File), OpenError> {
    let draft = path.with_file_name(DATABASE_FILE_NEW);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fault("remove", &draft, error)),
        Ok(()) | Err(_) => {}
    }
    let created = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft);
    let file = created.map_err(|error| fault("create", &draft, error))?;
    Ok((draft, file))
}

pub fn sync(folder: &Path) -> Result<(), OpenError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| fault("sync", folder, error))
}

pub fn fault(action: &'static str, path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { action, path: PathBuf::from(path), source }
}
