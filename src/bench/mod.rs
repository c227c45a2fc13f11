//! `jari bench`: a load generator that plays the users of a box office, measures how long they wait, and checks the
//! books afterwards. It speaks HTTP as any client does and knows nothing of how a server works inside.

mod answer;
mod books;
mod connection;
mod crew;
mod interrupt;
mod known;
mod lane;
mod log_use;
mod own_server;
mod phases;
mod play;
mod processor;
mod progress;
mod recovery;
mod report;
mod request;
mod run;
mod scenario;
mod schedule;
mod stage;
mod tally;
mod venue;
mod work;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use crew::Server;
pub use report::Report;
pub use scenario::{Others, Scenario, Size, Work};

use answer::Fault;
use books::Books;
use crew::Crew;
use log_use::LogUse;
use own_server::OwnServer;
use processor::Process;
use progress::Progress;
use report::Resident;

/// Connections that prepare and check: at least so many that commits are shared by many, at most so many that no server
/// is overloaded by them.
const CREW_CONNECTIONS_MIN: usize = 128;
const CREW_CONNECTIONS_MAX: usize = 1_024;

/// What a run is to do; the command line has checked it.
#[derive(Clone, Debug)]
pub struct Options {
    pub scenario: Scenario,
    pub place: Place,
    /// 1 or more; not fewer than `threads`.
    pub connections: u32,
    /// Threads of the generator, 1 or more.
    pub threads: u32,
    /// Starts a second in an open loop; none for a closed one.
    pub rate: Option<f64>,
    pub duration: Duration,
    /// In which the users of a rush come.
    pub within: Duration,
    pub size: Size,
    /// The mean time that a buyer thinks between two steps.
    pub think: Duration,
    /// Connections that hold other seats while one seat is hot, on top of `connections`.
    pub holders: u32,
    /// What the `connections` do meanwhile.
    pub others: Others,
    /// As many times the best rate come in an overload; above 0.
    pub times: f64,
    /// How often an overload is played, each time after the best rate was found anew; 1 or more.
    pub rounds: u32,
    /// How often a customer of an overload asks to be let in before going away; 1 or more.
    pub tries: u32,
    /// Admissions a second of a rush.
    pub admit_per_second: u32,
    /// ACTIVE places at once of a sale; none for no limit.
    pub max_active: Option<u32>,
    /// The only step that is taken, by its place among the steps of the work.
    pub only_step: Option<usize>,
}

/// Where the server is.
#[derive(Clone, Debug)]
pub enum Place {
    /// Started for the run, with its data in a fresh folder below `folder`.
    Own { folder: PathBuf, assignments: Vec<String> },
    /// Running already; its process, where it is on this machine and known.
    There { server: Server, process: Option<u32> },
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Server(String),
    #[error("cannot start the generator: {0}")]
    Start(#[source] io::Error),
    #[error("cannot {what}: {fault}")]
    Unanswered { what: String, fault: Fault },
    #[error("cannot {what}: the server answers {answer}")]
    Refused { what: String, answer: String },
    #[error("this scenario makes concerts of its own: give --operator-key-file, --operator-key or JARI_OPERATOR_KEY")]
    NeedsKey,
    #[error("ended before its time, while it was to {what}")]
    Interrupted { what: String },
}

/// Prepares, measures, checks.
///
/// # Errors
/// The server cannot be started or reached, or refuses what a run needs. Books that are wrong,
/// or that cannot be checked any more, are no error: the report tells.
pub fn run(options: &Options) -> Result<Report, Error> {
    let given_up = interrupt::watch().map_err(Error::Start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let (own, server, process) = match &options.place {
        Place::Own { folder, assignments } => {
            let own = OwnServer::start(folder, options.connections + options.holders, assignments)?;
            let (server, id) = (own.server.clone(), own.process_id());
            (Some(own), server, Some(Process::Other(id)))
        }
        Place::There { server, process } => (None, server.clone(), process.map(Process::Other)),
    };
    let progress = Progress::new();
    let connections = (options.connections as usize).clamp(CREW_CONNECTIONS_MIN, CREW_CONNECTIONS_MAX);
    let resident = || process.and_then(Process::resident_kib);
    let crew = Crew { server: &server, connections, given_up: Arc::clone(&given_up), progress: &progress };

    let at_first = resident();
    let stage = runtime.block_on(stage::prepare(&crew, options))?;
    let prepared = resident();
    let log_before = runtime.block_on(LogUse::read(&crew)).unwrap_or(None);
    let (job, mut report) = play::play(options, &stage, &crew, process);
    let after = resident();
    let log_after = runtime.block_on(LogUse::read(&crew)).unwrap_or(None);
    report.log = log_after.zip(log_before).map(|(after, before)| after.since(before));
    report.server_resident_kib = (|| Some(Resident { at_first: at_first?, prepared: prepared?, after: after? }))();
    report.interrupted = given_up.load(Ordering::Relaxed);
    // Whoever gave the run up still wants to know whether the books are right.
    let crew = Crew { given_up: Arc::default(), ..crew };
    report.books = runtime.block_on(books::check(&crew, &stage, &job)).unwrap_or_else(Books::unchecked);
    progress.end();
    if let Some(own) = own {
        report.server = "a server of its own".to_owned();
        report.verify = own.finish()?;
    }
    Ok(report)
}
