//! What can be wrong with the log, in one sentence each.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::super::fault::advice;
use super::frame::LOG_VERSION;
use crate::log::Index;

/// Why the log cannot be used.
#[derive(Debug, Error)]
pub enum LogError {
    #[error("cannot {action} {}: {source}{}", path.display(), advice(action, source))]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is damaged at byte {offset}: {what}; put back a backup of the whole data folder", path.display())]
    Damaged { path: PathBuf, offset: u64, what: String },
    #[error(
        "{} is of log format {version}, written by {} jari; this one reads format {LOG_VERSION} only, so start the jari \
         that wrote it or name another folder with --data-dir",
        path.display(), author(u64::from(*version), u64::from(LOG_VERSION))
    )]
    Format { path: PathBuf, version: u32 },
    #[error(
        "the log {} ends with entry {}, but the database holds entry {}: its end is damaged, cut off or missing; \
         put back a backup of the whole data folder",
        path.display(), last.0, applied.0
    )]
    Behind { path: PathBuf, last: Index, applied: Index },
    #[error(
        "the log {} begins with entry {}, but the database ends with entry {}: the entries between are missing; \
         put back a jari.redb that holds entry {} or a later one, or a backup of the whole data folder",
        path.display(), first.0, applied.0, first.0 - 1
    )]
    Gap { path: PathBuf, first: Index, applied: Index },
    #[error(
        "the log {} and the database do not belong together: the database was written from another history, which differs \
         at or before entry {}; put back log and database from one copy of the data folder",
        path.display(), index.0
    )]
    OtherHistory { path: PathBuf, index: Index },
    #[error("entry {} of the log, in {}, cannot be read although its checksum is right: {what}", index.0, path.display())]
    Unreadable { path: PathBuf, index: Index, what: String },
    #[error("a batch of {bytes} bytes is too large for the log")]
    TooLarge { bytes: usize },
    #[error("the log takes nothing more since an earlier write failed")]
    Failed,
}

/// Who wrote a format that this build does not read.
pub(crate) fn author(version: u64, own_version: u64) -> &'static str {
    if version > own_version { "a newer" } else { "an older" }
}
