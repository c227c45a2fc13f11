//! `jari serve`: brings up configuration, log, node and HTTP in this order, and takes them down in the other.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use super::addresses::cannot_listen;
use super::announce::{KeyFrom, Started};
use super::cluster_start::{self, own_keys, shared_keys};
use super::exit::Exit;
use super::signals::{Signals, Wish};
use super::{demo, keys, reread, settings};
use crate::cluster;
use crate::config::{Assigned, Config, LogFormat};
use crate::http::{self, ForwardedRequests, Forwarding, Keys, Phase, Pipeline};
use crate::identity::{OPERATOR_KEY_VARIABLE, SealingSecret, SharedKeys, TicketCodes, Tokens};
use crate::node::{self, Handle, Node, Recovered, StartError};
use crate::telemetry::log::{self, LogLevel};
use crate::telemetry::metrics::Metrics;

const BYTES_A_MIB: usize = 1024 * 1024;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: settings::SettingArguments,
    /// Create a concert on sale when there is none, with 50 seats at 5,000 and 7,000 on each of three dates ahead and on
    /// that of the examples on `/docs`, a seat of each kept back, and the user whom the examples name [default: off] [env: JARI_DEMO]
    #[arg(long)]
    demo: bool,
}

/// Serves until the process is told to stop.
///
/// # Errors
/// Why it could not, with the form in which that is to be told.
pub(super) fn run(arguments: &Arguments) -> Result<(), (Exit, LogFormat)> {
    let (assigned, read) = arguments.settings.configure();
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

async fn serve(arguments: &Arguments, assigned: Assigned, log_level: LogLevel) -> Result<(), Exit> {
    let mut signals = Signals::catch().map_err(|error| Exit::Failure(format!("cannot wait for signals: {error}")))?;
    let config = assigned.config();
    let tls = match config.server.tls().map_err(|fault| Exit::Usage(fault.to_string()))? {
        None => None,
        Some(files) => Some(http::Certificates::load(files).map_err(|error| Exit::Usage(error.to_string()))?),
    };
    // The address first: when it is taken nothing has been written yet.
    let wanted = config.server.listen;
    let listener = http::listen(wanted).map_err(|error| cannot_listen("--listen", wanted, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen("--listen", wanted, &error))?;
    let metrics_listener = match config.metrics.listen {
        None => None,
        Some(wanted) => Some(http::listen(wanted).map_err(|error| cannot_listen("metrics.listen", wanted, &error))?),
    };
    keys::check(&config.storage.data_dir).map_err(|error| Exit::Failure(error.to_string()))?;
    let config = Arc::new(config.clone());
    let variable = std::env::var(OPERATOR_KEY_VARIABLE).ok();
    let metrics = Metrics::start().map_err(|error| Exit::Failure(error.to_string()))?;
    let (node, sealing) = match cluster_start::prepare(&config)? {
        None => {
            let lost = keys::lost(&config.storage.data_dir);
            let node = signals.during(start_node(&config, None)).await?;
            lost.into_iter().for_each(|line| tracing::warn!("{line}"));
            (node, None)
        }
        Some(prepared) => {
            let (options, sealing) = prepared.options(&config.storage.data_dir, variable.clone());
            // It waits for the other instances for as long as they are not there.
            (signals.ending(start_node(&config, Some(options))).await?, Some(sealing))
        }
    };
    let running = reread::Settings { running: assigned, log_level, node: node.handle() };
    let recovered = node.recovered();
    let listening =
        Listening { listener, address, metrics_listener, metrics, signals, recovered, sealing, variable, tls };
    let served = serve_node(arguments, &config, running, listening).await;
    let stopped = tokio::task::spawn_blocking(move || node.stop()).await;
    served?;
    stopped.expect("closing the data does not panic").map_err(|error| Exit::Failure(error.to_string()))?;
    tracing::info!("stopped: the database is up to date and the log is sealed");
    Ok(())
}

async fn start_node(config: &Config, cluster: Option<cluster::Entrance>) -> Result<Node, Exit> {
    let options = node::Options {
        data_dir: config.storage.data_dir.clone(),
        cache_bytes: config.storage.cache_mib as usize * BYTES_A_MIB,
        settings: Some(config.to_settings()),
        commands_waiting_max: http::requests_max(config),
        cluster,
    };
    let started = tokio::task::spawn_blocking(move || node::start(options)).await;
    started.expect("opening the data does not panic").map_err(|error| match error {
        StartError::Currency { .. } => Exit::Usage(error.to_string()),
        StartError::Storage(_)
        | StartError::Thread(_)
        | StartError::Enter(_)
        | StartError::Consensus(_)
        | StartError::Membership(_)
        | StartError::OtherCurrency { .. }
        | StartError::Refused(_)
        | StartError::MemberAlone { .. } => Exit::Failure(error.to_string()),
    })
}

/// Where requests and signals come in, and what the start found.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    /// For the metrics alone.
    metrics_listener: Option<TcpListener>,
    metrics: Metrics,
    signals: Signals,
    recovered: Recovered,
    /// What the keys of all instances are sealed with.
    sealing: Option<SealingSecret>,
    /// The operator's key, where the environment has it.
    variable: Option<String>,
    /// The certificate, and what takes a new one.
    tls: Option<(http::Certificates, http::Renewal)>,
}

/// The configuration of the listener for the metrics: it has names of its own.
fn of_metrics(config: &Config) -> Config {
    let mut own = config.clone();
    own.server.listen = config.metrics.listen.unwrap_or(config.server.listen);
    own
}

/// The pipeline where there are other instances: what they lead goes to them, and what they send here is answered.
fn among_others(pipeline: Pipeline, node: &Handle, config: &Config, shutdown: &watch::Receiver<Phase>) -> Pipeline {
    if config.cluster.peers.is_empty() {
        return pipeline;
    }
    let pipeline = pipeline.forwarding(Forwarding::new(node.clone(), shutdown.clone()));
    let requests = ForwardedRequests::new(pipeline.clone(), tokio::runtime::Handle::current());
    node.answer_forwarded(Box::new(move |from, request| {
        let requests = requests.clone();
        Box::pin(async move { requests.answer(from, request).await })
    }));
    pipeline
}

async fn serve_node(
    arguments: &Arguments,
    config: &Arc<Config>,
    mut running: reread::Settings,
    listening: Listening,
) -> Result<(), Exit> {
    let Listening { listener, address, metrics_listener, metrics, mut signals, recovered, sealing, variable, tls } =
        listening;
    let node = running.node.clone();
    let failed = |error: &dyn std::error::Error| Exit::Failure(error.to_string());
    let SharedKeys { operator, signing, tickets } = match (node.sealed_keys(), sealing) {
        (Some(sealed), Some(sealing)) => shared_keys(&sealed, &sealing, variable.as_deref())?,
        (Some(_) | None, Some(_) | None) => {
            own_keys(&config.storage.data_dir, variable.as_deref()).map_err(|error| failed(&error))?
        }
    };
    if settings::wants_demo(arguments.demo) {
        demo::create(&node, config).await.map_err(Exit::Failure)?;
    }
    let (phase, shutdown) = watch::channel(Phase::Serving);
    let keys = Keys::new(Tokens::new(&signing), TicketCodes::new(&tickets), operator).with_operators(node.clone());
    let app = http::assemble(node.clone(), Arc::clone(config), keys.clone(), metrics.clone(), shutdown.clone());
    let pipeline = Pipeline::new(http::router(app.clone()), config, http::purposes(), keys.clone());
    let pipeline = pipeline.limiting(config, http::limited_routes(), keys.clone());
    let pipeline = among_others(pipeline, &node, config, &shutdown);
    let metrics_pipeline =
        Pipeline::new(http::metrics_router(app), &of_metrics(config), http::purposes(), keys.clone());
    let key_from = match (variable, node.sealed_keys()) {
        (Some(_), _) => KeyFrom::Environment,
        (None, Some(_)) => KeyFrom::Cluster,
        (None, None) => KeyFrom::File,
    };
    Started { config, node: &node, recovered, data_dir: &config.storage.data_dir, address, key_from }.announce();
    let mut upkeep = vec![
        tokio::spawn(http::keep_up(metrics, keys)),
        tokio::spawn(node::tell_milestones(node.clone())),
        tokio::spawn(pipeline.clone().keep_limits()),
    ];
    let look_again = Arc::new(Notify::new());
    let certificates = tls.map(|(certificates, renewal)| {
        upkeep.push(tokio::spawn(renewal.keep_up(Arc::clone(&look_again))));
        certificates
    });
    let serving = http::serve(listener, pipeline, certificates, &config.server, shutdown.clone());
    let serving_metrics = async {
        if let Some(listener) = metrics_listener {
            http::serve(listener, metrics_pipeline, None, &config.server, shutdown).await;
        }
    };
    let stopping = async {
        while signals.next().await == Wish::Reread {
            look_again.notify_one();
            let (fresh, read) = arguments.settings.configure();
            running.take(read.map(|()| fresh)).await;
        }
        tracing::info!(
            "stopping: no new connections; requests under way have 10 s, then the database is brought up to date; a second \
             Ctrl-C ends at once"
        );
        phase.send_replace(Phase::Stopping);
        tokio::spawn(signals.end_at_interrupt());
    };
    tokio::join!(serving, serving_metrics, stopping);
    upkeep.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}
