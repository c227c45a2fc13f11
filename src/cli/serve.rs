//! `jari serve`: brings up configuration, log, node and HTTP in this order, and takes them down in the other.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::announce::{KeyFrom, Started};
use super::signals::{Signals, Wish};
use super::{Exit, demo, reread};
use crate::config::{Assigned, Config, LogFormat, Sources};
use crate::http::{self, App, Keys, Phase, Pipeline, Streams};
use crate::identity::{
    EXPECTED_OPERATOR_KEY, KeyError, OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE, OperatorKey, SigningKey, TOKEN_KEY_FILE,
    Tokens,
};
use crate::node::{self, Node, Recovered, StartError};
use crate::storage;
use crate::telemetry::log::{self, LogLevel};
use crate::telemetry::metrics::Metrics;

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
///
/// # Errors
/// Why it could not, with the form in which that is to be told.
pub fn run(arguments: &Arguments) -> Result<(), (Exit, LogFormat)> {
    let (assigned, read) = configure(arguments);
    let format = assigned.config().log.format;
    start(arguments, assigned, read).map_err(|exit| (exit, format))
}

fn start(arguments: &Arguments, assigned: Assigned, read: Result<(), String>) -> Result<(), Exit> {
    read.map_err(Exit::Usage)?;
    let log_level = log::start(&assigned.config().log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::Failure(format!("cannot start the threads of the server: {error}")))?;
    runtime.block_on(serve(arguments, assigned, log_level))
}

/// The configuration as far as it can be read, and one message that tells everything that is wrong with it.
fn configure(arguments: &Arguments) -> (Assigned, Result<(), String>) {
    let flags = arguments.listen.iter().map(|address| ("--listen", "server.listen", address.clone())).collect();
    let sources = Sources {
        file: arguments.config.clone(),
        environment: std::env::vars_os().collect(),
        variables_elsewhere: &[OPERATOR_KEY_VARIABLE],
        assignments: arguments.assignments.clone(),
        flags,
    };
    let (assigned, mut faults) = sources.resolve();
    let config = assigned.config();
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
        faults.add(OPERATOR_KEY_VARIABLE, format_args!("must be {}", EXPECTED_OPERATOR_KEY));
    }
    (assigned, faults.or(()).map_err(|faults| faults.to_string()))
}

fn operator_key(text: &OsStr) -> Option<OperatorKey> {
    text.to_str().and_then(OperatorKey::parse)
}

async fn serve(arguments: &Arguments, assigned: Assigned, log_level: LogLevel) -> Result<(), Exit> {
    let signals = Signals::catch().map_err(|error| Exit::Failure(format!("cannot wait for signals: {error}")))?;
    let config = assigned.config();
    // The address first: when it is taken nothing has been written yet.
    let wanted = config.server.listen;
    let listener = http::listen(wanted).map_err(|error| cannot_listen("--listen", wanted, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen("--listen", wanted, &error))?;
    let metrics_listener = match config.metrics.listen {
        None => None,
        Some(wanted) => Some(http::listen(wanted).map_err(|error| cannot_listen("metrics.listen", wanted, &error))?),
    };
    check_keys(&arguments.data_dir).map_err(|error| Exit::Failure(error.to_string()))?;
    let config = Arc::new(config.clone());
    let lost = lost_keys(&arguments.data_dir);
    let node = start_node(arguments, &config).await?;
    lost.into_iter().for_each(|line| tracing::warn!("{line}"));
    let settings = reread::Settings { running: assigned, log_level, node: node.handle() };
    let listening = Listening { listener, address, metrics_listener, signals, recovered: node.recovered() };
    let served = serve_node(arguments, &config, settings, listening).await;
    let stopped = tokio::task::spawn_blocking(move || node.stop()).await;
    served?;
    stopped.expect("closing the data does not panic").map_err(|error| Exit::Failure(error.to_string()))?;
    tracing::info!("stopped: the database is up to date and the log is sealed");
    Ok(())
}

/// Why an address cannot be listened on, and what to do about it.
fn cannot_listen(setting: &str, address: SocketAddr, error: &std::io::Error) -> Exit {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "; another program has this port (`ss -ltnp` names it): stop that one, or take another with {setting}"
            )
        }
        ErrorKind::PermissionDenied => {
            format!("; ports below 1024 are for the system's superuser: take a higher one with {setting}")
        }
        ErrorKind::AddrNotAvailable => {
            format!("; this machine does not have this address: name one of its own with {setting}")
        }
        _ => String::new(),
    };
    Exit::Failure(format!("cannot listen on {address}: {error}{advice}"))
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

/// What is lost with keys that are missing although there is data, a line each: they are made anew.
fn lost_keys(data_dir: &Path) -> Vec<String> {
    let mut lost = Vec::new();
    if !storage::holds_data(data_dir) {
        return lost;
    }
    let is_missing = |name: &str| !data_dir.join(name).exists();
    let folder = data_dir.display();
    if is_missing(TOKEN_KEY_FILE) {
        lost.push(format!(
            "{folder}/{TOKEN_KEY_FILE} is missing although there is data: a new one is made, so queue tokens that were given \
             out are void (places are kept: POST /api/v1/token gives a new token for each); put it back from a backup if \
             you have one"
        ));
    }
    if is_missing(OPERATOR_KEY_FILE) && std::env::var_os(OPERATOR_KEY_VARIABLE).is_none() {
        lost.push(format!(
            "{folder}/{OPERATOR_KEY_FILE} is missing although there is data: a new operator key is written there, and the \
             one before is void"
        ));
    }
    lost
}

async fn start_node(arguments: &Arguments, config: &Config) -> Result<Node, Exit> {
    let options = node::Options {
        data_dir: arguments.data_dir.clone(),
        cache_bytes: config.storage.cache_mib as usize * BYTES_A_MIB,
        settings: config.to_settings(),
        commands_waiting_max: http::requests_max(config),
    };
    let started = tokio::task::spawn_blocking(move || node::start(options)).await;
    started.expect("opening the data does not panic").map_err(|error| match error {
        StartError::Currency { .. } => Exit::Usage(error.to_string()),
        StartError::Storage(_) | StartError::Thread(_) => Exit::Failure(error.to_string()),
    })
}

/// Where requests and signals come in, and what the start found.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    /// For the metrics alone.
    metrics_listener: Option<TcpListener>,
    signals: Signals,
    recovered: Recovered,
}

/// The configuration of the listener for the metrics: it has names of its own.
fn of_metrics(config: &Config) -> Config {
    let mut own = config.clone();
    own.server.listen = config.metrics.listen.unwrap_or(config.server.listen);
    own
}

async fn serve_node(
    arguments: &Arguments,
    config: &Arc<Config>,
    mut settings: reread::Settings,
    listening: Listening,
) -> Result<(), Exit> {
    let Listening { listener, address, metrics_listener, mut signals, recovered } = listening;
    let node = settings.node.clone();
    let failed = |error: &dyn std::error::Error| Exit::Failure(error.to_string());
    let variable = std::env::var(OPERATOR_KEY_VARIABLE).ok();
    let operator_key = OperatorKey::load(&arguments.data_dir, variable.as_deref()).map_err(|error| failed(&error))?;
    let signing_key = SigningKey::load(&arguments.data_dir).map_err(|error| failed(&error))?;
    let metrics = Metrics::start().map_err(|error| failed(&error))?;
    if arguments.demo {
        demo::create(&node, config).await.map_err(Exit::Failure)?;
    }
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let keys = Keys::new(Tokens::new(&signing_key), operator_key);
    let app = App::new(http::Shared {
        node: node.clone(),
        config: Arc::clone(config),
        keys: keys.clone(),
        metrics: metrics.clone(),
        started: Instant::now(),
        streams: Streams::default(),
        shutdown: shutdown.clone(),
    });
    let pipeline = Pipeline::new(http::router(app.clone()), config, http::purposes(), keys.clone());
    let metrics_pipeline =
        Pipeline::new(http::metrics_router(app), &of_metrics(config), http::purposes(), keys.clone());
    let key_from = if variable.is_some() { KeyFrom::Environment } else { KeyFrom::File };
    Started { config, node: &node, recovered, data_dir: &arguments.data_dir, address, key_from }.announce();
    let upkeep = [tokio::spawn(http::keep_up(metrics, keys)), tokio::spawn(node::tell_milestones(node.clone()))];
    let serving = http::serve(listener, pipeline, &config.server, shutdown.clone());
    let serving_metrics = async {
        if let Some(listener) = metrics_listener {
            http::serve(listener, metrics_pipeline, &config.server, shutdown).await;
        }
    };
    let stopping = async {
        while signals.next().await == Wish::Reread {
            let (fresh, read) = configure(arguments);
            settings.take(read.map(|()| fresh)).await;
        }
        tracing::info!("stopping: no new connections, requests under way have 10 s");
        phase.send_replace(Phase::Stopping);
    };
    tokio::join!(serving, serving_metrics, stopping);
    upkeep.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}
