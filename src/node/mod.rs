//! The running instance: the one writer, the views in front of the database, the only clock, start and stop.
//! Callers have one [`Handle`]. It does not know HTTP.

mod answer;
mod applying;
mod clock;
mod cluster_members;
mod cluster_status;
mod fault;
mod followers;
mod following;
mod free_space;
mod handle;
mod idempotency;
mod job;
mod lead;
mod member;
mod milestones;
mod presence;
mod queries;
mod refusals;
mod revise;
mod sequencer;
mod shared;
mod start_error;
mod submit;
mod submit_error;
#[cfg(test)]
mod tests;
mod under_way;
mod waiters;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use self::clock::Clock;
use self::followers::Followers;
use self::idempotency::InFlight;
use self::job::Job;
use self::member::Member;
use self::presence::{Presence, abandonment};
use self::refusals::Refusals;
use self::sequencer::{Commit, Opening};
use self::shared::Shared;
use crate::cluster::membership::Membership;
use crate::cluster::{self, Entered};
use crate::domain::{Currency, Settings};
use crate::replica::{self, Recovered as Replayed, Replica};
use crate::storage::{self, Files, LogWriter};

pub use self::answer::Answer;
pub use self::cluster_members::MembersError;
pub use self::cluster_status::{ClusterStatus, SlotRange};
pub use self::following::Following;
pub use self::free_space::{FreeSpace, Room};
pub use self::handle::{ClockState, Handle, Load};
pub use self::idempotency::KeyGuard;
pub use self::lead::{Lead, Led};
pub use self::member::DigestAt;
pub use self::milestones::tell_milestones;
pub use self::queries::{
    ConcertNow, ConcertPage, ConcertSummary, DateProgress, Feed, HistoryPart, ListedPayment, ListedTicket,
    NumberedEvent, PaymentSearch, PaymentState, PublicConcert, Reservations, SaleText, SeatHands, SeatNow, TicketState,
    TillLine, ToldPayment, ToldTicket, UserSearch,
};
pub use self::refusals::{HeldRefusal, hold_refusal};
pub use self::revise::{PolicyBase, Revised};
pub use self::start_error::{StartError, StopError};
pub use self::submit::KeyState;
pub use self::submit_error::{Fate, SubmitError};
pub use crate::cluster::{Caution, MemberError, Readiness, Role};
pub use crate::domain::Origin;
pub use crate::replica::{Coding, Part, SeatMap, SeatState, SeatStates, SharedArray, StatesNow, coded, layout_tag};
pub use crate::storage::FeedBounds;

/// Commands whose callers gave up, and the instance's own, that may stand in the channel beside those of requests that
/// are under way, so that a request within the limit of those never finds the channel full.
const ABANDONED_CALLS_MAX: usize = 4_096;

/// How long what instances still say to each other may take once this one stops.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// How an instance is started.
pub struct Options {
    /// The folder of its data; created when missing.
    pub data_dir: PathBuf,
    /// Memory for the pages of the database, in bytes.
    pub cache_bytes: usize,
    pub settings: Settings,
    /// Commands that may wait for the writer; more are refused as overload.
    pub commands_waiting_max: usize,
    /// Where several instances order the log.
    pub cluster: Option<cluster::Options>,
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
    /// On which the instances talk.
    cluster: Option<Runtime>,
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
    let Options { data_dir, cache_bytes, settings, commands_waiting_max, cluster } = options;
    let opened = replica::open(&storage::Options { data_dir: data_dir.clone(), cache_bytes })?;
    let disk = Arc::new(free_space::Disk::new(&data_dir));
    let Replayed { replica, mut log, applied } = opened;
    let wanted = settings.currency;
    let last = log.last().0;
    let recovered = Recovered { replayed: last.saturating_sub(applied.0), last };
    let found = find_place(&data_dir, wanted, cluster, &replica, &mut log);
    let entered = match found {
        Ok(entered) => entered,
        Err(error) => {
            // Closed as it was found; when that fails, the next start has more to recover and nothing is lost.
            let _ = log.seal();
            let _ = replica.store().stop();
            return Err(error);
        }
    };
    let (cluster, member, founding) = match entered {
        Some(Entered { instance, runtime, founding }) => {
            (Some(runtime), Some(Member::new(instance, &replica)), founding)
        }
        None => (None, None, None),
    };
    let (clock, presence) = time_and_presence(&replica, member.as_ref());
    let newest_event = replica.look().totals().last_event;
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
        commands_waiting_max: commands_waiting_max + ABANDONED_CALLS_MAX,
        currency: wanted,
        disk: Arc::clone(&disk),
        clock_corrections: AtomicU64::new(0),
        member,
    });
    let commit = match &shared.member {
        None => {
            sequencer::begin(&shared, &mut log, settings);
            Commit::Alone(log)
        }
        Some(member) => {
            applying::begin(&shared, member, log)?;
            Commit::Shared(Opening { founding, settings })
        }
    };
    let sequencer = sequencer::spawn(Arc::clone(&shared), waiting, commit)?;
    if let Some(member) = &shared.member {
        applying::wait_for_place(&shared, member)?;
    }
    let handle = Handle { shared: Arc::clone(&shared) };
    let (stop_abandonment, stop) = channel();
    let abandonment = abandonment::spawn(handle, stop)?;
    let (stop_free_space, stop) = channel();
    let free_space = free_space::spawn(disk, stop)?;
    Ok(Node { shared, recovered, sequencer, cluster, abandonment, stop_abandonment, free_space, stop_free_space })
}

/// The clock, and who is seen, as a start finds them.
fn time_and_presence(replica: &Replica, member: Option<&Member>) -> (Clock, Presence) {
    let state = replica.look();
    match member {
        None => {
            let clock = Clock::start(state.clock(), state.latest());
            let presence = Presence::at_start(&state, clock.now());
            (clock, presence)
        }
        Some(_) => (Clock::waiting(state.clock(), state.latest()), Presence::of_several()),
    }
}

/// Whether the data can be gone on with as it is to be: alone, or among other instances, with whom it finds its place.
fn find_place(
    data_dir: &Path,
    wanted: Currency,
    cluster: Option<cluster::Options>,
    replica: &Replica,
    log: &mut LogWriter<Files>,
) -> Result<Option<Entered>, StartError> {
    let data_dir = data_dir.to_owned();
    let kept = replica.look().totals().currency;
    if let Some(kept) = kept.filter(|kept| *kept != wanted) {
        return Err(StartError::Currency { data_dir, kept, wanted });
    }
    match cluster {
        Some(options) => Ok(Some(cluster::enter(options, replica, log)?)),
        None if replica.look().members().is_some() || Membership::read(&data_dir)?.is_some() => {
            Err(StartError::MemberAlone { data_dir })
        }
        None => Ok(None),
    }
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
        if let Some(member) = &self.shared.member {
            cluster::hand_over(&member.instance);
            member.under_way.stop();
        }
        // One that waits for the other instances has ended by now.
        drop(self.shared.jobs.send(Job::Stop));
        self.sequencer.join().expect("a panic there ends the process");
        if let (Some(member), Some(runtime)) = (&self.shared.member, self.cluster) {
            member.instance.stop().map_err(|fault| StopError::Log(fault.to_string()))?;
            runtime.shutdown_timeout(STOP_LIMIT);
        }
        self.shared.replica.store().stop().map_err(|fault| StopError::Database(fault.to_string()))
    }
}
