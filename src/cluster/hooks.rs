//! What the running instance does for its cluster, which knows neither its commands on their way nor its clock.

use futures_util::future::BoxFuture;

use crate::domain::Timestamp;
use crate::domain::commands::Assign;

/// Has slots assigned, and is done when that is applied here, or known to come to nothing.
type Assigning = Box<dyn Fn(Vec<Assign>) -> BoxFuture<'static, ()> + Send + Sync>;

/// What the running instance does for its cluster.
pub struct Hooks {
    pub assign: Assigning,
    /// Reads its clocks.
    pub read_clocks: Box<dyn Fn() -> Clocks + Send + Sync>,
    /// Told of the clocks that count.
    pub hear_clocks: Box<dyn Fn(Heard) + Send + Sync>,
}

/// What the clocks of an instance show at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The log's time; nothing while the instance does not know it.
    pub now: Option<Timestamp>,
    /// Microseconds since 1970 by the wall clock.
    pub wall_us: i64,
    /// What the wall clock that counts should show, as the log knows it; nothing while the log's time is not known.
    pub expected_wall_us: Option<i64>,
}

impl Clocks {
    /// By how much the wall clock that counts should be ahead of the one here.
    pub(super) fn expected_ahead_us(&self) -> Option<i64> {
        self.expected_wall_us.map(|expected_us| expected_us.saturating_sub(self.wall_us))
    }
}

/// What an instance is told of the clocks that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The log's time at another instance, which orders the log; nothing where this one does.
    pub leader: Option<Timestamp>,
    /// By how many microseconds the wall clock that counts is ahead of the one here.
    pub wall_ahead_us: i64,
}
