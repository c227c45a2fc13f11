//! The running instance: the one writer, the views in front of the database, the only clock, start and stop.
//! Callers have one [`Handle`]. It does not know HTTP.

mod clock;
mod fault;
mod followers;
mod following;
mod free_space;
mod handle;
mod idempotency;
mod milestones;
mod presence;
mod sequencer;
mod submit;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use thiserror::Error;
use tokio::sync::watch;

use self::clock::Clock;
use self::followers::Followers;
use self::idempotency::InFlight;
use self::presence::Presence;
use self::sequencer::Job;
use crate::domain::{Currency, Rejection, RowFault, Settings, WallOffset};
use crate::replica::{self, Recovered as Replayed, Replica};
use crate::storage;

pub use self::following::Following;
pub use self::free_space::{FreeSpace, Room};
pub use self::handle::Handle;
pub use self::idempotency::KeyGuard;
pub use self::milestones::tell_milestones;
pub use self::submit::KeyState;
pub use crate::domain::Origin;
pub use crate::replica::{Coding, Part, SeatMap, SharedArray, coded};

/// Commands whose callers gave up, and the instance's own, that may stand in the channel beside those of requests that
/// are under way, so that a request within the limit of those never finds the channel full.
const ABANDONED_CALLS_MAX: usize = 4_096;

/// How an instance is started.
pub struct Options {
    /// The folder of its data; created when missing.
    pub data_dir: PathBuf,
    /// Memory for the pages of the database, in bytes.
    pub cache_bytes: usize,
    pub settings: Settings,
    /// Commands that may wait for the writer; more are refused as overload.
    pub commands_waiting_max: usize,
}

/// Why an instance could not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Storage(#[from] storage::OpenError),
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
    #[error(
        "the amounts in {} are in {kept}, but wallet.currency is {wanted}: set wallet.currency = \"{kept}\", or name \
         another folder with --data-dir",
        data_dir.display()
    )]
    Currency { data_dir: PathBuf, kept: Currency, wanted: Currency },
}

/// Why an instance could not stop in order.
#[derive(Debug, Error)]
pub enum StopError {
    #[error("the database could not be brought up to date ({0}); nothing is lost: the next start does it from the log")]
    Database(String),
}

/// Why a request to the instance got no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// Expected: part of the contract.
    Rejected(Rejection),
    /// As many commands wait as may.
    Overloaded,
    /// A row could not be read; the details are for the log.
    Fault(String),
    /// The instance stops.
    Stopping,
}

/// What a command answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<R> {
    pub reply: R,
    pub origin: Origin,
}

/// How much work waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Commands that wait for the writer.
    pub channel_depth: usize,
    /// Rows that are committed in the log and not yet in the database.
    pub overlay_rows: usize,
}

/// What a start found in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Entries of the log that the database did not hold yet.
    pub replayed: u64,
    /// The newest entry of the log; 0 is none.
    pub last: u64,
}

/// How the wall clock lies to the log's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    pub offset: WallOffset,
    /// How often it was found to have been set since the start, the start included.
    pub corrections: u64,
}

/// What the threads and handles of one instance share.
struct Shared {
    clock: Clock,
    replica: Replica,
    presence: Presence,
    followers: Followers,
    in_flight: InFlight,
    /// It takes any number, so that only those that wait cost memory; `commands_waiting_max` bounds it.
    jobs: Sender<Job>,
    channel_depth: AtomicUsize,
    commands_waiting_max: usize,
    /// How often the wall clock was found to have been set.
    clock_corrections: AtomicU64,
    newest_event: watch::Sender<u64>,
    currency: Currency,
    disk: Arc<free_space::Disk>,
}

/// A running instance.
pub struct Node {
    shared: Arc<Shared>,
    recovered: Recovered,
    sequencer: JoinHandle<()>,
    abandonment: JoinHandle<()>,
    stop_abandonment: Sender<()>,
    free_space: JoinHandle<()>,
    stop_free_space: Sender<()>,
}

/// Opens the data, recovers what a crash left, and starts to serve. Blocks: not to be called on a thread of a runtime.
///
/// # Errors
/// One sentence that says why the data could not be opened or a thread not be started.
pub fn start(options: Options) -> Result<Node, StartError> {
    let cache_bytes = options.cache_bytes;
    let opened = replica::open(&storage::Options { data_dir: options.data_dir.clone(), cache_bytes })?;
    let disk = Arc::new(free_space::Disk::new(&options.data_dir));
    let Replayed { replica, mut log, applied } = opened;
    let wanted = options.settings.currency;
    let (kept, clock, presence, newest_event) = {
        let state = replica.look();
        let clock = Clock::start(state.clock(), state.latest());
        let presence = Presence::at_start(&state, clock.now());
        (state.totals().currency, clock, presence, state.totals().last_event)
    };
    if let Some(kept) = kept.filter(|kept| *kept != wanted) {
        // Closed as it was found; when that fails, the next start has more to recover and nothing is lost.
        let _ = log.seal();
        let _ = replica.store().stop();
        return Err(StartError::Currency { data_dir: options.data_dir, kept, wanted });
    }
    let last = log.last().0;
    let recovered = Recovered { replayed: last.saturating_sub(applied.0), last };
    let (jobs, waiting) = channel();
    let shared = Arc::new(Shared {
        replica,
        presence,
        followers: Followers::default(),
        newest_event: watch::Sender::new(newest_event),
        clock,
        in_flight: InFlight::default(),
        jobs,
        channel_depth: AtomicUsize::new(0),
        commands_waiting_max: options.commands_waiting_max + ABANDONED_CALLS_MAX,
        currency: wanted,
        disk: Arc::clone(&disk),
        clock_corrections: AtomicU64::new(0),
    });
    sequencer::begin(&shared, &mut log, options.settings);
    let sequencer = sequencer::spawn(Arc::clone(&shared), waiting, log)?;
    let handle = Handle { shared: Arc::clone(&shared) };
    let (stop_abandonment, stop) = channel();
    let abandonment = presence::spawn(handle, stop)?;
    let (stop_free_space, stop) = channel();
    let free_space = free_space::spawn(disk, stop)?;
    Ok(Node { shared, recovered, sequencer, abandonment, stop_abandonment, free_space, stop_free_space })
}

impl Node {
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// What the start found in the data.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// Finishes what waits, brings the database up to date, seals the log and closes everything.
    ///
    /// # Errors
    /// The database's, when it could not be brought up to date; the log still has everything.
    pub fn stop(self) -> Result<(), StopError> {
        drop(self.stop_abandonment);
        drop(self.stop_free_space);
        self.free_space.join().expect("a panic there ends the process");
        self.abandonment.join().expect("a panic there was answered there");
        self.shared.jobs.send(Job::Stop).expect("the sequencer runs until it is told to stop");
        self.sequencer.join().expect("a panic there ends the process");
        self.shared.replica.store().stop().map_err(|fault| StopError::Database(fault.to_string()))
    }
}

impl Shared {
    /// Takes room for one more command that waits.
    ///
    /// # Errors
    /// [`SubmitError::Overloaded`] when as many wait as may.
    fn enter_channel(&self) -> Result<(), SubmitError> {
        if self.channel_depth.fetch_add(1, Ordering::Relaxed) < self.commands_waiting_max {
            return Ok(());
        }
        self.leave_channel();
        Err(SubmitError::Overloaded)
    }

    fn leave_channel(&self) {
        self.channel_depth.fetch_sub(1, Ordering::Relaxed);
    }
}

impl From<Rejection> for SubmitError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<RowFault> for SubmitError {
    fn from(fault: RowFault) -> Self {
        Self::Fault(format!("{fault}; stop jari, and `jari repair` rebuilds the database"))
    }
}
