//! `jari verify`: checks the data of a stopped server and tells what it found.

use std::path::Path;

use clap::Args;

use super::exit::Exit;
use super::settings::DataFolder;
use super::{keys, output};
use crate::{storage, verify};

/// Memory for the pages of the database while it is checked.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

pub(super) const DETAILS: &str = "\
Nothing is written. The server must have stopped; a copy of its folder will do.

Every file of the folder has to be readable: run it as the user that jari runs as, or as the superuser. Whoever runs it,
the data is examined all the same; when a start by the same user would refuse the folder for its owner or its modes, a note
at the end says so.

Exit codes: 0 the data is sound, 1 it is not or could not be examined, 2 wrong use or configuration.";

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: DataFolder,
}

/// Prints the counts and sums; anything broken ends with exit code 1 and the exact rows.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    let data_dir = arguments.folder.find()?;
    let options = storage::Options { data_dir: data_dir.clone(), cache_bytes: CACHE_BYTES };
    let report = verify::verify(&options).map_err(|error| Exit::Failure(error.to_string()))?;
    output::print(&format!("{report}\n"));
    if let Some(why) = start_refusal(&data_dir) {
        output::print(&format!("note: a start by this user would refuse the folder: {why}\n"));
    }
    if report.is_clean() {
        Ok(())
    } else {
        Err(Exit::Failure("the data is not sound; see above, and `jari repair --help` for what can be done".to_owned()))
    }
}

/// Why a start would not take files of the folder, whatever is in them.
fn start_refusal(data_dir: &Path) -> Option<String> {
    let files = storage::check_folder(data_dir).map_err(|error| error.to_string());
    files.and_then(|()| keys::check(data_dir).map_err(|error| error.to_string())).err()
}
