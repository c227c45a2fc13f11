//! A database that is built beside the folder's own, whose place it takes when it is sound.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Builder, Database};

use super::data_folder::{create_draft, sync};
use super::database::{Checkpointer, initialise};
use super::log::SoundLog;
use super::open_database::{self, Loaded};
use super::open_error::OpenError;
use super::outlook::Base;
use super::store::Store;

/// The draft of a database. It stays until it is removed or takes its place.
pub(crate) struct Draft {
    path: PathBuf,
    /// The database whose place it takes.
    own: PathBuf,
    /// `None` when it is filled.
    file: Option<File>,
}

impl Draft {
    /// Creates an empty one for the database at `own`.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn create(own: &Path) -> Result<Self, OpenError> {
        let (path, file) = create_draft(own)?;
        Ok(Self { path, own: own.to_owned(), file: Some(file) })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it with the rows of `base`, or of a snapshot that waits beside the log, and gives them. Its caller writes checkpoints.
    ///
    /// # Errors
    /// The disk fails, or the base cannot be read or does not belong to the log.
    ///
    /// # Panics
    /// When it was filled before.
    pub(crate) fn fill(&mut self, base: &Base, log: &SoundLog, cache_bytes: usize) -> Result<Store, OpenError> {
        let file = self.file.take().expect("a draft is filled once");
        let mut builder = Builder::new();
        builder.set_cache_size(cache_bytes);
        let database = match base {
            Base::Copy(copy) => {
                self.copy(copy, &file)?;
                self.open(&builder, file)?
            }
            Base::Own | Base::Empty => {
                let database = self.open(&builder, file)?;
                let initialised = initialise(&database, log.salt().unwrap_or_default());
                initialised.map_err(|error| OpenError::database(&self.path, error))?;
                database
            }
        };
        let Loaded { store, .. } = open_database::load_or_install(database, &self.path, log)?;
        store.checkpoint_by(Checkpointer::Caller).map_err(|error| OpenError::io("write", &self.path, error))?;
        Ok(store)
    }

    fn copy(&self, copy: &Path, mut file: &File) -> Result<(), OpenError> {
        let mut copy = File::open(copy).map_err(|error| OpenError::io("read", copy, error))?;
        let copied = io::copy(&mut copy, &mut file).and_then(|_| file.sync_all());
        copied.map_err(|error| OpenError::io("write", &self.path, error))
    }

    fn open(&self, builder: &Builder, file: File) -> Result<Database, OpenError> {
        builder.create_file(file).map_err(|error| OpenError::database(&self.path, error))
    }

    /// Makes it durable, when nobody writes into it any more.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn sync(&self) -> Result<(), OpenError> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| OpenError::io("sync", &self.path, error))
    }

    /// Puts it in the place of the database, which is kept as `kept`; says whether there was one.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn take_place(self, kept: &Path) -> Result<bool, OpenError> {
        let own = &self.own;
        let there = own.try_exists().map_err(|error| OpenError::io("use", own, error))?;
        if there {
            // A second name first, so that at no moment the folder is without a database; not every file system has that.
            let linked = fs::hard_link(own, kept).or_else(|_| fs::rename(own, kept));
            linked.map_err(|error| OpenError::io("rename", own, error))?;
        }
        fs::rename(&self.path, own).map_err(|error| OpenError::io("rename", &self.path, error))?;
        sync(own.parent().expect("the database lies in a folder"))?;
        Ok(there)
    }

    /// Removes it.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) fn remove(self) -> Result<(), OpenError> {
        fs::remove_file(&self.path).map_err(|error| OpenError::io("remove", &self.path, error))
    }
}
