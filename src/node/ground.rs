//! What an instance stands on when it starts, and what its threads and handles share from then on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use tokio::sync::watch;

use super::clock::{Clock, MachineClocks};
use super::followers::Followers;
use super::free_space::Disk;
use super::idempotency::InFlight;
use super::job::{Arrivals, Jobs, Waiting};
use super::key_uses::KeyUses;
use super::member::Member;
use super::presence::Presence;
use super::refusals::Refusals;
use super::shared::Shared;
use crate::cluster::Instance;
use crate::domain::Currency;
use crate::replica::Replica;

/// Commands whose callers gave up, and the instance's own, that may stand in the channel beside those of requests that
/// are under way, so that a request within the limit of those never finds the channel full.
const ABANDONED_CALLS_MAX: usize = 4_096;

/// What an instance stands on when it starts.
pub(super) struct Ground {
    pub replica: Replica,
    /// Where it is one of several.
    pub instance: Option<Arc<Instance>>,
    pub clocks: Arc<dyn MachineClocks>,
    pub currency: Currency,
    /// Commands that may wait for the writer; more are refused as overload.
    pub commands_waiting_max: usize,
    pub disk: Arc<Disk>,
}

impl Ground {
    /// What is shared, and the way of jobs to the sequencer. One that is alone waits for them as a thread, one of several
    /// as a task.
    pub(super) fn shared(self) -> (Arc<Shared>, Arrivals) {
        let Self { replica, instance, clocks, currency, commands_waiting_max, disk } = self;
        let member = instance.map(|instance| Member::new(instance, &replica));
        let (clock, presence) = time_and_presence(&replica, member.as_ref(), clocks);
        let newest_event = replica.look().totals().last_event;
        let (jobs, arrivals) = Jobs::new(if member.is_some() { Waiting::AsTask } else { Waiting::AsThread });
        let shared = Shared {
            refusals: Refusals::default(),
            key_uses: KeyUses::default(),
            replica,
            presence,
            followers: Followers::default(),
            newest_event: watch::Sender::new(newest_event),
            clock,
            in_flight: InFlight::default(),
            jobs,
            channel_depth: AtomicUsize::new(0),
            commands_waiting_max: commands_waiting_max + ABANDONED_CALLS_MAX,
            currency,
            disk,
            clock_corrections: AtomicU64::new(0),
            member,
        };
        (Arc::new(shared), arrivals)
    }
}

/// The clock, and who is seen, as a start finds them.
fn time_and_presence(replica: &Replica, member: Option<&Member>, clocks: Arc<dyn MachineClocks>) -> (Clock, Presence) {
    let state = replica.look();
    match member {
        None => {
            let clock = Clock::start(clocks, state.clock(), state.latest());
            let presence = Presence::at_start(&state, clock.now());
            (clock, presence)
        }
        Some(_) => (Clock::waiting(clocks, state.clock(), state.latest()), Presence::of_several()),
    }
}
