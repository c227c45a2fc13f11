//! How long the link waits, and how much it takes on.

use std::time::Duration;

/// Of the side that answers.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// Connections at once. Beyond it, a newcomer takes the place of the oldest one that has not yet said hello.
    pub connections: usize,
    /// How long a connection may take to prove that it has the cluster key and to say hello.
    pub introduction: Duration,
    /// For how long a stop waits for requests that are under way.
    pub stop: Duration,
}

impl Default for ServerLimits {
    /// Room for sixteen peers with all kinds of traffic, four times over: a peer that comes back may have its old
    /// connections still counted.
    fn default() -> Self {
        Self { connections: 256, introduction: Duration::from_secs(5), stop: Duration::from_secs(10) }
    }
}

/// Of the side that asks.
#[derive(Clone, Copy, Debug)]
pub struct DialLimits {
    /// How long a connection may take until the other side has said hello.
    pub connect: Duration,
    /// How long nobody tries again after that failed.
    pub pause: Duration,
}

impl Default for DialLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), pause: Duration::from_millis(100) }
    }
}
