//! What an overload showed: how many sales came through, how soon the rest was refused, and what became of latency and
//! memory.

use std::fmt;

use serde::Serialize;

use super::latency::Latency;
use super::units::{mib, ms};

/// Overloads beside the best that the same server did a moment before each.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OverloadReport {
    /// Length of a peak.
    pub seconds: f64,
    /// How often a customer asked to be let in.
    pub tries: u32,
    /// Connections that made the best rate, over all rounds.
    pub best_connections: usize,
    /// The median of all rounds.
    pub share_of_best: f64,
    pub rounds: Vec<OverloadRound>,
    /// Customers who were refused as often as they asked.
    pub went_away: u64,
    /// Responses that were no successes, before, at and after the peaks.
    pub refusals: u64,
    /// Those of them that met a customer who had been let in.
    pub refusals_of_buyers: u64,
    pub refused: Latency,
    /// Refusals for overload that did not say when to come again.
    pub without_retry_after: u64,
    /// Memory of the server before all rounds, at most and after them, where it is known.
    pub resident_before_kib: Option<u64>,
    pub resident_peak_kib: Option<u64>,
    pub resident_after_kib: Option<u64>,
}

/// One overload beside the best.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OverloadRound {
    /// All that was tried before.
    pub tried: Vec<Tried>,
    /// That of the number of connections which made the most over all rounds.
    pub best_sales_per_second: f64,
    /// 0 to 1 and a little above.
    pub share_of_best: f64,
    #[serde(flatten)]
    pub peak: PeakRound,
}

/// Whole journeys a second in a closed loop.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tried {
    pub connections: usize,
    pub sales_per_second: f64,
}

/// What several times as many customers as the best rate met.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PeakRound {
    /// Customers a second who came at the peak for the first time; those who came again are on top.
    pub offered_per_second: f64,
    /// Sales a second that were completed at the peak.
    pub sales_per_second: f64,
    pub refused: Latency,
    /// p99 of a successful request before the peak, at half the best rate, and at the peak, in microseconds.
    pub usual_p99_us: u64,
    pub peak_p99_us: u64,
    /// How long after the peak the first half second began without a refusal and with a p99 of at most twice the usual;
    /// `null` when it did not come.
    pub normal_after_seconds: Option<f64>,
}

impl fmt::Display for OverloadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for round in &self.rounds {
            round.write(self.seconds, self.best_connections, f)?;
        }
        if self.rounds.len() > 1 {
            let (rounds, share) = (self.rounds.len(), self.share_of_best * 100.0);
            writeln!(f, "in the median of {rounds} rounds {share:.1} % of the best")?;
        }
        let Latency { p50_us, p99_us, max_us, .. } = self.refused;
        let [p50, p99, max] = [p50_us, p99_us, max_us].map(ms);
        let (refusals, buyers, away, tries) = (self.refusals, self.refusals_of_buyers, self.went_away, self.tries);
        writeln!(
            f,
            "refused {refusals} requests within p50 {p50}, p99 {p99}, max {max} ms, {buyers} of them of buyers"
        )?;
        match self.without_retry_after {
            0 => writeln!(f, "each refusal said when to come again; {away} customers went away after {tries} tries")?,
            bare => writeln!(f, "{bare} REFUSALS DID NOT SAY when to come again; {away} customers went away")?,
        }
        let memory = [self.resident_before_kib, self.resident_peak_kib, self.resident_after_kib];
        if let [Some(before), Some(peak), Some(after)] = memory.map(|kib| kib.map(mib)) {
            writeln!(f, "memory of the server: {before} MiB before, {peak} MiB at most, {after} MiB afterwards")?;
        }
        Ok(())
    }
}

impl OverloadRound {
    fn write(&self, seconds: f64, connections: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (best, share) = (self.best_sales_per_second, self.share_of_best * 100.0);
        let PeakRound { offered_per_second: offered, sales_per_second: sales, .. } = self.peak;
        let times = offered / best;
        write!(f, "at its best {best:.0} sales/s in a closed loop over {connections} connections")?;
        for other in self.tried.iter().filter(|tried| tried.connections != connections) {
            write!(f, ", {:.0} over {}", other.sales_per_second, other.connections)?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "with {offered:.0} customers/s for {seconds:.1} s ({times:.1} times): {sales:.0} sales/s, {share:.1} % of the best"
        )?;
        let PeakRound { usual_p99_us, peak_p99_us, .. } = self.peak;
        let Latency { p50_us, p99_us, max_us, .. } = self.peak.refused;
        let [usual, peak, p50, p99, max] = [usual_p99_us, peak_p99_us, p50_us, p99_us, max_us].map(ms);
        let again = self.peak.normal_after_seconds.map_or_else(
            || "not normal again while it was watched".to_owned(),
            |seconds| format!("normal again (twice the first, no refusal) {seconds:.1} s after the end"),
        );
        writeln!(f, "  p99 of a request: {usual} ms at half the best, {peak} ms at the peak; {again}")?;
        writeln!(f, "  refusals: p50 {p50}, p99 {p99}, max {max} ms")
    }
}
