//! What the threads and handles of one instance share, and the count of the commands that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::watch;

use super::clock::Clock;
use super::followers::Followers;
use super::free_space::Disk;
use super::idempotency::InFlight;
use super::job::Jobs;
use super::key_uses::KeyUses;
use super::member::Member;
use super::presence::Presence;
use super::refusals::Refusals;
use super::submit_error::SubmitError;
use crate::domain::Currency;
use crate::replica::Replica;

/// What the threads and handles of one instance share.
pub(super) struct Shared {
    pub clock: Clock,
    pub replica: Replica,
    pub presence: Presence,
    pub followers: Followers,
    pub in_flight: InFlight,
    pub refusals: Refusals,
    pub key_uses: KeyUses,
    /// `commands_waiting_max` bounds it.
    pub jobs: Jobs,
    pub channel_depth: AtomicUsize,
    pub commands_waiting_max: usize,
    /// How often the wall clock was found to have been set.
    pub clock_corrections: AtomicU64,
    pub newest_event: watch::Sender<u64>,
    pub currency: Currency,
    pub disk: Arc<Disk>,
    /// What there is where several instances order the log.
    pub member: Option<Member>,
}

impl Shared {
    /// Takes room for one more command that waits.
    ///
    /// # Errors
    /// [`SubmitError::Overloaded`] when as many wait as may.
    pub(super) fn enter_channel(&self) -> Result<(), SubmitError> {
        if self.channel_depth.fetch_add(1, Ordering::Relaxed) < self.commands_waiting_max {
            return Ok(());
        }
        self.leave_channel();
        Err(SubmitError::Overloaded)
    }

    pub(super) fn leave_channel(&self) {
        self.channel_depth.fetch_sub(1, Ordering::Relaxed);
    }
}
