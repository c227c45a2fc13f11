//! `jari bench`: a load generator that plays the users of a box office, measures how long they wait, and checks the
//! books afterwards. It speaks HTTP as any client does and knows nothing of how a server works inside.

mod answer;
mod books;
mod connection;
mod crew;
mod interrupt;
mod known;
mod lane;
mod own_server;
mod processor;
mod progress;
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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use crew::Server;
pub use report::Report;
pub use scenario::{Scenario, Size, Work};

use answer::Fault;
use books::Books;
use crew::Crew;
use own_server::OwnServer;
use processor::Process;
use progress::Progress;
use report::{Latency, Prepared, Processor, StepReport};
use run::{Drive, Run, measure};
use schedule::{Schedule, Starts};
use stage::Stage;
use work::{Job, Rush};

/// Connections that prepare and check, at least: enough that commits are shared by many.
const CREW_CONNECTIONS_MIN: usize = 128;
/// How long answers are waited for after the last start.
const PATIENCE: Duration = Duration::from_secs(15);

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
    /// The share of connections that hold other seats while one seat is hot, 0 to 1.
    pub beside: f64,
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
            let own = OwnServer::start(folder, options.connections, assignments)?;
            let (server, id) = (own.server.clone(), own.process_id());
            (Some(own), server, Some(Process::Other(id)))
        }
        Place::There { server, process } => (None, server.clone(), process.map(Process::Other)),
    };
    let progress = Progress::new();
    let connections = (options.connections as usize).max(CREW_CONNECTIONS_MIN);
    let resident = || process.and_then(Process::resident_kib);
    let crew = Crew { server: &server, connections, given_up: Arc::clone(&given_up), progress: &progress };

    let at_first = resident();
    let stage = runtime.block_on(stage::prepare(&crew, options))?;
    let prepared = resident();
    let (job, mut report) = play(options, &stage, &crew, process);
    let after = resident();
    report.server_resident_kib = at_first.zip(prepared).zip(after).map(|((a, b), c)| [a, b, c]);
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

/// The measured part, and the report of it.
fn play<'a>(options: &Options, stage: &'a Stage, crew: &Crew<'_>, process: Option<Process>) -> (Job<'a>, Report) {
    let work = options.scenario.work();
    let began = Instant::now();
    let until = began + options.duration;
    let starts = starts(options, began, until, &crew.given_up);
    let run = Run {
        server: crew.server,
        starts: &starts,
        steps: work.steps(),
        think: options.think,
        patience_ends: until + PATIENCE,
        answered: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        fault: Mutex::new(None),
    };
    let rush = (work == Work::Rush).then(|| {
        let rate = f64::from(options.size.users) / options.within.as_secs_f64();
        Rush::new(Schedule::new(began, rate, options.within), until, Arc::clone(&crew.given_up))
    });
    let connections = options.connections as usize;
    let beside = (f64::from(options.connections) * options.beside).round() as usize;
    let job = Job { work, stage, only_step: options.only_step, beside, connections, rush };
    let drive = Drive { connections, threads: options.threads as usize, server: process };
    let measured = measure(&run, &job, &drive, began, crew.progress);
    let tallies = run.steps.iter().zip(&measured.recorder.steps);
    let report = Report {
        scenario: options.scenario.name(),
        server: crew.server.host.clone(),
        connections,
        threads: drive.threads,
        intended_rate: job.rush.as_ref().map(Rush::rate).or(options.rate),
        seconds: measured.took().as_secs_f64(),
        prepared: Prepared {
            concerts: stage.venue.concerts.len(),
            seats: stage.venue.seats,
            users: stage.users.len(),
            seconds: stage.took.as_secs_f64(),
        },
        steps: tallies.map(|(step, tally)| StepReport::of(step, tally, began)).collect(),
        left_out: job.rush.as_ref().map_or_else(|| starts.left_out(), Rush::left_out),
        late: Latency::of(&measured.recorder.late),
        fault: run.fault.lock().expect("nobody panics while it is locked").take(),
        interrupted: false,
        processor: Processor::of(&measured, run.requests()),
        server_resident_kib: None,
        books: Books::default(),
        verify: None,
    };
    (job, report)
}

fn starts(options: &Options, began: Instant, until: Instant, given_up: &Arc<AtomicBool>) -> Starts {
    match options.rate {
        Some(rate) => Starts::open(Schedule::new(began, rate, options.duration), until, Arc::clone(given_up)),
        None => Starts::closed(until, Arc::clone(given_up)),
    }
}
