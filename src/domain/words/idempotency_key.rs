//! Doing a thing once: the key of the caller, within the scope of whoever acts.

use serde::{Deserialize, Serialize};

use super::ids::UserId;
use super::operators::KeyId;

/// Do this once: the key of the caller and a fingerprint of method, path, body and the concert of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    pub key: IdempotencyKey,
    pub fingerprint: u128,
}

/// An idempotency key within the scope of who acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdempotencyKey {
    pub scope: KeyScope,
    pub key: String,
}

/// Who acts, as far as idempotency keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyScope {
    /// An operator, by their key.
    Operator(KeyId),
    User(UserId),
    /// Somebody who has no id yet, or none at all: a person who signs up, a guest who hands a ticket over. Such keys are
    /// told apart by nothing but themselves.
    Newcomer,
}
