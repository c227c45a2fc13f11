//! The kinds of traffic between two instances. Each has a connection of its own, so that no kind waits behind another.

use serde::{Deserialize, Serialize};

/// Requests that are under way at once on a connection. Further ones wait at the side that asks.
pub(super) const STREAMS_MAX: u32 = 1_024;
const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

/// Bytes of an answer that wait unread on a connection where whoever asked reads at once.
const PROMPT_WINDOWS: Windows = Windows { stream: MIB, connection: 4 * MIB };
/// Where answers are passed on to clients, who may be slow: the connection has room for all that its streams may hold
/// together, so that none of them stands in the way of another.
const PASSED_ON_WINDOWS: Windows = Windows { stream: 16 * KIB, connection: STREAMS_MAX * 16 * KIB };

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Traffic {
    /// The consensus library's own messages.
    Raft,
    /// What an instance adds to the log.
    Propose,
    /// Small questions about the cluster.
    Control,
    /// Requests of clients that another instance answers.
    Forward,
}

/// Bytes that may wait unread in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    pub stream: u32,
    pub connection: u32,
}

impl Traffic {
    /// Bytes that the body of a call, and its answer's, may have when it is read as one.
    #[must_use]
    pub const fn body_bytes_max(self) -> usize {
        let bytes = match self {
            Self::Raft => 8 * MIB,
            Self::Propose | Self::Control | Self::Forward => MIB,
        };
        bytes as usize
    }

    /// What of its answers may wait unread at the side that asked.
    pub(super) const fn answer_windows(self) -> Windows {
        match self {
            Self::Raft | Self::Propose | Self::Control => PROMPT_WINDOWS,
            Self::Forward => PASSED_ON_WINDOWS,
        }
    }
}

/// What of the requests of one connection may wait unread at the side that answers. It is agreed on before that side
/// knows what the connection is for, so it is the same for each. Handlers read what they are sent at once.
pub(super) const REQUEST_WINDOWS: Windows = PROMPT_WINDOWS;
