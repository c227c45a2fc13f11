//! `jari bench`: reads what is asked for, refuses what makes no sense, prints the report.

mod read;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::read::{read_key, read_rate, read_seconds, read_times, read_url};
use super::exit::Exit;
use super::output;
use crate::identity::OPERATOR_KEY_VARIABLE;
use crate::load::{self, FOLLOWERS_USUAL, FixtureSize, HotSeatOthers, Options, Scenario, Server, Target, WorkloadKind};

const URL_DEFAULT: &str = "http://127.0.0.1:8080";
/// Seats of a concert for one user: the most that a server allows.
const SEATS_A_USER_MAX: u32 = 1_000;
/// Streams of seats that a queue place has.
const STREAMS_A_PLACE: u32 = 2;
/// Seats of one concert: a year of the largest dates.
const DATES_A_CONCERT: u32 = 365;
/// A rush is over in about this many seconds unless --admit says otherwise.
const RUSH_SECONDS: u32 = 10;
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

impl Arguments {
    fn to_options(&self) -> Result<Options, String> {
        let scenario = self.scenario;
        let workload = scenario.workload();
        let connections = self.connections.unwrap_or_else(|| scenario.connections());
        if connections < self.threads {
            return Err(format!("--connections must be at least --threads, {}", self.threads));
        }
        let duration = self.seconds.unwrap_or_else(|| scenario.duration());
        let within = self.within.unwrap_or(duration / 2);
        self.refuse_foreign_options(workload)?;
        if within > duration {
            return Err("--within must be at most --seconds".to_owned());
        }
        if self.others == HotSeatOthers::Rest && self.holders < self.threads.max(1) {
            return Err(format!("--others rest needs --holders, at least --threads, {}", self.threads));
        }
        let size = self.size(duration, connections + self.holders)?;
        let only = self.only.as_deref().or(scenario.only_step());
        Ok(Options {
            scenario,
            target: self.target()?,
            connections,
            threads: self.threads,
            rate: self.rate,
            duration,
            within,
            size,
            think: Duration::from_millis(self.think),
            holders: self.holders,
            followers: self.followers(),
            others: self.others,
            times: self.times,
            rounds: self.rounds,
            tries: self.tries,
            admit_per_second: self.admit.unwrap_or((size.users / RUSH_SECONDS).max(1)),
            max_active: self.max_active,
            only_step: only.map(|only| step_named(workload, only)).transpose()?,
        })
    }

    /// Refuses options that the scenario would not heed.
    fn refuse_foreign_options(&self, workload: WorkloadKind) -> Result<(), String> {
        let is_sale = workload == WorkloadKind::OnSale;
        let is_rush = workload == WorkloadKind::QueueRush;
        let is_overload = workload == WorkloadKind::Overload;
        let sells = matches!(
            workload,
            WorkloadKind::Browse
                | WorkloadKind::Hold
                | WorkloadKind::HotSeat
                | WorkloadKind::OnSale
                | WorkloadKind::Overload
        );
        let options = [
            ("--think", self.think > 0, is_sale),
            ("--max-active", self.max_active.is_some(), is_sale),
            ("--holders", self.holders > 0, workload == WorkloadKind::HotSeat),
            ("--others", self.others != HotSeatOthers::Lose, workload == WorkloadKind::HotSeat),
            ("--followers", self.followers.is_some(), self.scenario == Scenario::Follow),
            ("--times", self.times != TIMES_USUAL, is_overload),
            ("--rounds", self.rounds != 1, is_overload),
            ("--tries", self.tries != TRIES_USUAL, is_overload),
            ("--within", self.within.is_some(), is_rush),
            ("--admit", self.admit.is_some(), is_rush),
            ("--rate", self.rate.is_some(), !is_rush && !is_overload),
            ("--closed", self.closed, !is_rush && !is_overload),
            ("--only", self.only.is_some(), self.scenario == Scenario::Browse),
            ("--seats", self.seats.is_some(), sells),
        ];
        match options.into_iter().find(|(_, is_given, is_heeded)| *is_given && !is_heeded) {
            Some((name, ..)) => Err(format!("{name} does not go with the scenario {}", self.scenario.name())),
            None => Ok(()),
        }
    }

    /// Streams that follow a date.
    fn followers(&self) -> u32 {
        if self.scenario == Scenario::Follow { self.followers.unwrap_or(FOLLOWERS_USUAL) } else { 0 }
    }

    fn size(&self, duration: Duration, connections: u32) -> Result<FixtureSize, String> {
        let workload = self.scenario.workload();
        let usual = self.scenario.size(duration * self.rounds, connections, self.rate);
        // A place has a few streams.
        let users = self.users.unwrap_or(usual.users.max(self.followers().div_ceil(STREAMS_A_PLACE)));
        let mut size = FixtureSize {
            users,
            seats: self.seats.unwrap_or(usual.seats.min(users.saturating_mul(SEATS_A_USER_MAX))),
            seats_per_date: self.seats_per_date.unwrap_or(usual.seats_per_date),
        };
        if matches!(workload, WorkloadKind::Pay | WorkloadKind::CheckIn) {
            size.seats = size.users;
        }
        let seats_a_user = size.seats.div_ceil(size.users);
        let concerts = size.seats.div_ceil(size.seats_per_date).div_ceil(DATES_A_CONCERT);
        match workload {
            WorkloadKind::Hold | WorkloadKind::HotSeat | WorkloadKind::OnSale | WorkloadKind::Overload
                if seats_a_user > SEATS_A_USER_MAX =>
            {
                Err(format!(
                    "--users must be at least {}: a user can have {SEATS_A_USER_MAX} seats of a concert",
                    size.seats.div_ceil(SEATS_A_USER_MAX)
                ))
            }
            WorkloadKind::OnSale | WorkloadKind::Overload if size.users < connections => {
                Err(format!("--users must be at least the connections, {connections}: each has users of its own"))
            }
            WorkloadKind::HotSeat if size.users < 2 => {
                Err("--users must be at least 2: one holds what the others want".to_owned())
            }
            WorkloadKind::Browse
            | WorkloadKind::Hold
            | WorkloadKind::HotSeat
            | WorkloadKind::Pay
            | WorkloadKind::CheckIn
                if concerts > 1 =>
            {
                Err(format!(
                    "--seats must be at most {}: one concert with {DATES_A_CONCERT} dates of --seats-per-date",
                    u64::from(DATES_A_CONCERT) * u64::from(size.seats_per_date)
                ))
            }
            WorkloadKind::Browse
            | WorkloadKind::QueueRush
            | WorkloadKind::Poll
            | WorkloadKind::Hold
            | WorkloadKind::HotSeat
            | WorkloadKind::Charge
            | WorkloadKind::Balance
            | WorkloadKind::Pay
            | WorkloadKind::CheckIn
            | WorkloadKind::OnSale
            | WorkloadKind::Overload => Ok(size),
        }
    }

    fn target(&self) -> Result<Target, String> {
        if self.own {
            let folder = self.folder.clone().unwrap_or_else(std::env::temp_dir);
            // The server of the run is started in another folder, from where a relative path would lead elsewhere.
            let folder = std::path::absolute(&folder).map_err(|error| format!("--folder: {error}"))?;
            return Ok(Target::Own { folder, assignments: self.assignments.clone() });
        }
        let (host, address) = read_url(self.url.as_deref().unwrap_or(URL_DEFAULT))?;
        let operator_key = match (&self.operator_key, &self.operator_key_file) {
            (Some(key), _) => Some(key.clone()),
            (None, Some(file)) => Some(read_key(file)?),
            (None, None) => std::env::var(OPERATOR_KEY_VARIABLE).ok(),
        };
        Ok(Target::Running { server: Server { address, host, operator_key }, process: self.server_process })
    }
}

fn step_named(workload: WorkloadKind, name: &str) -> Result<usize, String> {
    let steps = workload.steps();
    let names = || steps.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
    steps.iter().position(|step| step.name == name).ok_or_else(|| format!("--only must be one of {}", names()))
}

#[cfg(test)]
mod tests;
