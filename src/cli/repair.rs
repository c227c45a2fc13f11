//! `jari repair`: rebuilds a damaged database from the log, and leaves out entries that cannot be applied.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::output;
use super::settings::DataFolder;
use crate::repair::{self, Repair};
use crate::storage;

/// Memory for the pages of the database while it is rebuilt.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

pub(super) const DETAILS: &str = "\
The log holds every change before it is answered, and old parts of it go only when the database has them. So a damaged
jari.redb is rebuilt from the log, when that reaches back to its first entry, or from an older copy of jari.redb and the
log: put the copy into the folder under another name, or name it with --database. The result is examined as `jari verify`
does before it takes its place, and the damaged file stays, as jari.redb.damaged-TIME.

An entry that a start cannot apply is named by that start. With --skip-entry what cannot be applied of it is left out, now
and at every later start; it is printed, and the file of the log that says so is kept as it was, under another name.

Without anything to repair nothing is changed.";

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
    /// Rebuild from this older copy of the database and the log
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Leave out what cannot be applied of this entry of the log; may be given many times
    #[arg(long = "skip-entry", value_name = "INDEX")]
    skip_entries: Vec<u64>,
}

/// Repairs and tells what was done and how the data is now.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    let repair = Repair {
        options: storage::Options { data_dir: arguments.folder.find()?, cache_bytes: CACHE_BYTES },
        database: arguments.database.clone(),
        skip_entries: arguments.skip_entries.clone(),
    };
    let repaired = repair::repair(&repair).map_err(|error| Exit::Failure(error.to_string()))?;
    output::print(&format!("{repaired}\n"));
    if repaired.report.is_clean() { Ok(()) } else { Err(Exit::Failure("the data is not sound; see above".to_owned())) }
}
