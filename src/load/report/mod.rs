//! What a run tells: one table for people, one JSON document for programs. It measures nothing.

mod latency;
mod overload;
mod text;
mod units;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::consistency::Findings;
use super::histograms::StepHistograms;
use super::scenario::Step;
use super::server::LogUsage;
use super::workload::{FloodReport, FollowersReport};

pub(crate) use latency::Latency;
pub(crate) use overload::{OverloadReport, OverloadRound, PeakRound, Tried};

/// A run and what it found. Latencies are microseconds, counted from the intended start in an open loop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub scenario: String,
    /// The server's address, or `self`.
    pub server: String,
    pub connections: usize,
    pub threads: usize,
    /// Iterations a second of an open loop, in an overload the median of its peaks; `null` in a closed one.
    pub intended_rate: Option<f64>,
    /// From the first intended start to the last response.
    pub seconds: f64,
    pub prepared: Prepared,
    pub steps: Vec<StepReport>,
    /// What an overload showed, where that is the scenario.
    pub overload: Option<OverloadReport>,
    /// What became of a client that shut others out, where that is the scenario.
    #[serde(rename = "siege")]
    pub connection_flood: Option<FloodReport>,
    /// What those were told who followed a date, where that is the scenario.
    pub followers: Option<FollowersReport>,
    /// Where nothing was left to do before the time was over.
    pub ended_early: Option<EndedEarly>,
    /// Iterations of an open loop that were dropped, since no connection was free for them.
    pub left_out: u64,
    /// How late iterations began after their intended starts.
    pub late: Latency,
    /// The first request that was not answered, in words.
    pub fault: Option<String>,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Requests that were measured, however they ended.
    pub requests: u64,
    /// What they cost the log, where the server tells.
    pub log: Option<LogUsage>,
    pub processor: Processor,
    /// Memory of the server, where it is known.
    pub server_resident_kib: Option<Resident>,
    #[serde(rename = "books")]
    pub consistency: Findings,
    /// What `jari verify` complained about; absent when it did not, or when it could not be asked.
    pub verify: Option<String>,
}

/// What was there before the run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prepared {
    pub concerts: usize,
    pub seats: usize,
    pub users: usize,
    pub seconds: f64,
}

/// Seats ran out. Rates are of the time until the last response of their step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedEarly {
    pub seconds: f64,
    pub of_seconds: f64,
    /// How many there were.
    pub seats: usize,
}

/// KiB of memory: before the preparation, before the run and after it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resident {
    pub at_first: u64,
    pub prepared: u64,
    pub after: u64,
}

/// One kind of request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepReport {
    pub name: &'static str,
    pub requests: u64,
    pub succeeded: u64,
    /// 0 to 1.
    pub success_share: f64,
    /// Successes a second, from the beginning of the run to the last response of the step; in an overload those of its
    /// phase a second of it.
    pub rate: f64,
    /// Of successes.
    #[serde(flatten)]
    pub latency: Latency,
    /// Of all other responses.
    pub refused: Latency,
    /// Requests that were not successes, by reason.
    pub errors: BTreeMap<String, u64>,
}

/// Processor time, where the system tells it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Processor {
    pub generator_seconds: Option<f64>,
    pub server_seconds: Option<f64>,
    pub generator_us_per_request: Option<f64>,
    pub server_us_per_request: Option<f64>,
}

impl Report {
    /// Whether everything that was acknowledged is there, and the data are in order.
    pub(crate) fn is_right(&self) -> bool {
        self.consistency.right && self.verify.is_none()
    }
}

impl StepReport {
    /// The report of a step that took so long.
    pub(crate) fn of(step: &Step, histograms: &StepHistograms, took: Duration) -> Self {
        let (requests, succeeded) = (histograms.requests(), histograms.succeeded.len());
        Self {
            name: step.name,
            requests,
            succeeded,
            success_share: if requests == 0 { 0.0 } else { succeeded as f64 / requests as f64 },
            rate: if took.is_zero() { 0.0 } else { succeeded as f64 / took.as_secs_f64() },
            latency: Latency::of(&histograms.succeeded),
            refused: Latency::of(&histograms.refused),
            errors: histograms.reasons.clone(),
        }
    }
}

impl Processor {
    /// The times of generator and server that `requests` took.
    pub(crate) fn of(generator: Option<Duration>, server: Option<Duration>, requests: u64) -> Self {
        let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests.max(1) as f64;
        Self {
            generator_seconds: generator.map(|time| time.as_secs_f64()),
            server_seconds: server.map(|time| time.as_secs_f64()),
            generator_us_per_request: generator.map(per_request),
            server_us_per_request: server.map(per_request),
        }
    }
}

#[cfg(test)]
mod tests;
