//! `jari config`: prints the commented file of settings, or judges the settings that a server would start with.

use clap::Args;

use super::exit::Exit;
use super::{output, settings};
use crate::config::{self, Assigned, KEYS};

#[derive(Args)]
pub(super) struct Arguments {
    /// Judge the settings of file, environment and flags as `jari serve` would, and tell those that are not defaults
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    settings: settings::SettingArguments,
}

/// Prints the file; or, with `--check`, which settings were given, while faults end with exit code 2.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    if !arguments.check {
        if arguments.settings.are_given() {
            return Err(Exit::Usage(
                "without --check the settings are printed as they are by default: add --check to judge those that you gave"
                    .to_owned(),
            ));
        }
        output::print(&config::as_file());
        return Ok(());
    }
    let (assigned, read) = arguments.settings.configure();
    read.map_err(Exit::Usage)?;
    output::print(&told(&assigned));
    Ok(())
}

/// The settings that were given, each with its place.
fn told(assigned: &Assigned) -> String {
    let given: Vec<_> = KEYS.iter().filter_map(|key| Some((key, assigned.place(key)?))).collect();
    let mut text = match given.len() {
        0 => "the settings are good: all have their defaults\n".to_owned(),
        _ => "the settings are good; all others than these have their defaults:\n".to_owned(),
    };
    for (key, place) in given {
        text.push_str(&format!("  {} = {}  ({place})\n", key.name, key.written(assigned.config())));
    }
    text
}
