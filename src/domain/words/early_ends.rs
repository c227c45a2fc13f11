//! How many ACTIVE places ended before their time of late: what a waiting time is estimated by.

use serde::{Deserialize, Serialize};

/// Ends of ACTIVE places before their time, within a span of seconds. They are measured while a server runs, and begin
/// anew with it: so they are no part of a state, and a command whose answer tells an estimate carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyEnds {
    pub ends: u64,
    /// From 1.
    pub seconds: u64,
}

impl Default for EarlyEnds {
    fn default() -> Self {
        Self { ends: 0, seconds: 1 }
    }
}
