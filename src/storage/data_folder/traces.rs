//! A start that fails leaves a folder without data as it was.

use std::fs;
use std::path::{Path, PathBuf};

use super::names::{DATABASE_FILE, DATABASE_FILE_NEW, LOCK_FILE, LOG_FOLDER, holds_data};

/// What a start creates in a folder without data, which goes again unless the start succeeds: a disk may be full. What
/// was there before is never touched.
pub(crate) struct Traces {
    /// Absent where there was data, or the start succeeded.
    folder: Option<PathBuf>,
    had_folder: bool,
    had_lock: bool,
}

impl Traces {
    pub(crate) fn of_start_in(folder: &Path) -> Self {
        Self {
            folder: (!holds_data(folder)).then(|| folder.to_owned()),
            had_folder: folder.exists(),
            had_lock: folder.join(LOCK_FILE).exists(),
        }
    }

    /// The start has succeeded.
    pub(crate) fn stay(mut self) {
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
