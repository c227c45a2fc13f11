//! For whom a command is done.

use super::idempotency::KeyGuard;
use crate::domain::KeyId;

/// For whom a command is done, and whether it is done once. By default for nobody in particular, as often as it is asked for.
#[derive(Default)]
pub struct Caller {
    /// It is kept until the command is applied.
    pub key: Option<KeyGuard>,
    /// The key of the operator whose act it is.
    pub by: Option<KeyId>,
}

impl Caller {
    /// An operator, by their key.
    pub fn operator(by: KeyId) -> Self {
        Self { key: None, by: Some(by) }
    }
}
