//! The data folder on a real disk: its names, who may touch it, and keeping other processes out. Nothing here reads what
//! is in its files.

mod access;
mod database_file;
mod files;
mod folder_lock;
mod names;
mod traces;

pub use access::check_folder;
pub(crate) use database_file::{FoundDatabase, create_draft};
pub(crate) use files::sync;
pub(crate) use folder_lock::{FolderLock, lock_data};
pub use names::MEMBERSHIP_FILE;
pub(crate) use names::{DATABASE_FILE, DATABASE_FILE_DAMAGED, DATABASE_FILE_NEW, LOG_FOLDER, holds_data};
pub(crate) use traces::Traces;
