//! `jari serve`: brings up configuration, log, node and HTTP in this order, and takes them down in the other.

use std::ffi::OsStr;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Exit, demo};
use crate::config::{Config, Sources};
use crate::http::{
    self, App, Edge, KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, Phase, SigningKey,
    TOKEN_KEY_FILE, Tokens,
};
use crate::node::{self, Node};

const BYTES_A_MIB: usize = 1024 * 1024;

#[derive(Args)]
pub struct Arguments {
    /// Read settings from this file instead of ./config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep the data in this folder; it is made when missing
    #[arg(long, value_name = "DIR", default_value = "./data")]
    data_dir: PathBuf,
    /// Listen on this address [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Create a concert on sale when there is none: 50 seats on each of three dates, 5,000 a seat
    #[arg(long)]
    demo: bool,
    /// Listen where others can reach it although an open setting is on
    #[arg(long)]
    insecure_open: bool,
    /// Set any setting, as in --set hold.seconds=120; may be given many times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    assignments: Vec<String>,
}

/// Serves until the process is told to stop.
pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let config = configure(arguments).map_err(Exit::Usage)?;
    http::start_log(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::Failure(format!("cannot start the threads of the server: {error}")))?;
    runtime.block_on(serve(arguments, config))
}

/// The configuration, or one message that tells everything that is wrong with it.
fn configure(arguments: &Arguments) -> Result<Config, String> {
    let flags = arguments.listen.iter().map(|address| ("--listen", "server.listen", address.clone())).collect();
    let sources = Sources {
        file: arguments.config.clone(),
        environment: std::env::vars_os().collect(),
        variables_elsewhere: &[OPERATOR_KEY_VARIABLE],
        assignments: arguments.assignments.clone(),
        flags,
    };
    let (config, mut faults) = sources.resolve();
    let open = config.open_settings();
    if !config.server.listen.ip().is_loopback() && !open.is_empty() && !arguments.insecure_open {
        let listen = config.server.listen;
        faults.add(
            "server.listen",
            format_args!(
                "{listen} can be reached by others while {} lets anyone in: change that, listen on 127.0.0.1, or give \
                 --insecure-open",
                open.join(" and ")
            ),
        );
    }
    if std::env::var_os(OPERATOR_KEY_VARIABLE).is_some_and(|key| operator_key(&key).is_none()) {
        faults.add(OPERATOR_KEY_VARIABLE, format_args!("must be {}", http::EXPECTED_OPERATOR_KEY));
    }
    faults.or(config).map_err(|faults| faults.to_string())
}

fn operator_key(text: &OsStr) -> Option<OperatorKey> {
    text.to_str().and_then(OperatorKey::parse)
}

async fn serve(arguments: &Arguments, config: Config) -> Result<(), Exit> {
    let stop = stop_signal().map_err(|error| Exit::Failure(format!("cannot wait for signals: {error}")))?;
    // The address first: when it is taken nothing has been written yet.
    let wanted = config.server.listen;
    let cannot_listen = |error| Exit::Failure(format!("cannot listen on {wanted}: {error}"));
    let listener = http::listen(wanted).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    check_keys(&arguments.data_dir).map_err(|error| Exit::Failure(error.to_string()))?;
    let config = Arc::new(config);
    let node = start_node(arguments, &config).await?;
    let served = serve_node(arguments, &config, &node, listener, address, stop).await;
    let stopped = tokio::task::spawn_blocking(move || node.stop()).await;
    served?;
    stopped.expect("closing the data does not panic").map_err(|error| Exit::Failure(error.to_string()))
}

/// Reads the keys that are there already, so that one which is refused ends the start before anything is written.
fn check_keys(data_dir: &Path) -> Result<(), KeyError> {
    let variable = std::env::var(OPERATOR_KEY_VARIABLE).ok();
    if variable.is_some() || data_dir.join(OPERATOR_KEY_FILE).exists() {
        OperatorKey::load(data_dir, variable.as_deref())?;
    }
    if data_dir.join(TOKEN_KEY_FILE).exists() {
        SigningKey::load(data_dir)?;
    }
    Ok(())
}

async fn start_node(arguments: &Arguments, config: &Config) -> Result<Node, Exit> {
    let options = node::Options {
        data_dir: arguments.data_dir.clone(),
        cache_bytes: config.storage.cache_mib as usize * BYTES_A_MIB,
        settings: config.to_settings(),
        commands_waiting_max: http::requests_max(config),
    };
    let started = tokio::task::spawn_blocking(move || node::start(options)).await;
    started.expect("opening the data does not panic").map_err(|error| Exit::Failure(error.to_string()))
}

async fn serve_node(
    arguments: &Arguments,
    config: &Arc<Config>,
    node: &Node,
    listener: TcpListener,
    address: SocketAddr,
    stop: impl Future<Output = ()>,
) -> Result<(), Exit> {
    let failed = |error: &dyn std::error::Error| Exit::Failure(error.to_string());
    let variable = std::env::var(OPERATOR_KEY_VARIABLE).ok();
    let operator_key = OperatorKey::load(&arguments.data_dir, variable.as_deref()).map_err(|error| failed(&error))?;
    let signing_key = SigningKey::load(&arguments.data_dir).map_err(|error| failed(&error))?;
    let metrics = http::start_metrics().map_err(|error| failed(&error))?;
    if arguments.demo {
        demo::create(&node.handle(), config).await.map_err(Exit::Failure)?;
    }
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let app = App::new(http::Shared {
        node: node.handle(),
        config: Arc::clone(config),
        tokens: Tokens::new(&signing_key),
        operator_key,
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
    });
    let edge = Edge::new(http::router(app), config);
    announce(arguments, config, address, variable.as_deref());
    let upkeep = tokio::spawn(http::keep_up(metrics));
    let serving = http::serve(listener, edge, &config.server, shutdown);
    let stopping = async {
        stop.await;
        tracing::info!("stopping: no new connections, requests under way have 10 s");
        phase.send_replace(Phase::Stopping);
    };
    tokio::join!(serving, stopping);
    upkeep.abort();
    Ok(())
}

/// Resolves at the first SIGTERM or Ctrl-C; the signals are caught from now on.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Says on standard output what a person who started the server needs to know.
fn announce(arguments: &Arguments, config: &Config, address: SocketAddr, variable: Option<&str>) {
    let data_dir = shown(&arguments.data_dir);
    let operator_key = match variable {
        Some(_) => format!("from {OPERATOR_KEY_VARIABLE}"),
        None => format!("{data_dir}/{OPERATOR_KEY_FILE}"),
    };
    let mut text = format!(
        "jari {} listens on http://{address} (description at /docs)\n  data          {data_dir}\n  \
         operator key  {operator_key}\n",
        env!("CARGO_PKG_VERSION"),
    );
    let open = config.open_settings();
    if !open.is_empty() {
        text.push_str(&format!(
            "  open settings {} (for trying out: anyone who reaches it can act for any user)\n",
            open.join(", ")
        ));
    }
    let mut out = std::io::stdout().lock();
    // Nobody may be reading, and then nobody misses it.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The whole path of a folder that exists.
fn shown(folder: &Path) -> String {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).display().to_string()
}
