//! The load generator behind `jari bench`: virtual users of a box office, how long they wait for responses, and whether
//! the server kept afterwards what it had acknowledged. It speaks HTTP as any client does and knows nothing of how a
//! server works inside.
//!
//! Its files name each other one way. `client` and `scenario` know nothing of the others, `fixtures` are made before a
//! run, `workload` is what each virtual user does with them at the times that `pacing` gives, `driver` runs many of
//! these, `consistency` compares what was `acknowledged` with what the server says afterwards, and `rounds` makes a
//! `report` of one run or of several.

mod acknowledged;
mod client;
mod client_pool;
mod consistency;
mod driver;
mod error;
mod event_feed;
mod fixtures;
mod histograms;
mod interrupt;
mod options;
mod pacing;
mod process_usage;
mod progress;
mod report;
mod rounds;
mod run;
mod scenario;
mod server;
mod virtual_user;
mod workload;

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(crate) use client::Server;
pub(crate) use error::Error;
pub(crate) use options::{Options, Target};
pub(crate) use report::Report;
pub(crate) use scenario::{FOLLOWERS_USUAL, FixtureSize, HotSeatOthers, Scenario, WorkloadKind};

use client_pool::ClientPool;
use consistency::Findings;
use process_usage::Process;
use progress::Progress;
use report::Resident;
use server::{ChildServer, LogUsage};

/// Connections that prepare and check: at least so many that commits are shared by many, at most so many that no server
/// is overloaded by them.
const POOL_CONNECTIONS_MIN: usize = 128;
const POOL_CONNECTIONS_MAX: usize = 1_024;

/// Prepares, measures, checks.
///
/// # Errors
/// The server cannot be started or reached, or refuses what a run needs. An effect that was acknowledged and is not
/// there, or that cannot be checked any more, is no error: the report tells.
pub(crate) fn run(options: &Options) -> Result<Report, Error> {
    let interrupted = interrupt::watch().map_err(Error::Start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let (own, server, process) = match &options.target {
        Target::Own { folder, assignments } => {
            let own =
                ChildServer::start(folder, options.connections + options.holders + options.followers, assignments)?;
            let (server, id) = (own.server.clone(), own.process_id());
            (Some(own), server, Some(Process::Other(id)))
        }
        Target::Running { server, process } => (None, server.clone(), process.map(Process::Other)),
    };
    let progress = Progress::new();
    let connections = (options.connections as usize).clamp(POOL_CONNECTIONS_MIN, POOL_CONNECTIONS_MAX);
    let resident = || process.and_then(Process::resident_kib);
    let pool = ClientPool { server: &server, connections, interrupted: Arc::clone(&interrupted), progress: &progress };

    let at_first = resident();
    let fixtures = runtime.block_on(fixtures::prepare(&pool, options))?;
    let prepared = resident();
    let log_before = runtime.block_on(LogUsage::read(&pool)).unwrap_or(None);
    let (workload, mut report) = rounds::run(options, &fixtures, &pool, process);
    let after = resident();
    let log_after = runtime.block_on(LogUsage::read(&pool)).unwrap_or(None);
    report.log = log_after.zip(log_before).map(|(after, before)| after.since(before));
    report.server_resident_kib = (|| Some(Resident { at_first: at_first?, prepared: prepared?, after: after? }))();
    report.interrupted = interrupted.load(Ordering::Relaxed);
    // What an interrupted run was acknowledged is checked all the same.
    let pool = ClientPool { interrupted: Arc::default(), ..pool };
    let places = workload.queue_rush.as_ref().map(|queue_rush| &queue_rush.places);
    let check = consistency::check(&pool, &fixtures, workload.kind, places);
    report.consistency = runtime.block_on(check).unwrap_or_else(Findings::unchecked);
    progress.end();
    if let Some(own) = own {
        report.server = "a server of its own".to_owned();
        report.verify = own.finish()?;
    }
    Ok(report)
}
