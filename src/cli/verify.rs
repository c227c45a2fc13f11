//! `jari verify`: checks the data of a stopped server and tells what it found.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, output};
use crate::{storage, verify};

/// Memory for the pages of the database while it is checked.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

#[derive(Args)]
pub struct Arguments {
    /// The folder with the data
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
}

/// Prints the counts and sums; anything broken ends with exit code 1 and the exact rows.
pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let options = storage::Options { data_dir: arguments.data_dir.clone(), cache_bytes: CACHE_BYTES };
    let report = verify::verify(&options).map_err(|error| Exit::Failure(error.to_string()))?;
    output::print(&format!("{report}\n"));
    if report.is_clean() {
        Ok(())
    } else {
        Err(Exit::Failure("the data is not sound; see above, and `jari repair --help` for what can be done".to_owned()))
    }
}
