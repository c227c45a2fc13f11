//! The names in the data folder.

use std::path::Path;

pub(super) const LOCK_FILE: &str = "jari.lock";
pub(crate) const DATABASE_FILE: &str = "jari.redb";
pub(crate) const LOG_FOLDER: &str = "log";
/// What says which cluster the folder belongs to.
pub const MEMBERSHIP_FILE: &str = "cluster.id";
/// The database while it is being created; it gets its name when it is whole.
pub(crate) const DATABASE_FILE_NEW: &str = "jari.redb.new";
/// The beginning of the name under which a repair keeps a damaged one.
pub(crate) const DATABASE_FILE_DAMAGED: &str = "jari.redb.damaged-";

/// Whether a folder was ever used.
pub(crate) fn holds_data(folder: &Path) -> bool {
    folder.join(DATABASE_FILE).exists() || folder.join(LOG_FOLDER).exists()
}
