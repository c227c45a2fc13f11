//! The command line: one file a subcommand. It reads flags, calls one thing, and turns how that went into words and an
//! exit code.

mod addresses;
mod announce;
mod bench;
mod cluster;
mod cluster_start;
mod config;
mod demo;
mod exit;
mod keys;
mod manual;
mod operator_api;
mod operator_keys;
mod operator_tls;
mod output;
mod repair;
mod reread;
mod serve;
mod settings;
mod signals;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::exit::Exit;
use crate::config::{LogFormat, as_help};
use crate::telemetry::log;

const EXAMPLES: &str = "\
Examples:
  jari serve --demo
      Serve on http://127.0.0.1:8080 with data in ./data and a concert on sale to try it out.
  jari serve --data-dir /srv/jari --set hold.seconds=120 --set wallet.charge=operator
      Serve other data, with two settings changed.
  jari config > config.toml
      Write down every setting with its meaning and its default, to be changed.
  jari config --check
      Say what is wrong with the settings, or which of them are not defaults.
  jari verify --data-dir /srv/jari
      Check the data of a stopped server.
  jari repair --data-dir /srv/jari
      Rebuild its database from the log when it is damaged.
  jari key add --data-dir /srv/jari --name 'Kim, box office' --role box_office
      Give an operator of a stopped server a key, which is printed this once.
  jari cluster status --url http://10.0.0.1:8080
      Say who leads, which instances are reached, and how far each has come.
  jari bench hold --self
      Start a server of its own and measure how many seats it sells.

Exit codes: 0 fine, 2 wrong use or configuration, 1 anything else.";

const COMPLETIONS: &str = "\
Examples:
  source <(jari completions bash)
      For this shell; put it into ~/.bashrc for all.
  jari completions fish > ~/.config/fish/completions/jari.fish";

const MANUAL: &str = "\
Examples:
  jari man | man -l -
      Read the page of jari.
  jari man serve > /usr/local/share/man/man1/jari-serve.1
      Install that of `jari serve`.";

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
    /// Print every setting as a commented config.toml, or judge the settings
    Config(config::Arguments),
    /// Check every invariant of the data of a stopped server
    #[command(after_long_help = verify::DETAILS)]
    Verify(verify::Arguments),
    /// Rebuild a damaged database from the log, or leave out an entry that cannot be applied
    #[command(after_long_help = repair::DETAILS)]
    Repair(repair::Arguments),
    /// Make, list or remove the keys of operators of a stopped server
    #[command(after_long_help = operator_keys::DETAILS)]
    Key(operator_keys::Arguments),
    /// Tell how the instances of a cluster stand
    Cluster(cluster::Arguments),
    /// Play the users of a box office: load, latencies, and a check of the books
    Bench(Box<bench::Arguments>),
    /// Print what makes a shell complete commands and flags
    #[command(after_help = COMPLETIONS)]
    Completions(manual::Completions),
    /// Print a manual page, for `man`
    #[command(after_help = MANUAL)]
    Man(manual::Manual),
}

/// Runs the subcommand that the process was started with.
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Config(arguments) => config::run(&arguments).map_err(as_text),
        Command::Verify(arguments) => verify::run(&arguments).map_err(as_text),
        Command::Repair(arguments) => repair::run(&arguments).map_err(as_text),
        Command::Key(arguments) => operator_keys::run(&arguments).map_err(as_text),
        Command::Cluster(arguments) => cluster::run(&arguments).map_err(as_text),
        Command::Bench(arguments) => bench::run(&arguments).map_err(as_text),
        Command::Completions(arguments) => {
            manual::complete(&arguments, Arguments::command());
            Ok(())
        }
        Command::Man(arguments) => manual::page(&arguments, Arguments::command()).map_err(as_text),
    };
    let Err((exit, format)) = outcome else {
        return ExitCode::SUCCESS;
    };
    output::print_error(&match format {
        LogFormat::Text => format!("jari: {exit}\n"),
        LogFormat::Json => log::json_line("ERROR", &exit.to_string(), serde_json::Map::new()),
    });
    ExitCode::from(exit.code())
}

fn as_text(exit: Exit) -> (Exit, LogFormat) {
    (exit, LogFormat::Text)
}

/// The settings for `--help`, out of the one table of them.
fn settings_help() -> String {
    format!(
        "Settings, for --set KEY=VALUE, for the file (`jari config` prints one) and for the environment. Flags win over the \
         environment, the environment over the file, the file over the defaults.\n{}",
        as_help()
    )
}

#[cfg(test)]
mod tests;
