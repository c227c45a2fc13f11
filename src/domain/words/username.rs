//! A user's name: the spelling that was given, and the canonical form that decides whether two spellings are one name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The canonical form travels with the command and lies in the row: a replay does not depend on the tables of Unicode
/// that a later build knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Username {
    /// As it was given and is shown.
    pub given: String,
    /// Unique among all users.
    pub canonical: String,
}

impl Username {
    /// What is left of the name of a deleted user.
    pub fn erased() -> Self {
        Self { given: String::new(), canonical: String::new() }
    }

    pub fn is_erased(&self) -> bool {
        self.canonical.is_empty()
    }

    /// A name that is its own canonical form.
    pub fn plain(name: impl Into<String>) -> Self {
        let given = name.into();
        Self { canonical: given.clone(), given }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.given)
    }
}
