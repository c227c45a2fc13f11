//! Why a request to another instance has no answer, and whether it may have been done all the same.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use thiserror::Error;

use crate::domain::NodeId;

/// Another instance, and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerName {
    pub node: NodeId,
    /// Host and port.
    pub address: Arc<str>,
}

/// A part of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Request,
    Answer,
}

/// Why a request to another instance has no answer that can be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    #[error("{peer} cannot be reached, so nothing was sent: {reason}")]
    NotConnected { peer: PeerName, reason: String },
    #[error("{peer} has another cluster key, so nothing was sent: give every instance the same key file")]
    WrongKey { peer: PeerName },
    #[error(
        "instance {found} answers where {peer} is expected, so nothing was sent: correct the addresses of the peers"
    )]
    WrongNode { peer: PeerName, found: NodeId },
    #[error("{peer} and this instance do not belong together, so nothing was sent: {reason}")]
    NotAccepted { peer: PeerName, reason: String },
    #[error("{peer} was not connected within {limit:?}, so nothing was sent")]
    NotConnectedInTime { peer: PeerName, limit: Duration },
    #[error("{peer} did not answer within {limit:?}; the request may have been done")]
    TimedOut { peer: PeerName, limit: Duration },
    #[error("the connection with {peer} broke; the request may have been done: {reason}")]
    Broken { peer: PeerName, reason: String },
    #[error("{peer} refuses the request with status {}: {text}", status.as_u16())]
    Refused { peer: PeerName, status: StatusCode, text: String },
    #[error(
        "the {which} would have more than {bytes_max} bytes, which is the most that {peer} is sent and sends in one"
    )]
    TooLarge { peer: PeerName, which: Which, bytes_max: usize },
}

impl LinkError {
    /// Whether nothing of the request was sent, so that it can be made again without being done twice.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::NotConnected { .. }
            | Self::NotConnectedInTime { .. }
            | Self::WrongKey { .. }
            | Self::WrongNode { .. }
            | Self::NotAccepted { .. }
            | Self::TooLarge { which: Which::Request, .. } => true,
            Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::Refused { .. }
            | Self::TooLarge { which: Which::Answer, .. } => false,
        }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "instance {} at `{}`", self.node, self.address)
    }
}

impl fmt::Display for Which {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Request => "request",
            Self::Answer => "answer",
        })
    }
}

/// An error with all that led to it: the HTTP library tells the cause apart from what it broke.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
