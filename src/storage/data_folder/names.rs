//! The names in the data folder.

use std::path::Path;

pub const LOCK_FILE: &str = "jari.lock";
pub const DATABASE_FILE: &str = "jari.redb";
pub const LOG_FOLDER: &str = "log";
/// The database while it is being created; it gets its name when it is whole.
pub const DATABASE_FILE_NEW: &str = "jari.redb.new";
/// The beginning of the name under which a repair keeps a damaged one.
pub const DATABASE_FILE_DAMAGED: &str = "jari.redb.damaged-";

/// Whether a folder was ever used.
pub fn holds_data(folder: &Path) -> bool {
    folder.join(DATABASE_FILE).exists() || folder.join(LOG_FOLDER).exists()
}
