//! How the consensus library is set.

use std::sync::Arc;
use std::time::Duration;

use openraft::{Config, SnapshotPolicy};

/// How often a leader shows that it is there. A message with entries has to come back within it, the sync of their log
/// included.
pub const HEARTBEAT: Duration = Duration::from_millis(200);
/// After how long without a leader an instance stands for election: somewhere between these, so that two seldom stand at
/// once. Another one leads 1.3 to 1.8 s after a leader has died.
pub const ELECTION: [Duration; 2] = [Duration::from_millis(600), Duration::from_millis(900)];

/// The settings of the library. It makes snapshots and lets go of the log when it is told to, and not by itself.
#[must_use]
pub fn config() -> Arc<Config> {
    let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).expect("below a second");
    let config = Config {
        cluster_name: "jari".to_owned(),
        heartbeat_interval: milliseconds(HEARTBEAT),
        election_timeout_min: milliseconds(ELECTION[0]),
        election_timeout_max: milliseconds(ELECTION[1]),
        snapshot_policy: SnapshotPolicy::Never,
        // A snapshot alone lets go of nothing.
        max_in_snapshot_log_to_keep: u64::MAX,
        ..Config::default()
    };
    Arc::new(config.validate().expect("a heartbeat is shorter than an election"))
}
