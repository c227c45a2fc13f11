//! How a queue place stands, and what its client is told of it.

use serde::{Deserialize, Serialize};

use super::rows::EndReason;
use super::time::{Timestamp, WallTime};

/// How a queue place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    Active {
        expires_at: Timestamp,
        reserving: Reserving,
    },
    Ended(EndReason),
    /// There is no live place of this sequence.
    Gone,
}

/// Whether an ACTIVE place may still reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reserving {
    Open,
    /// Its active time is over and only its holds carry it on.
    Over,
}

/// What a client is told of its live place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceView {
    Waiting { position: u64, estimated_wait_seconds: u64, poll_after_seconds: u32 },
    Active { expires_at: WallTime, reserving: Reserving },
}
