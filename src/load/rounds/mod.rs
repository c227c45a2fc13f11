//! The measured part of every scenario: one run of its workload, or rounds of several where the first runs find the
//! rate that the last goes by.

mod best_rate;
mod overload;
mod setup;
mod single;

use super::client_pool::ClientPool;
use super::fixtures::Fixtures;
use super::options::Options;
use super::process_usage::Process;
use super::report::Report;
use super::scenario::WorkloadKind;
use super::workload::Workload;

use setup::Setup;

/// Runs the scenario; the workload as it ended, and the report of it.
pub(super) fn run<'a>(
    options: &Options,
    fixtures: &'a Fixtures,
    pool: &ClientPool<'_>,
    server_process: Option<Process>,
) -> (Workload<'a>, Report) {
    let setup = Setup { options, fixtures, pool, server_process };
    match options.scenario.workload() {
        WorkloadKind::Overload => overload::run(&setup),
        kind => single::run(&setup, kind),
    }
}
