//! `jari cluster`: what an instance knows of its cluster, and which instances belong to it, over the operator's API; and
//! the database of one that does not run, made anew.

mod rebuild;
mod status;

use std::time::Duration;

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use self::status::ClusterStatus;
use super::exit::Exit;
use super::operator_api::{OperatorApi, Refusal, RunningServer};
use super::output;
use crate::config::peer_address;

const PATH: &str = "/api/v1/admin/cluster";
const MEMBERS_PATH: &str = "/api/v1/admin/cluster/members";
/// How long it is waited for the vote of an instance: it is sent all data first.
const VOTE_LIMIT: Duration = Duration::from_secs(60);
/// How long it is waited before it is asked again.
const PAUSE: Duration = Duration::from_millis(500);
/// What a server is refused with that is no member of a cluster.
const RUNS_ALONE: &str = "RUNS_ALONE";

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell what one instance knows of its cluster: who leads, who is reached, how far the log has come
    Status(StatusArguments),
    /// Take an instance in that runs and waits for it: it gets all data, and then a vote
    Add(AddArguments),
    /// Remove an instance for good: it has no vote any more, is told so, and ends
    Remove(RemoveArguments),
    /// Make the database of a stopped instance anew from what the others have
    #[command(after_long_help = rebuild::DETAILS)]
    Rebuild(Box<rebuild::Arguments>),
}

#[derive(Args)]
struct StatusArguments {
    #[command(flatten)]
    server: RunningServer,
    /// Print what the instance answers as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct AddArguments {
    /// The instance, as in 4=http://10.0.0.4:7001: its id, and where the others reach it
    #[arg(value_name = "ID=URL")]
    member: String,
    #[command(flatten)]
    server: RunningServer,
}

#[derive(Args)]
struct RemoveArguments {
    /// The id of the instance
    #[arg(value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    node: u64,
    #[command(flatten)]
    server: RunningServer,
    /// Remove it although no majority is reached of those that are left
    #[arg(long)]
    force: bool,
}

/// Asks, and prints the answer.
///
/// # Errors
/// The server cannot be reached, runs alone, or refuses.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Exit::Failure(format!("cannot start to ask: {error}")))?;
    match &arguments.command {
        Command::Status(status) => runtime.block_on(show_status(status)),
        Command::Add(member) => runtime.block_on(add(member)),
        Command::Remove(member) => runtime.block_on(remove(member)),
        Command::Rebuild(arguments) => rebuild::run(arguments),
    }
}

async fn show_status(StatusArguments { server, json }: &StatusArguments) -> Result<(), Exit> {
    let api = server.find()?;
    let answer = api.ask(Method::GET, PATH, None).await?;
    let body = answer.map_err(|refusal| refused(&api, refusal))?;
    let text = if *json {
        format!("{body:#}\n")
    } else {
        let status: ClusterStatus = serde_json::from_value(body).map_err(|error| {
            Exit::Failure(format!("the server at {} answers what this version does not understand: {error}", api.url))
        })?;
        status.as_text(&api.url)
    };
    output::print(&text);
    Ok(())
}

async fn add(AddArguments { member, server }: &AddArguments) -> Result<(), Exit> {
    let wrong = || {
        Exit::Usage(format!("{member:?} is no instance: write its id and its address, as in 4=http://10.0.0.4:7001"))
    };
    let (node, address) = member.split_once('=').ok_or_else(wrong)?;
    let node: u64 = node.trim().parse().ok().filter(|node| *node > 0).ok_or_else(wrong)?;
    let address = peer_address(address.trim()).ok_or_else(wrong)?;
    let api = server.find()?;
    let asked = json!({"nodeId": node, "address": address});
    let give_up = Instant::now() + VOTE_LIMIT;
    loop {
        let answer = api.ask(Method::POST, MEMBERS_PATH, Some(&asked)).await?;
        let body = answer.map_err(|refusal| refused(&api, refusal))?;
        if body["role"] == "voter" {
            output::print(&format!("instance {node} has all data and a vote\n"));
            return Ok(());
        }
        if Instant::now() > give_up {
            return Err(Exit::Failure(format!(
                "instance {node} is taken in and has no vote yet: it is still being sent the data; `jari cluster status` \
                 tells when it has one"
            )));
        }
        sleep(PAUSE).await;
    }
}

async fn remove(RemoveArguments { node, server, force }: &RemoveArguments) -> Result<(), Exit> {
    let api = server.find()?;
    let answer = api.ask(Method::DELETE, &format!("{MEMBERS_PATH}/{node}?force={force}"), None).await?;
    answer.map_err(|refusal| refused(&api, refusal))?;
    output::print(&format!("instance {node} is removed\n"));
    Ok(())
}

fn refused(api: &OperatorApi, Refusal { reason, message }: Refusal) -> Exit {
    let url = &api.url;
    Exit::Failure(match reason.as_str() {
        RUNS_ALONE => format!("the server at {url} runs alone: it is no member of a cluster"),
        "TOKEN_INVALID" => format!("the server at {url} does not take the operator's key that it was asked with"),
        _ => format!("the server at {url} refuses with {reason}: {message}"),
    })
}
