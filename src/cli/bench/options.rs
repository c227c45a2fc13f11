//! From the arguments of `jari bench` to the options of a run, or to a sentence that says why they make no sense.

use std::time::Duration;

use super::read::{read_key, read_url};
use super::{Arguments, TIMES_USUAL, TRIES_USUAL};
use crate::identity::OPERATOR_KEY_VARIABLE;
use crate::load::{FOLLOWERS_USUAL, FixtureSize, HotSeatOthers, Options, Scenario, Server, Target, WorkloadKind};

const URL_DEFAULT: &str = "http://127.0.0.1:8080";
/// Seats of a concert for one user: the most that a server allows.
const SEATS_A_USER_MAX: u32 = 1_000;
/// Streams of seats that a queue place has.
const STREAMS_A_PLACE: u32 = 2;
/// Seats of one concert: a year of the largest dates.
const DATES_A_CONCERT: u32 = 365;
/// A rush is over in about this many seconds unless --admit says otherwise.
const RUSH_SECONDS: u32 = 10;

impl Arguments {
    pub(super) fn to_options(&self) -> Result<Options, String> {
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
