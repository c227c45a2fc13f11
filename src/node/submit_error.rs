//! Why a request to the instance got no reply.

use crate::domain::{ApplyError, Rejection, RowFault};

/// Why a request to the instance got no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// Expected: part of the contract.
    Rejected(Rejection),
    /// As many commands wait as may.
    Overloaded,
    /// A row could not be read; the details are for the log.
    Fault(String),
    /// The instance stops.
    Stopping,
    /// This instance does not lead any more, or cannot know that it does.
    NoLeader { fate: Fate },
}

/// What became of a request that got no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing, so that it can be made again without being done twice.
    Undone,
    /// It may have been done.
    Unknown,
}

impl From<Rejection> for SubmitError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<RowFault> for SubmitError {
    fn from(fault: RowFault) -> Self {
        Self::Fault(format!("{fault}; stop jari, and `jari repair` rebuilds the database"))
    }
}

impl From<ApplyError> for SubmitError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Rejected(rejection) => Self::Rejected(rejection),
            ApplyError::Fault(fault) => Self::from(fault),
        }
    }
}
