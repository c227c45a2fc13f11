//! How a subcommand ends: what is told when its work was not done, and the exit code of the process.

/// Wrong use or configuration.
const EXIT_USAGE: u8 = 2;
/// Anything else that went wrong.
pub(super) const EXIT_FAILURE: u8 = 1;

/// Why a subcommand ended before its work was done; each prints as one message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Exit {
    /// Wrong use or configuration.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failure(String),
}

impl Exit {
    /// The exit code of the process.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Failure(_) => EXIT_FAILURE,
        }
    }
}
