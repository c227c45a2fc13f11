//! A command with what travels with it: the leader's time and the promise to do it once.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::domain::words::{Once, Timestamp};

/// A command with the leader's time and, when the caller sent an idempotency key, the promise to do it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    pub now: Timestamp,
    pub once: Option<Once>,
    pub command: Command,
}
