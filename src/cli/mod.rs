//! The command line: one file a subcommand. It reads flags, calls one thing, and turns how that went into words and an
//! exit code.

mod announce;
mod bench;
mod demo;
mod output;
mod repair;
mod reread;
mod serve;
mod signals;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{KEYS, LogFormat};
use crate::telemetry::log;

/// Wrong use or configuration.
const EXIT_USAGE: u8 = 2;
/// Anything else that went wrong.
const EXIT_FAILURE: u8 = 1;

const EXAMPLES: &str = "\
Examples:
  jari serve --demo
      Serve on http://127.0.0.1:8080 with data in ./data and a concert on sale to try it out.
  jari serve --data-dir /srv/jari --set hold.seconds=120 --set wallet.charge=operator
      Serve other data, with two settings changed.
  jari verify --data-dir /srv/jari
      Check the data of a stopped server.
  jari repair --data-dir /srv/jari
      Rebuild its database from the log when it is damaged.
  jari bench hold --self
      Start a server of its own and measure how many seats it sells.

Exit codes: 0 fine, 2 wrong use or configuration, 1 anything else.";

/// A box office in one executable: waiting queue, seat holds, prepaid wallet and payment over HTTP.
#[derive(Parser)]
#[command(name = "jari", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sell seats over HTTP until SIGTERM, SIGQUIT or Ctrl-C; SIGHUP reads the settings again
    #[command(
        after_help = "Every setting, with its meaning and range: `jari serve --help`.",
        after_long_help = settings_help()
    )]
    Serve(serve::Arguments),
    /// Check every invariant of the data of a stopped server
    Verify(verify::Arguments),
    /// Rebuild a damaged database from the log, or leave out an entry that cannot be applied
    #[command(after_long_help = repair::DETAILS)]
    Repair(repair::Arguments),
    /// Play the users of a box office: load, latencies, and a check of the books
    Bench(Box<bench::Arguments>),
}

/// Why a subcommand ended before its work was done; each prints as one message.
#[derive(Debug, thiserror::Error)]
enum Exit {
    /// Wrong use or configuration.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failure(String),
}

/// Runs the subcommand that the process was started with.
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments).map_err(as_text),
        Command::Repair(arguments) => repair::run(&arguments).map_err(as_text),
        Command::Bench(arguments) => bench::run(&arguments).map_err(as_text),
    };
    let Err((exit, format)) = outcome else {
        return ExitCode::SUCCESS;
    };
    output::print_error(&match format {
        LogFormat::Text => format!("jari: {exit}\n"),
        LogFormat::Json => log::json_line("ERROR", &exit.to_string(), serde_json::Map::new()),
    });
    match exit {
        Exit::Usage(_) => ExitCode::from(EXIT_USAGE),
        Exit::Failure(_) => ExitCode::from(EXIT_FAILURE),
    }
}

fn as_text(exit: Exit) -> (Exit, LogFormat) {
    (exit, LogFormat::Text)
}

/// The settings for `--help`, out of the one table of them.
fn settings_help() -> String {
    let mut text = String::from(
        "Settings, for --set, for config.toml and, in capitals with underscores and JARI_ before them, for the \
         environment (JARI_HOLD_SECONDS):\n",
    );
    for key in KEYS {
        text.push_str(&format!("\n  {}\n      {}\n      Allowed: {}\n", key.name, key.doc, key.allowed));
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;
    use crate::config::KEYS;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_shows_examples_and_every_setting() {
        let help = Arguments::command().render_long_help().to_string();
        assert!(help.contains("jari serve --demo"));
        let mut command = Arguments::command();
        let serve = command.find_subcommand_mut("serve").expect("there is such a subcommand");
        let help = serve.render_long_help().to_string();
        for key in KEYS {
            assert!(help.contains(key.name), "{} is explained", key.name);
        }
    }
}
