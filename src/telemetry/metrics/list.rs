//! Every metric of the server. A name that is here stays: somebody's alarms rest on it.

use super::metric::{Kind, Metric};

/// Upper bounds of histograms of seconds: from a read out of memory to the longest time that a request may take.
const SECONDS: Kind = Kind::Histogram {
    bounds: &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
};
/// Upper bounds of the histogram of commands in a batch.
const COMMANDS: Kind =
    Kind::Histogram { bounds: &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0] };

/// Declares each metric as a constant, and [`ALL`] of them.
macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:expr, $help:literal;)+) => {
        $(#[doc = $help] pub const $constant: Metric = Metric { name: $name, kind: $kind, help: $help };)+

        /// All metrics.
        pub const ALL: &[Metric] = &[$($constant),+];
    };
}

metrics! {
    REQUESTS = "jari_requests_total", Kind::Counter, "Requests that were answered, by route and status.";
    REQUEST_SECONDS = "jari_request_seconds", SECONDS, "Seconds until the head of an answer was made, by route.";
    CONNECTIONS = "jari_connections", Kind::Gauge, "Connections open now.";
    OPERATOR_KEYS_REFUSED = "jari_operator_keys_refused_total", Kind::Counter, "Requests with a wrong operator key.";
    FORWARDS = "jari_forwards_total", Kind::Counter,
        "Requests that another instance was asked to answer, by instance and result. It counts them as requests, too.";
    FORWARD_SECONDS = "jari_forward_seconds", SECONDS, "Seconds until another instance had the head of an answer.";
    BATCH_COMMANDS = "jari_batch_commands", COMMANDS, "Commands in one log entry.";
    COMMIT_SECONDS = "jari_commit_seconds", SECONDS, "Seconds until a log entry was on the disk.";
    LOG_BYTES = "jari_log_bytes_total", Kind::Counter, "Bytes that were appended to the log.";
    TABLE_COMMIT_SECONDS = "jari_table_commit_seconds", SECONDS, "Seconds of one transaction of the database.";
    BUILD_INFO = "jari_build_info", Kind::Gauge, "1, with the version of the running server.";
    UPTIME_SECONDS = "jari_uptime_seconds", Kind::Gauge, "Seconds since the server started.";
    COMMANDS_WAITING = "jari_commands_waiting", Kind::Gauge, "Commands that wait for the writer.";
    OVERLAY_ROWS = "jari_overlay_rows", Kind::Gauge, "Rows that are in the log and not yet in the database.";
    DATA_DIR_FREE_BYTES = "jari_data_dir_free_bytes", Kind::Gauge,
        "Bytes that are free on the disk of the data folder.";
    CLOCK_OFFSET_SECONDS = "jari_clock_offset_seconds", Kind::Gauge,
        "By how much the wall clock is ahead of the time that durations run on.";
    CLOCK_CORRECTIONS = "jari_clock_corrections_total", Kind::Counter,
        "How often the wall clock was found to have been set.";
    QUEUE_PLACES = "jari_queue_places", Kind::Gauge, "Live queue places, by concert and state.";
    SEATS = "jari_seats", Kind::Gauge, "Seats, by concert, date and state.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn a_name_stands_for_one_metric() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(names.iter().all(|name| name.starts_with("jari_")), "{names:?}");
    }
}
