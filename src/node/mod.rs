//! The running instance: the one writer, the views in front of the database, the only clock, start and stop.
//! Callers have one [`Handle`]. It does not know HTTP.

mod answer;
mod clock;
mod fault;
mod followers;
mod following;
mod free_space;
mod handle;
mod idempotency;
mod job;
mod lead;
mod milestones;
mod presence;
mod queries;
mod refusals;
mod revise;
mod sequencer;
mod shared;
mod submit;
mod submit_error;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use thiserror::Error;
use tokio::sync::watch;

use self::clock::Clock;
use self::followers::Followers;
use self::idempotency::InFlight;
use self::job::Job;
use self::presence::{Presence, abandonment};
use self::refusals::Refusals;
use self::shared::Shared;
use crate::domain::{Currency, Settings};
use crate::replica::{self, Recovered as Replayed};
use crate::storage;

pub use self::answer::Answer;
pub use self::following::Following;
pub use self::free_space::{FreeSpace, Room};
pub use self::handle::{ClockState, Handle, Load};
pub use self::idempotency::KeyGuard;
pub use self::lead::Lead;
pub use self::milestones::tell_milestones;
pub use self::queries::{
    ConcertNow, ConcertPage, ConcertSummary, DateProgress, Feed, HistoryPart, ListedPayment, ListedTicket,
    NumberedEvent, PaymentSearch, PaymentState, PublicConcert, Reservations, SaleText, SeatHands, SeatNow, TicketState,
    TillLine, ToldPayment, ToldTicket, UserSearch,
};
pub use self::revise::{PolicyBase, Revised};
pub use self::submit::KeyState;
pub use self::submit_error::SubmitError;
pub use crate::domain::Origin;
pub use crate::replica::{Coding, Part, SeatMap, SeatState, SeatStates, SharedArray, StatesNow, coded, layout_tag};
pub use crate::storage::FeedBounds;

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

/// What a start found in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Entries of the log that the database did not hold yet.
    pub replayed: u64,
    /// The newest entry of the log; 0 is none.
    pub last: u64,
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
        refusals: Refusals::default(),
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
    let abandonment = abandonment::spawn(handle, stop)?;
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
