//! Every metric of the server. A name that is here stays: somebody's alarms rest on it.

use super::metric::{Kind, Metric};

/// Upper bounds of histograms of seconds: from a read out of memory to the longest time that a request may take.
const SECONDS: Kind = Kind::Histogram {
    bounds: &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
};
/// Upper bounds of the histogram of commands in a batch.
const COMMANDS: Kind =
    Kind::Histogram { bounds: &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0] };
/// Upper bounds of the histogram of parts of an entry.
const PARTS: Kind = Kind::Histogram { bounds: &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0] };

/// Declares each metric as a constant, and a list of them.
macro_rules! metrics {
    ($(#[$about:meta])* $list:ident: $($constant:ident = $name:literal, $kind:expr, $help:literal;)+) => {
        $(#[doc = $help] pub const $constant: Metric = Metric { name: $name, kind: $kind, help: $help };)+

        $(#[$about])*
        pub const $list: &[Metric] = &[$($constant),+];
    };
}

/// All metrics.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    OF_EVERY_SERVER.iter().chain(OF_A_CLUSTER)
}

metrics! {
    /// Metrics of every server, whether it runs alone or not.
    OF_EVERY_SERVER:
    REQUESTS = "jari_requests_total", Kind::Counter, "Requests that were answered, by route and status.";
    REQUEST_SECONDS = "jari_request_seconds", SECONDS, "Seconds until the head of an answer was made, by route.";
    CONNECTIONS = "jari_connections", Kind::Gauge, "Connections open now.";
    OPERATOR_KEYS_REFUSED = "jari_operator_keys_refused_total", Kind::Counter, "Requests with a wrong operator key.";
    RATE_LIMITED = "jari_rate_limited_total", Kind::Counter, "Requests that a limit refused, by kind of limit.";
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

metrics! {
    /// Metrics of an instance that is one of several; a server that runs alone shows none of them.
    OF_A_CLUSTER:
    FORWARDS = "jari_forwards_total", Kind::Counter,
        "Requests that another instance was asked to answer, by instance and result. It counts them as requests, too.";
    FORWARD_SECONDS = "jari_forward_seconds", SECONDS, "Seconds until another instance had the head of an answer.";
    RAFT_TERM = "jari_raft_term", Kind::Gauge, "The term of the order of the log: it counts elections.";
    RAFT_IS_LEADER = "jari_raft_is_leader", Kind::Gauge, "1 at the instance that orders the log, otherwise 0.";
    RAFT_ELECTIONS = "jari_raft_elections_total", Kind::Counter, "How often an instance was found to lead from then on.";
    LOG_LAST_INDEX = "jari_log_last_index", Kind::Gauge, "The newest entry of the log of this instance.";
    LOG_COMMITTED_INDEX = "jari_log_committed_index", Kind::Gauge, "The newest entry that a majority is known to hold.";
    LOG_APPLIED_INDEX = "jari_log_applied_index", Kind::Gauge, "The newest entry that is applied at this instance.";
    LOG_DURABLE_INDEX = "jari_log_durable_index", Kind::Gauge, "The newest entry that its database holds durably.";
    REPLICATION_LAG = "jari_replication_lag_entries", Kind::Gauge,
        "Entries that another instance lacks, by instance, at the one that orders the log.";
    WALL_OFFSET = "jari_wall_offset_seconds", Kind::Gauge,
        "By how much the wall clock of another instance is ahead, by instance, at the one that orders the log.";
    FRESH_SECONDS = "jari_fresh_seconds", SECONDS,
        "Seconds until the copy of this instance was known to show all that was answered before a question.";
    SLOTS_OWNED = "jari_slots_owned", Kind::Gauge, "Slots of concerts that this instance owns.";
    SLOT_MOVES = "jari_slot_moves_total", Kind::Counter,
        "Slots that were given to another owner, by why, at the instance that orders the log: their owner was lost, was \
         leaving, or they went home.";
    PARTS_PROPOSED = "jari_parts_proposed_total", Kind::Counter,
        "Parts, each some commands of this instance, that were to become part of an entry.";
    PARTS_REPEATED = "jari_parts_repeated_total", Kind::Counter, "How often a part was sent again, as nothing came of it.";
    PARTS_SKIPPED = "jari_parts_skipped_total", Kind::Counter,
        "Parts in the log whose turn it was not, as they were applied before or are of an earlier life of their process.";
    PARTS_FENCED = "jari_parts_fenced_total", Kind::Counter,
        "Parts of which a command changed nothing, as another instance led its concert by then.";
    ENTRY_PARTS = "jari_entry_parts", PARTS, "Parts in one log entry.";
    TENURE_SECONDS = "jari_tenure_seconds", Kind::Gauge,
        "For how long this instance may order the log without hearing of the others; 0 where it does not.";
    PEER_BYTES = "jari_peer_bytes_total", Kind::Counter,
        "Bytes on the connections that this instance made to others, by instance and direction.";
    SNAPSHOTS_SENT = "jari_snapshot_sent_total", Kind::Counter, "Snapshots that another instance took whole.";
    SNAPSHOTS_RECEIVED = "jari_snapshot_received_total", Kind::Counter, "Snapshots that this instance installed.";
    SNAPSHOT_BYTES_SENT = "jari_snapshot_sent_bytes_total", Kind::Counter, "Bytes of snapshots that were sent.";
    SNAPSHOT_BYTES_RECEIVED = "jari_snapshot_received_bytes_total", Kind::Counter, "Bytes of snapshots that came.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;

    #[test]
    fn a_name_stands_for_one_metric() {
        let names: BTreeSet<&str> = all().map(|metric| metric.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.iter().all(|name| name.starts_with("jari_")), "{names:?}");
    }
}
