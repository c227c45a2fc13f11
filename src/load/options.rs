//! What a run is to do; the command line has checked it.

use std::path::PathBuf;
use std::time::Duration;

use super::client::Server;
use super::scenario::{FixtureSize, HotSeatOthers, Scenario};

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub scenario: Scenario,
    pub target: Target,
    /// 1 or more; not fewer than `threads`.
    pub connections: u32,
    /// Threads of the generator, 1 or more.
    pub threads: u32,
    /// Iterations a second in an open loop; none for a closed one.
    pub rate: Option<f64>,
    pub duration: Duration,
    /// In which the users of a queue rush come.
    pub within: Duration,
    pub size: FixtureSize,
    /// The mean time that a buyer thinks between two steps.
    pub think: Duration,
    /// Connections that hold other seats while one seat is hot, on top of `connections`.
    pub holders: u32,
    /// Streams that follow the seats of the first date meanwhile.
    pub followers: u32,
    /// What the `connections` do meanwhile.
    pub others: HotSeatOthers,
    /// As many times the best rate come in an overload; above 0.
    pub times: f64,
    /// How often an overload is run, each time after the best rate was found anew; 1 or more.
    pub rounds: u32,
    /// How often a customer of an overload asks to be let in before going away; 1 or more.
    pub tries: u32,
    /// Admissions a second of a queue rush.
    pub admit_per_second: u32,
    /// ACTIVE places at once of a sale; none for no limit.
    pub max_active: Option<u32>,
    /// The only step that is taken, by its place among the steps of the workload.
    pub only_step: Option<usize>,
}

/// Where the server is.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Started for the run, with its data in a fresh folder below `folder`.
    Own { folder: PathBuf, assignments: Vec<String> },
    /// Running already; its process, where it is on this machine and known.
    Running { server: Server, process: Option<u32> },
}
