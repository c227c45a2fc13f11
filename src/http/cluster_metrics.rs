//! The figures of the cluster that are read when somebody asks for the metrics. Alone there are none.

use crate::cluster::tenure::TenureLeft;
use crate::node::ClusterStatus;
use crate::telemetry::metrics::{
    LOG_APPLIED_INDEX, LOG_COMMITTED_INDEX, LOG_DURABLE_INDEX, LOG_LAST_INDEX, RAFT_IS_LEADER, RAFT_TERM,
    REPLICATION_LAG, SLOTS_OWNED, TENURE_SECONDS, WALL_OFFSET,
};

/// Writes what an instance knows of its cluster.
pub(super) fn write(text: &mut String, status: &ClusterStatus) {
    let own = status.instance.node;
    let progress = &status.instance.progress;
    RAFT_TERM.write(text, progress.term.0);
    RAFT_IS_LEADER.write(text, u8::from(progress.leader == Some(own)));
    LOG_LAST_INDEX.write(text, progress.last.0);
    if let Some(committed) = progress.committed {
        LOG_COMMITTED_INDEX.write(text, committed.0);
    }
    LOG_APPLIED_INDEX.write(text, progress.applied.0);
    LOG_DURABLE_INDEX.write(text, progress.durable.0);
    let owned = status.slots.iter().filter(|range| range.owner == own);
    SLOTS_OWNED.write(text, owned.map(|range| u32::from(range.to.0 - range.from.0) + 1).sum::<u32>());
    match status.instance.tenure {
        TenureLeft::Nothing => TENURE_SECONDS.write(text, 0),
        TenureLeft::Bound(left) => TENURE_SECONDS.write(text, left.as_secs_f64()),
        TenureLeft::Unbound => TENURE_SECONDS.write(text, "+Inf"),
    }
    if !progress.lags.is_empty() {
        REPLICATION_LAG.write_head(text);
    }
    for (peer, lag) in &progress.lags {
        // One that was never heard lacks all.
        REPLICATION_LAG.write_sample(text, &format!("{{peer=\"{peer}\"}}"), lag.unwrap_or(progress.last.0));
    }
    let walls = &status.instance.walls_ahead_us;
    if !walls.is_empty() {
        WALL_OFFSET.write_head(text);
    }
    for (peer, ahead_us) in walls {
        WALL_OFFSET.write_sample(text, &format!("{{peer=\"{peer}\"}}"), *ahead_us as f64 / 1e6);
    }
}
