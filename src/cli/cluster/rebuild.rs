//! `jari cluster rebuild`: makes the database of a stopped instance anew from what the others have.

use std::path::Path;

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::cli::settings::SettingArguments;
use crate::cluster::membership::{Membership, MembershipError};
use crate::cluster::{Fetch, Fetched, fetch, key_file};
use crate::config::ClusterSettings;
use crate::repair::Replacing;
use crate::storage;

const BYTES_A_MIB: usize = 1024 * 1024;

pub(super) const DETAILS: &str = "\
For one of several instances whose log is sound and whose jari.redb is damaged or lost, or differs from those of the others.
It is given the settings that the instance is started with, and another instance has to run. Nothing is changed until all
data has come and was examined as `jari verify` does; the old file stays, as jari.redb.damaged-TIME. The log and the vote in
it stay as they are, for an instance may not forget what it has promised: so an instance whose log is damaged is replaced by
an empty one under a new id (`jari cluster add`, `jari cluster remove`). cluster.id stays, too, but that it says no more that
the copy differs.

The next start goes on with the log, and the others send what is missing.";

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: SettingArguments,
}

/// Makes it anew, and tells what was done.
///
/// # Errors
/// The settings are not those of one of several instances, the folder cannot be used, or nobody gives the data.
pub(super) fn run(Arguments { settings }: &Arguments) -> Result<(), Exit> {
    let (assigned, read) = settings.configure();
    read.map_err(Exit::Usage)?;
    let config = assigned.config();
    let settings = config.cluster().ok().flatten().ok_or_else(|| {
        Exit::Usage(
            "cluster.peers names no other instances: give the settings that this instance is started with".to_owned(),
        )
    })?;
    let ClusterSettings { node, peers, key_file: key_path, .. } = settings;
    let failed = |error: &dyn std::error::Error| Exit::Failure(error.to_string());
    let data_dir = config.storage.data_dir.clone();
    let membership = Membership::read(&data_dir).map_err(|error| failed(&error))?;
    let membership = membership.ok_or_else(|| {
        let folder = data_dir.display();
        Exit::Failure(format!(
            "{folder} is the folder of no cluster; `jari repair` mends that of a server that runs alone"
        ))
    })?;
    if membership.node != node {
        return Err(Exit::Failure(format!(
            "{} is that of instance {}, not of instance {node}",
            data_dir.display(),
            membership.node
        )));
    }
    if membership.is_removed {
        return Err(Exit::Failure(format!(
            "instance {node} was removed from its cluster, so its folder is of no use any more"
        )));
    }
    let cache_bytes = config.storage.cache_mib as usize * BYTES_A_MIB;
    let options = storage::Options { data_dir: data_dir.clone(), cache_bytes };
    let mut replacing = Replacing::begin(options).map_err(|error| failed(&error))?;
    let key = key_file::read(&key_path).map_err(|error| failed(&error))?;
    let asking = Fetch { membership, peers, key, least: replacing.least() };
    let fetched = fetch(asking, &replacing.disk());
    let Fetched { from, holds } = fetched.map_err(|error| Exit::Failure(format!("{error}; nothing was changed")))?;
    output::print(&format!("instance {from} has sent its data, up to entry {}\n", holds.0));
    let repaired = replacing.finish().map_err(|error| failed(&error))?;
    output::print(&format!("{repaired}\n"));
    let kept = lift_difference(&data_dir)?;
    output::print(&format!("{kept}; the next start goes on with the log, and the others send what is missing\n"));
    Ok(())
}

/// Has a folder whose database is a new one say no more that its copy differs, where it does, and tells what is as it was.
/// The folder has to be kept from all others.
fn lift_difference(data_dir: &Path) -> Result<&'static str, Exit> {
    let failed = |error: &MembershipError| {
        Exit::Failure(format!(
            "{error}: the database is a new one, and is used as soon as `jari cluster rebuild` has come to its end"
        ))
    };
    // A process may have noted it after the first look, before the folder was kept from it.
    let membership = Membership::read(data_dir).map_err(|error| failed(&error))?;
    match membership.filter(|membership| membership.differs_at.is_some()) {
        Some(membership) => {
            membership.lift_difference(data_dir).map_err(|error| failed(&error))?;
            Ok("the log and its vote are as they were, and cluster.id says no more that the copy differs")
        }
        None => Ok("the log, its vote and cluster.id are as they were"),
    }
}
