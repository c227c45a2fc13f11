//! Whose an e-mail address is. Several users may have one.

use serde::{Deserialize, Serialize};

use super::ids::UserId;

/// An address and one who has it, ordered by the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EmailKey {
    /// With the letters of ASCII in lower case: what a later build knows of other letters changes no row.
    pub folded: String,
    pub user: UserId,
}

impl EmailKey {
    pub fn of(email: &str, user: UserId) -> Self {
        Self { folded: email.to_ascii_lowercase(), user }
    }
}
