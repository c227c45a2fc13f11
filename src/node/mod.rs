//! The running instance: the one writer, the views in front of the database, the only clock, start and stop.
//! Callers have one [`Handle`]. It does not know HTTP.

mod answer;
mod applying;
#[cfg(feature = "simulation")]
mod audit;
mod caller;
mod clock;
mod cluster_members;
mod cluster_status;
mod fault;
mod followers;
mod following;
mod free_space;
mod ground;
mod handle;
mod idempotency;
mod job;
mod key_uses;
mod lead;
mod member;
mod milestones;
mod presence;
mod queries;
mod refusals;
mod revise;
mod sequencer;
mod shared;
#[cfg(feature = "simulation")]
mod simulated;
mod start_error;
mod submit;
mod submit_error;
#[cfg(test)]
mod tests;
mod under_way;
mod waiters;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use self::ground::Ground;
use self::job::Job;
use self::presence::abandonment;
use self::sequencer::{Commit, Opening};
use self::shared::Shared;
use crate::cluster::membership::Membership;
use crate::cluster::{self, Entered, Found};
use crate::domain::{Currency, Settings};
use crate::replica::{self, Recovered as Replayed, Replica};
use crate::storage::{self, AnyDisk, LogWriter};

pub use self::answer::Answer;
#[cfg(feature = "simulation")]
pub use self::audit::{Audit, Audited};
pub use self::caller::Caller;
pub use self::clock::{MachineClocks, SystemClocks};
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
    NumberedEvent, PaymentSearch, PaymentState, PublicConcert, Reservations, SaleText, SeatHands, SeatNow, ShownKey,
    TicketState, TillLine, ToldPayment, ToldTicket, UserSearch,
};
pub use self::refusals::{HeldRefusal, hold_refusal};
pub use self::revise::{PolicyBase, Revised};
#[cfg(feature = "simulation")]
pub use self::simulated::{Simulated, SimulatedNode, start_simulated};
pub use self::start_error::{StartError, StopError};
pub use self::submit::KeyState;
pub use self::submit_error::{Fate, SubmitError};
pub use crate::cluster::{Caution, MemberError, Readiness, Role};
pub use crate::domain::Origin;
pub use crate::replica::{Coding, Part, SeatMap, SeatState, SeatStates, SharedArray, StatesNow, coded, layout_tag};
pub use crate::storage::FeedBounds;

/// How long what instances still say to each other may take once this one stops.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// How an instance is started.
pub struct Options {
    /// The folder of its data; created when missing.
    pub data_dir: PathBuf,
    /// Memory for the pages of the database, in bytes.
    pub cache_bytes: usize,
    /// Without them those go on that the data has.
    pub settings: Option<Settings>,
    /// Commands that may wait for the writer; more are refused as overload.
    pub commands_waiting_max: usize,
    /// Where several instances order the log.
    pub cluster: Option<cluster::Entrance>,
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
    stop_abandonment: oneshot::Sender<()>,
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
    let settings = settings.unwrap_or_else(|| replica.look().settings().clone());
    let currency = settings.currency;
    let last = log.last().0;
    let recovered = Recovered { replayed: last.saturating_sub(applied.0), last };
    let entered = match find_place(&data_dir, currency, cluster, &replica, &mut log) {
        Ok(entered) => entered,
        Err(error) => {
            // Closed as it was found; when that fails, the next start has more to recover and nothing is lost.
            let _ = log.seal();
            let _ = replica.store().stop();
            return Err(error);
        }
    };
    let (runtime, found) = entered.map(|Entered { found, runtime }| (runtime, found)).unzip();
    let (instance, founding) = found.map(|Found { instance, founding }| (instance, founding)).unzip();
    let ground = Ground { replica, instance, clocks: Arc::new(SystemClocks), currency, commands_waiting_max, disk };
    let (shared, arrivals) = ground.shared();
    let commit = match (&shared.member, &runtime) {
        (Some(member), Some(runtime)) => {
            runtime.block_on(applying::begin(&shared, member, log))?;
            Commit::Shared(Opening { founding: founding.flatten(), settings })
        }
        (None | Some(_), None) | (None, Some(_)) => {
            sequencer::begin(&shared, &mut log, settings);
            Commit::Alone(log)
        }
    };
    let sequencer = sequencer::spawn(Arc::clone(&shared), arrivals, commit)?;
    if let (Some(member), Some(runtime)) = (&shared.member, &runtime) {
        runtime.block_on(applying::wait_for_place(&shared, member))?;
    }
    let (stop_abandonment, stop) = oneshot::channel();
    let abandonment = abandonment::spawn(Handle { shared: Arc::clone(&shared) }, stop)?;
    let (stop_free_space, stop) = channel();
    let free_space = free_space::spawn(Arc::clone(&shared.disk), stop)?;
    let cluster = runtime;
    Ok(Node { shared, recovered, sequencer, cluster, abandonment, stop_abandonment, free_space, stop_free_space })
}

/// Whether the data can be gone on with as it is to be: alone, or among other instances, with whom it finds its place.
fn find_place(
    data_dir: &Path,
    wanted: Currency,
    cluster: Option<cluster::Entrance>,
    replica: &Replica,
    log: &mut LogWriter<AnyDisk>,
) -> Result<Option<Entered>, StartError> {
    let data_dir = data_dir.to_owned();
    let kept = replica.look().totals().currency;
    if let Some(kept) = kept.filter(|kept| *kept != wanted) {
        return Err(StartError::Currency { data_dir, kept, wanted });
    }
    match cluster {
        Some(entrance) => Ok(Some(cluster::enter(entrance, replica, log)?)),
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
        let member = self.shared.member.as_ref();
        if let Some((member, runtime)) = member.zip(self.cluster.as_ref()) {
            runtime.block_on(cluster::hand_over(&member.instance));
            member.under_way.stop();
        }
        // One that waits for the other instances has ended by now.
        drop(self.shared.jobs.send(Job::Stop));
        self.sequencer.join().expect("a panic there ends the process");
        if let Some((member, runtime)) = member.zip(self.cluster) {
            runtime.block_on(member.instance.stop()).map_err(|fault| StopError::Log(fault.to_string()))?;
            runtime.shutdown_timeout(STOP_LIMIT);
        }
        self.shared.replica.store().stop().map_err(|fault| StopError::Database(fault.to_string()))
    }
}
