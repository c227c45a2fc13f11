//! The row of an answer that is kept with its idempotency key.

use serde::{Deserialize, Serialize};

use super::reply::Reply;
use super::time::Timestamp;

/// The kept answer to a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// Its place in the order of writing.
    pub number: u64,
    pub fingerprint: u128,
    pub at: Timestamp,
    pub reply: Reply,
}
