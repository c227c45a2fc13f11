//! The report as people read it.

use std::fmt;

use super::super::server::LogUsage;
use super::super::workload::{FloodReport, FollowersReport};
use super::latency::Latency;
use super::units::{mib, ms};
use super::{EndedEarly, Prepared, Processor, Report, Resident};

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
            "{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "ok/s", "p50 ms", "p90", "p99", "p99.9", "max", "ok", "ok %"
        )?;
        for step in self.steps.iter().filter(|step| step.requests > 0) {
            let Latency { p50_us, p90_us, p99_us, p999_us, max_us, .. } = step.latency;
            let [p50, p90, p99, p999, max] = [p50_us, p90_us, p99_us, p999_us, max_us].map(ms);
            let (name, rate, count, share) = (step.name, step.rate, step.succeeded, step.success_share * 100.0);
            writeln!(
                f,
                "{name:<16}{rate:>10.0}{p50:>10}{p90:>10}{p99:>10}{p999:>10}{max:>10}{count:>10}{share:>10.3}"
            )?;
        }
        writeln!(f)?;
        if let Some(overload) = &self.overload {
            writeln!(f, "{overload}")?;
        }
        if let Some(FloodReport { connections, streams, opened, closed, open_max }) = self.connection_flood {
            writeln!(
                f,
                "besieged from one address that wants {connections} connections and {streams} streams: opened {opened}, \
                 closed by the server {closed}, at most {open_max} at once"
            )?;
        }
        if let Some(report) = self.followers {
            let FollowersReport { followers, opened, events, changes, bytes_per_change, .. } = report;
            let FollowersReport { whole_events, whole_bytes, .. } = report;
            writeln!(
                f,
                "{opened} of {followers} followers of a date were told {changes} changes of seats in {events} events, \
                 {bytes_per_change:.1} bytes a change and follower; {whole_events} times one was told all seats, \
                 {whole_bytes} bytes"
            )?;
        }
        self.write_trouble(f)?;
        self.write_costs(f)?;
        self.write_consistency(f)
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
        if let Some(EndedEarly { seconds, of_seconds, seats }) = self.ended_early {
            let rates = if self.overload.is_none() { "; rates are of the time until then" } else { "" };
            writeln!(f, "no seats were left after {seconds:.1} s of {of_seconds:.1}: all {seats} were taken{rates}")?;
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
        if let Some(LogUsage { flushes, bytes }) = self.log {
            let thousands = self.requests.max(1) as f64 / 1_000.0;
            let flushes = flushes as f64 / thousands;
            let bytes = bytes
                .map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.0} KiB", bytes as f64 / 1024.0 / thousands));
            writeln!(f, "log for 1,000 requests: {flushes:.1} flushes, {bytes}")?;
        }
        if let Some(Resident { at_first, prepared, after }) = &self.server_resident_kib {
            let [start, prepared, after] = [at_first, prepared, after].map(|kib| mib(*kib));
            writeln!(
                f,
                "memory of the server: {start} MiB at first, {prepared} MiB prepared, {after} MiB after the run"
            )?;
        }
        Ok(())
    }

    fn write_consistency(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.consistency.right {
            writeln!(f, "the books are right")?;
        } else {
            writeln!(f, "THE BOOKS ARE WRONG: {} faults", self.consistency.fault_count)?;
        }
        for fault in &self.consistency.faults {
            writeln!(f, "  {fault}")?;
        }
        if !self.consistency.checked.is_empty() {
            writeln!(f, "checked were")?;
        }
        for checked in &self.consistency.checked {
            writeln!(f, "  {checked}")?;
        }
        if let Some(complaint) = &self.verify {
            writeln!(f, "VERIFY COMPLAINS:\n{complaint}")?;
        }
        Ok(())
    }
}
