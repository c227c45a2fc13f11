//! A command with what travels with it: the leader's time and the promise to do it once.

use serde::{Deserialize, Serialize};

use super::{Command, ConcertNo, Sequence, Timestamp, UserId};

/// A command with the leader's time and, when the caller sent an idempotency key, the promise to do it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    pub now: Timestamp,
    pub once: Option<Once>,
    pub command: Command,
}

/// Do this once: the key of the caller and a fingerprint of method, path, body and the concert of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    pub key: OnceKey,
    pub fingerprint: u128,
}

/// An idempotency key within the scope of who acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OnceKey {
    pub actor: Actor,
    pub key: String,
}

/// Who acts, as far as idempotency keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Actor {
    Operator,
    User(UserId),
    /// Somebody who signs up and has no id yet: such keys are told apart by nothing but themselves.
    Newcomer,
}

/// The queue place that a token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bearer {
    pub concert: ConcertNo,
    pub sequence: Sequence,
    pub user: UserId,
}
