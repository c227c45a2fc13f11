//! What a run tells: one table for people, one JSON document for programs. It measures nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

use super::books::Books;
use super::run::Measured;
use super::tally::{Step, Tally};

/// A run and what it found. Latencies are microseconds, counted from the intended start in an open loop.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub scenario: String,
    /// The server's address, or `self`.
    pub server: String,
    pub connections: usize,
    pub threads: usize,
    /// Starts a second of an open loop; `null` in a closed one.
    pub intended_rate: Option<f64>,
    /// From the first intended start to the last answer.
    pub seconds: f64,
    pub prepared: Prepared,
    pub steps: Vec<StepReport>,
    /// Starts of an open loop that no connection was free for.
    pub left_out: u64,
    /// How late work began after its intended start.
    pub late: Latency,
    /// The first request that was not answered, in words.
    pub fault: Option<String>,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    pub processor: Processor,
    /// Memory of the server before the preparation, before the run and after it.
    pub server_resident_kib: Option<[u64; 3]>,
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

/// One kind of request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    pub name: &'static str,
    pub requests: u64,
    pub succeeded: u64,
    /// 0 to 1.
    pub success_share: f64,
    /// Successes a second, from the beginning of the run to the last answer of the step.
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
#[derive(Debug, Serialize)]
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
    /// The report of a step of a run that began at `began`.
    pub fn of(step: &Step, tally: &Tally, began: Instant) -> Self {
        let took = tally.last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began));
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

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, server, connections, threads, seconds, prepared, .. } = self;
        let pace = match self.intended_rate {
            Some(rate) => format!("open loop at {}/s, latency from the intended start", (rate * 100.0).round() / 100.0),
            None => "closed loop".to_owned(),
        };
        writeln!(
            f,
            "{scenario} against {server}: {connections} connections, {threads} thread(s), {pace}, {seconds:.2} s"
        )?;
        let Prepared { concerts, seats, users, seconds } = prepared;
        writeln!(f, "prepared in {seconds:.2} s: concerts {concerts}, seats {seats}, users {users}\n")?;
        writeln!(
            f,
            "{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "ok/s", "p50 ms", "p90", "p99", "p99.9", "max", "ok", "ok %"
        )?;
        for step in self.steps.iter().filter(|step| step.requests > 0) {
            let Latency { p50_us, p90_us, p99_us, p999_us, max_us, .. } = step.latency;
            let [p50, p90, p99, p999, max] = [p50_us, p90_us, p99_us, p999_us, max_us].map(ms);
            let (name, rate, count, share) = (step.name, step.rate, step.succeeded, step.success_share * 100.0);
            writeln!(
                f,
                "{name:<14}{rate:>10.0}{p50:>10}{p90:>10}{p99:>10}{p999:>10}{max:>10}{count:>10}{share:>10.3}"
            )?;
        }
        writeln!(f)?;
        self.write_trouble(f)?;
        self.write_costs(f)?;
        self.write_books(f)
    }
}

impl Report {
    fn write_trouble(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.steps.iter().filter(|step| !step.errors.is_empty()) {
            let errors: Vec<_> = step.errors.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
            let Latency { p50_us, p99_us, max_us, .. } = step.refused;
            let (errors, [p50, p99, max]) = (errors.join(", "), [p50_us, p99_us, max_us].map(ms));
            writeln!(f, "{} not ok: {errors} (refusals: p50 {p50}, p99 {p99}, max {max} ms)", step.name)?;
        }
        if let Some(fault) = &self.fault {
            writeln!(f, "the first request without an answer: {fault}")?;
        }
        if self.left_out > 0 {
            writeln!(f, "{} starts were left out: no connection was free for them in time", self.left_out)?;
        }
        if self.interrupted {
            writeln!(f, "ended before its time")?;
        }
        if self.intended_rate.is_some() {
            let Latency { p50_us, p99_us, max_us, .. } = self.late;
            let [p50, p99, max] = [p50_us, p99_us, max_us].map(ms);
            writeln!(f, "starts came late by p50 {p50}, p99 {p99}, max {max} ms (counted as latency)")?;
        }
        Ok(())
    }

    fn write_costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Processor { generator_us_per_request, server_us_per_request, .. } = self.processor;
        let shown = |us: Option<f64>| us.map_or_else(|| "unknown".to_owned(), |us| format!("{us:.1} us"));
        let (server, generator) = (shown(server_us_per_request), shown(generator_us_per_request));
        writeln!(f, "processor time a request: server {server}, generator {generator}")?;
        if let Some(resident) = self.server_resident_kib {
            let [start, prepared, after] = resident.map(|kib| kib / 1024);
            writeln!(
                f,
                "memory of the server: {start} MiB at first, {prepared} MiB prepared, {after} MiB after the run"
            )?;
        }
        Ok(())
    }

    fn write_books(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.books.right {
            true => writeln!(f, "the books are right")?,
            false => writeln!(f, "THE BOOKS ARE WRONG: {} faults", self.books.fault_count)?,
        }
        for fault in &self.books.faults {
            writeln!(f, "  {fault}")?;
        }
        if !self.books.checked.is_empty() {
            writeln!(f, "checked were")?;
        }
        for checked in &self.books.checked {
            writeln!(f, "  {checked}")?;
        }
        if let Some(complaint) = &self.verify {
            writeln!(f, "VERIFY COMPLAINS:\n{complaint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
