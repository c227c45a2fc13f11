//! Why the data cannot be opened: one sentence each, with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::database::FORMAT_VERSION;
use super::fault::advice;
use super::log::{LogError, author};
use super::snapshot::SnapshotError;
use crate::domain::RowFault;
use crate::log::Index;

/// Why the data cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot {action} {}: {source}{}", path.display(), advice(action, source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is a file, but the data needs a folder; name another with --data-dir", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} is in use by another jari; stop that one or name another folder with --data-dir", .0.display())]
    InUse(PathBuf),
    #[error("{} holds no data of jari; name its folder with --data-dir", .0.display())]
    NoData(PathBuf),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the database {} cannot be opened: {source}", path.display())]
    Database { path: PathBuf, source: Box<redb::Error> },
    #[error("the database {} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error("the database {} is missing", .0.display())]
    Missing(PathBuf),
    #[error(
        "the database {} is of format {version}, written by {} jari; this one reads format {FORMAT_VERSION} only, so \
         start the jari that wrote it or name another folder with --data-dir",
        path.display(), author(*version, FORMAT_VERSION)
    )]
    Format { path: PathBuf, version: u64 },
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("{0}")]
    Row(#[from] RowFault),
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The error with what can be done about it in this folder.
    #[error("{cause}; {advice}")]
    Advised { cause: Box<OpenError>, advice: String },
}

impl OpenError {
    /// What the disk refused, in a word that follows "cannot".
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// What the database library refused.
    pub fn database(path: &Path, error: impl Into<redb::Error>) -> Self {
        Self::Database { path: path.to_owned(), source: Box::new(error.into()) }
    }

    /// Whether the database is damaged or missing, so that rebuilding it helps.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Database { .. } | Self::Damaged { .. } | Self::Missing(_) | Self::Row(_) => true,
            Self::Io { .. }
            | Self::NotAFolder(_)
            | Self::InUse(_)
            | Self::NoData(_)
            | Self::Access(_)
            | Self::Format { .. }
            | Self::Log(_)
            | Self::Snapshot(_)
            | Self::Entry(_)
            | Self::Advised { .. } => false,
        }
    }
}

/// Why a file or folder of the data is refused.
#[derive(Debug, Error)]
pub enum AccessError {
    #[error("cannot look at {}: {source}{}", path.display(), advice("look at", source))]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "{} belongs to the user {owner}, but jari runs as the user {user}; run `chown {user}` on it when it is yours, or \
         start jari as its owner",
        path.display()
    )]
    Owner { path: PathBuf, owner: u32, user: u32 },
    #[error(
        "others can write to {} (mode {mode:o}); run `chmod go-w` on it, and look whether it was changed",
        path.display()
    )]
    Writable { path: PathBuf, mode: u32 },
}

/// A command of the log that trips over an assert of `apply`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("entry {} of the log cannot be applied: its command {} of {commands}, {kind}, meets a bug of jari", index.0, number + 1)]
pub struct EntryError {
    pub index: Index,
    /// From 0.
    pub number: u32,
    pub commands: usize,
    /// The name of the command.
    pub kind: &'static str,
    /// What the assert says.
    pub what: String,
}
