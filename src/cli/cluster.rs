//! `jari cluster`: what an instance knows of its cluster, asked over the operator's API.

mod status;

use clap::{Args, Subcommand};
use hyper::Method;

use self::status::ClusterStatus;
use super::exit::Exit;
use super::operator_api::{OperatorApi, Refusal, RunningServer};
use super::output;

const PATH: &str = "/api/v1/admin/cluster";
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
}

#[derive(Args)]
struct StatusArguments {
    #[command(flatten)]
    server: RunningServer,
    /// Print what the instance answers as JSON
    #[arg(long)]
    json: bool,
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

fn refused(api: &OperatorApi, Refusal { reason, message }: Refusal) -> Exit {
    let url = &api.url;
    Exit::Failure(match reason.as_str() {
        RUNS_ALONE => format!("the server at {url} runs alone: it is no member of a cluster"),
        "TOKEN_INVALID" => format!("the server at {url} does not take the operator's key that it was asked with"),
        _ => format!("the server at {url} refuses with {reason}: {message}"),
    })
}
