//! Why a snapshot cannot be made, taken in or installed.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::super::fault::advice;
use crate::domain::RowFault;

const MIB: u64 = 1024 * 1024;

/// Why a snapshot cannot be made, taken in or installed.
#[derive(Debug, Error)]
pub enum SnapshotError {
    #[error("cannot {action} {}: {source}{}", path.display(), advice(action, source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("the snapshot {} is damaged or incomplete at byte {offset}: {what}", path.display())]
    Damaged { path: PathBuf, offset: u64, what: String },
    #[error(
        "the snapshot is of data format {found}, and this jari reads format {expected} only: bring all instances to one version"
    )]
    Format { found: u64, expected: u64 },
    #[error(
        "the disk of {} has {} MiB left, and a snapshot takes {} MiB while it takes the place of the tables: free some \
         space, and it is sent again by itself",
        folder.display(), free_bytes / MIB, needed_bytes.div_ceil(MIB)
    )]
    NoRoom { folder: PathBuf, free_bytes: u64, needed_bytes: u64 },
    #[error("no snapshot was received")]
    Missing,
    #[error("the database failed: {0}")]
    Database(#[from] redb::Error),
    #[error(transparent)]
    Row(#[from] RowFault),
}
