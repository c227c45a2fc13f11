//! `jari completions` and `jari man`: what a shell and a reader of manuals want to know of the command line, made of its
//! declaration.

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use super::exit::Exit;
use super::output;

#[derive(Args)]
pub(super) struct Completions {
    /// The shell that is to complete commands and flags
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args)]
pub(super) struct Manual {
    /// The command whose page is wanted [default: jari itself]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints the script for a shell.
pub(super) fn complete(arguments: &Completions, mut command: Command) {
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8_lossy(&script));
}

/// Prints a page in the form of `man`.
pub(super) fn page(arguments: &Manual, mut command: Command) -> Result<(), Exit> {
    // The names of the pages of subcommands, such as `jari-serve`.
    command.build();
    let page = match &arguments.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
                return Err(Exit::Usage(format!("there is no command {name}; there is {}", names.join(", "))));
            }
        },
    };
    let mut text = Vec::new();
    let source = concat!("jari ", env!("CARGO_PKG_VERSION"));
    Man::new(page).source(source).render(&mut text).expect("memory takes all that is written");
    output::print(&String::from_utf8_lossy(&text));
    Ok(())
}
