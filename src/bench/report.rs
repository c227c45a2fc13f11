//! What a run tells: one table for people, one JSON document for programs. It measures nothing.

mod overload;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::books::Books;
use super::log_use::LogUse;
use super::run::Measured;
use super::tally::{Step, Tally};
use super::work::SiegeReport;

pub use overload::{CrowdRound, Overload, OverloadRound, Tried};

/// A run and what it found. Latencies are microseconds, counted from the intended start in an open loop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub scenario: String,
    /// The server's address, or `self`.
    pub server: String,
    pub connections: usize,
    pub threads: usize,
    /// Starts a second of an open loop, in an overload the median of its peaks; `null` in a closed one.
    pub intended_rate: Option<f64>,
    /// From the first intended start to the last answer.
    pub seconds: f64,
    pub prepared: Prepared,
    pub steps: Vec<StepReport>,
    /// What an overload showed, where that is the scenario.
    pub overload: Option<Overload>,
    /// What became of a client that shut others out, where that is the scenario.
    pub siege: Option<SiegeReport>,
    /// Where there was no more work before the time was over.
    pub ended_early: Option<EndedEarly>,
    /// Starts of an open loop that no connection was free for.
    pub left_out: u64,
    /// How late work began after its intended start.
    pub late: Latency,
    /// The first request that was not answered, in words.
    pub fault: Option<String>,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Requests that were measured, however they ended.
    pub requests: u64,
    /// What they cost the log, where the server tells.
    pub log: Option<LogUse>,
    pub processor: Processor,
    /// Memory of the server, where it is known.
    pub server_resident_kib: Option<Resident>,
    pub books: Books,
    /// What `jari verify` complained about; absent when it did not, or when it could not be asked.
    pub verify: Option<String>,
}

/// What was there before the run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    pub concerts: usize,
    pub seats: usize,
    pub users: usize,
    pub seconds: f64,
}

/// Seats ran out. Rates are of the time until the last answer of their step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedEarly {
    pub seconds: f64,
    pub of_seconds: f64,
    /// How many there were.
    pub seats: usize,
}

/// KiB of memory: before the preparation, before the run and after it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resident {
    pub at_first: u64,
    pub prepared: u64,
    pub after: u64,
}

/// One kind of request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    pub name: &'static str,
    pub requests: u64,
    pub succeeded: u64,
    /// 0 to 1.
    pub success_share: f64,
    /// Successes a second, from the beginning of the run to the last answer of the step; in an overload those of its
    /// phase a second of it.
    pub rate: f64,
    /// Of successes.
    #[serde(flatten)]
    pub latency: Latency,
    /// Of all other answers.
    pub refused: Latency,
    /// Requests that were not successes, by reason.
    pub errors: BTreeMap<String, u64>,
}

/// Microseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    pub mean_us: u64,
    pub p50_us: u64,
    pub p90_us: u64,
    pub p99_us: u64,
    #[serde(rename = "p999Us")]
    pub p999_us: u64,
    pub max_us: u64,
}

/// Processor time, where the system tells it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Processor {
    pub generator_seconds: Option<f64>,
    pub server_seconds: Option<f64>,
    pub generator_us_per_request: Option<f64>,
    pub server_us_per_request: Option<f64>,
}

impl Report {
    /// Whether books and data are in order.
    pub fn is_right(&self) -> bool {
        self.books.right && self.verify.is_none()
    }
}

impl StepReport {
    /// The report of a step that took so long.
    pub fn of(step: &Step, tally: &Tally, took: Duration) -> Self {
        let (requests, succeeded) = (tally.requests(), tally.succeeded.len());
        Self {
            name: step.name,
            requests,
            succeeded,
            success_share: if requests == 0 { 0.0 } else { succeeded as f64 / requests as f64 },
            rate: if took.is_zero() { 0.0 } else { succeeded as f64 / took.as_secs_f64() },
            latency: Latency::of(&tally.succeeded),
            refused: Latency::of(&tally.refused),
            errors: tally.reasons.clone(),
        }
    }
}

impl Latency {
    pub fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Self {
            mean_us: histogram.mean().round() as u64,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: histogram.max(),
        }
    }
}

impl Processor {
    /// The time that `requests` took.
    pub fn of(measured: &Measured, requests: u64) -> Self {
        let per_request = |time: Duration| time.as_secs_f64() * 1e6 / requests.max(1) as f64;
        Self {
            generator_seconds: measured.generator_time.map(|time| time.as_secs_f64()),
            server_seconds: measured.server_time.map(|time| time.as_secs_f64()),
            generator_us_per_request: measured.generator_time.map(per_request),
            server_us_per_request: measured.server_time.map(per_request),
        }
    }
}

fn ms(microseconds: u64) -> String {
    format!("{:.2}", microseconds as f64 / 1_000.0)
}

fn mib(kib: u64) -> u64 {
    kib / 1024
}

#[cfg(test)]
mod tests;
