//! `jari bench`: its arguments, the run that they ask for, and the report that is printed.

mod options;
pub(super) mod read;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::read::{read_rate, read_seconds, read_times};
use super::exit::Exit;
use super::output;
use crate::load::{self, HotSeatOthers, Scenario};

/// An overload unless something else is said.
const TIMES_USUAL: f64 = 3.0;
const TRIES_USUAL: u32 = 1;

#[derive(Args)]
#[command(after_help = "\
Examples:
  jari bench hold --self
      Start a server on a fresh folder, hold as many seats as it takes over 64 connections for 10 s, check the books,
      verify the data, and remove the folder.
  jari bench on-sale --rate 500 --think 2000 --connections 5000 --operator-key-file data/operator.key
      500 buyers a second come to a running server and think for about 2 s before each step.
  jari bench queue-rush --self --users 100000 --within 5 --seconds 60 --admit 5000
      100,000 users come within 5 s, 5,000 a second are admitted.

  jari bench hot-seat --self --connections 256 --holders 64 --others lose
      256 connections claim a seat that is held and 64 hold other seats; with --others read they ask after their places
      instead, with --others rest the holders are alone.
  jari bench check-in --self --seconds 60
      20 gates scan the same 5,000 tickets, each of which lets in at one of them; --connections are the gates, --users the
      tickets. The steps tell apart who entered, which is durable, and who was refused.
  jari bench siege --self --rate 2000 --set server.connections_per_client=256
      One client, at 127.0.0.2, opens 10,000 connections and 1,000 streams, and again those that are closed, while 2,000
      seats a second are held from 127.0.0.1. Without the setting clients on the server's machine are not counted.
  jari bench follow --self --rate 400 --followers 10000
      400 seats a second are held while 10,000 streams follow their date. With --followers 1 beside it, what a change
      costs for each follower, in bytes and in the server's processor time.
  jari bench overload --self --seconds 6 --rounds 5
      Five times: find the best rate of whole journeys, over 64, 128 and 192 connections for 3 s each; then half of
      it for 1.5 s, 3 times it for 6 s, half of it for 3 s. Each round has a best rate of its own, since the speed of a
      shared machine drifts; which number of connections is the best is found over all rounds. Whoever is refused goes
      away, or with --tries waits as told and asks again. A customer uses one of the --connections while in the shop, as
      behind a proxy that keeps its connections.

With --rate the loop is open: work starts at times fixed before the run, and latency counts from the intended start,
so that a slow answer hides nothing. Without it each connection starts when it is free.

Everything is made over the API, under names of its own that begin with `load-`, and stays on a server named by --url:
measure on one that is made for it. Wrong books end with exit code 1.")]
pub(super) struct Arguments {
    /// What to play
    #[arg(value_enum)]
    scenario: Scenario,
    /// A running server [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", conflicts_with = "own")]
    url: Option<String>,
    /// Start a server for the run, on a fresh folder, and verify its data afterwards
    #[arg(long = "self")]
    own: bool,
    /// Where the fresh folder of --self is made [default: the folder for temporary files]
    #[arg(long, value_name = "DIR", requires = "own")]
    folder: Option<PathBuf>,
    /// A setting for the server of --self, as in --set limits.in_flight=100; may be given many times
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "own")]
    assignments: Vec<String>,
    /// The operator's key of a running server; JARI_OPERATOR_KEY or a file keep it out of the list of processes
    #[arg(long, value_name = "KEY", conflicts_with_all = ["own", "operator_key_file"])]
    operator_key: Option<String>,
    /// A file with the operator's key of a running server
    #[arg(long, value_name = "FILE", conflicts_with = "own")]
    operator_key_file: Option<PathBuf>,
    /// The process of a running server on this machine, to tell its processor time and memory
    #[arg(long, value_name = "ID", conflicts_with = "own")]
    server_process: Option<u32>,
    /// Connections at once, 1 to 20000: the virtual users [default: 64, 100 in the reference scenarios]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    connections: Option<u32>,
    /// Threads of the generator, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    threads: u32,
    /// Starts a second of an open loop, as in 5000 or 5000/s
    #[arg(long, value_name = "N/s", value_parser = read_rate, conflicts_with = "closed")]
    rate: Option<f64>,
    /// Closed loop: each connection starts when it is free; it is what happens without --rate
    #[arg(long)]
    closed: bool,
    /// Seconds of the run, up to 86400 [default: 10, 30 in the reference scenarios]
    #[arg(long, value_name = "S", value_parser = read_seconds)]
    seconds: Option<Duration>,
    /// Users that are made, 1 to 2000000 [default: what the scenario can use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    users: Option<u32>,
    /// Seats that are made, 1 to 10000000 [default: what the scenario can use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    seats: Option<u32>,
    /// Seats of a date, 1 to 100000 [default: 50 where maps are read, 20000 where seats are held]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    seats_per_date: Option<u32>,
    /// on-sale: milliseconds that a buyer thinks before each step, on average
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    think: u64,
    /// on-sale: ACTIVE places at once, 1 to 1000000; the others wait [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_active: Option<u32>,
    /// hot-seat: connections that hold other seats meanwhile, on top of --connections, 0 to 20000
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    holders: u32,
    /// hot-seat: what the --connections do meanwhile; to compare, the holders' rate beside each
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = HotSeatOthers::Lose)]
    others: HotSeatOthers,
    /// follow: streams that follow the first date, 1 to 100000 [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    followers: Option<u32>,
    /// overload: as many times the best rate come at the peak, 0.1 to 100
    #[arg(long, value_name = "N", default_value_t = TIMES_USUAL, value_parser = read_times)]
    times: f64,
    /// overload: how often it is played, 1 to 100, each time after the best rate was found anew
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// overload: how often a customer asks to be let in before going away, waiting as told in between, 1 to 100
    #[arg(long, value_name = "N", default_value_t = TRIES_USUAL, value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: u32,
    /// queue-rush: seconds within which all users come [default: half of --seconds]
    #[arg(long, value_name = "S", value_parser = read_seconds)]
    within: Option<Duration>,
    /// queue-rush: admissions a second, 1 to 1000000 [default: a tenth of the users]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    admit: Option<u32>,
    /// browse: read only this: concerts, map, available or availability
    #[arg(long, value_name = "STEP")]
    only: Option<String>,
    /// Write the report to this file as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs a scenario and prints what it gave.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    let options = arguments.to_options().map_err(Exit::Usage)?;
    let report = load::run(&options).map_err(|error| Exit::Failure(error.to_string()))?;
    output::print(&report.to_string());
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(&report).expect("a report holds texts, numbers and lists only");
        let failed = |error| Exit::Failure(format!("cannot write {}: {error}", path.display()));
        std::fs::write(path, json).map_err(failed)?;
    }
    if report.is_right() { Ok(()) } else { Err(Exit::Failure("the books are not right".to_owned())) }
}

#[cfg(test)]
mod tests;
