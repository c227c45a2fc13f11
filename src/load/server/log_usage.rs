//! What a run cost the server's log, out of the metrics that the server shows anyone: flushes and bytes.

use serde::Serialize;

use super::super::client_pool::ClientPool;
use super::super::error::Error;

/// How often an entry was made durable: one flush each.
const FLUSHES: &str = "jari_commit_seconds_count";
/// Bytes of all entries. A server of an earlier version does not tell.
const BYTES: &str = "jari_log_bytes_total";

/// Flushes and bytes of the log since the server started, or within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogUsage {
    pub flushes: u64,
    pub bytes: Option<u64>,
}

impl LogUsage {
    /// Asks the server; `None` when its metrics do not have it.
    ///
    /// # Errors
    /// No response, or a refusal.
    pub(crate) async fn read(pool: &ClientPool<'_>) -> Result<Option<Self>, Error> {
        Ok(Self::of(&pool.text("read the metrics", "/metrics").await?))
    }

    fn of(metrics: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut samples = metrics.lines().filter_map(|line| line.split_once(' '));
            samples.find(|(known, _)| *known == name).and_then(|(_, value)| value.trim().parse().ok())
        };
        // Before the first entry there is no sample.
        let has_begun = metrics.contains("jari_commands_waiting");
        has_begun.then(|| Self { flushes: value(FLUSHES).unwrap_or(0), bytes: value(BYTES) })
    }

    /// What came on top of `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        let bytes = self.bytes.zip(before.bytes).map(|(after, before)| after.saturating_sub(before));
        Self { flushes: self.flushes.saturating_sub(before.flushes), bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::LogUsage;

    #[test]
    fn flushes_and_bytes_are_found_among_the_metrics() {
        let before =
            "jari_commit_seconds_bucket{le=\"0.1\"} 7\njari_commit_seconds_count 12\njari_commands_waiting 0\n";
        let before = LogUsage::of(before);
        assert_eq!(before, Some(LogUsage { flushes: 12, bytes: None }));
        let after = LogUsage::of("jari_log_bytes_total 9000\njari_commit_seconds_count 20\njari_commands_waiting 0\n");
        let after = after.expect("it is there");
        assert_eq!(after, LogUsage { flushes: 20, bytes: Some(9_000) });
        assert_eq!(after.since(before.expect("it is there")), LogUsage { flushes: 8, bytes: None });
        let first = LogUsage { flushes: 0, bytes: Some(1_000) };
        assert_eq!(after.since(first), LogUsage { flushes: 20, bytes: Some(8_000) });
        assert_eq!(LogUsage::of("nginx_connections 3\n"), None);
        assert_eq!(LogUsage::of("jari_commands_waiting 0\n"), Some(LogUsage { flushes: 0, bytes: None }));
    }
}
