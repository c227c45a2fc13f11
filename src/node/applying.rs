//! What several instances have ordered, on its way into the copy of this one.

use std::future::ready;
use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::caller::Caller;
use super::handle::Handle;
use super::job::Job;
use super::member::Member;
use super::sequencer::{apply_shared, publish};
use super::shared::Shared;
use super::start_error::StartError;
use super::submit_error::{Fate, SubmitError};
use super::waiters::Sweeping;
use crate::cluster::raft::{ConsensusError, Target};
use crate::cluster::{Clocks, Heard, Hooks, take_part};
use crate::domain::commands::Assign;
use crate::domain::{OriginRow, State};
use crate::log::{Content, Entry, Position};
use crate::replica::Replica;
use crate::storage::{AnyDisk, LogWriter, ReceivedSnapshot, SnapshotError};
use crate::telemetry::metrics::{
    ENTRY_PARTS, Metric, PARTS_FENCED, PARTS_PROPOSED, PARTS_REPEATED, PARTS_SKIPPED, RAFT_ELECTIONS,
    SNAPSHOT_BYTES_RECEIVED, SNAPSHOT_BYTES_SENT, SNAPSHOTS_RECEIVED, SNAPSHOTS_SENT,
};

/// A clock that is so many milliseconds off is set, where nothing goes by it: to draw it would take long.
const FAR_MS: i64 = 1_000;

/// Takes committed entries, and snapshots, into the copy of this instance.
pub(super) struct Applying {
    pub shared: Arc<Shared>,
    /// That of the log, on which snapshots arrive.
    pub disk: AnyDisk,
}

/// Begins to take part in the order of the log.
///
/// # Errors
/// The consensus library does not start over it.
pub(super) async fn begin(
    shared: &Arc<Shared>,
    member: &Member,
    log: LogWriter<AnyDisk>,
) -> Result<(), ConsensusError> {
    let applying = Applying { shared: Arc::clone(shared), disk: log.disk().clone() };
    [RAFT_ELECTIONS, PARTS_PROPOSED, PARTS_REPEATED, PARTS_SKIPPED, PARTS_FENCED].iter().for_each(Metric::begin);
    [SNAPSHOTS_SENT, SNAPSHOTS_RECEIVED, SNAPSHOT_BYTES_SENT, SNAPSHOT_BYTES_RECEIVED].iter().for_each(Metric::begin);
    take_part(&member.instance, log, applying, hooks(shared)).await?;
    let (instance, jobs) = (Arc::clone(&member.instance), shared.jobs.clone());
    member.instance.spawn(async move {
        // Until nobody takes jobs any more.
        let _closed = instance.wait_for(|| jobs.send(Job::Look).err()).await;
    });
    Ok(())
}

/// What this instance does for its cluster, for as long as it runs: the instance is a part of it.
fn hooks(shared: &Arc<Shared>) -> Hooks {
    let running = |shared: &Weak<Shared>| shared.upgrade().map(|shared| Handle { shared });
    let (assigning, read_by, heard_by) = (Arc::downgrade(shared), Arc::downgrade(shared), Arc::downgrade(shared));
    Hooks {
        assign: Box::new(move |assigns| match running(&assigning) {
            Some(handle) => handle.assign(assigns).boxed(),
            None => ready(()).boxed(),
        }),
        read_clocks: Box::new(move || {
            let read = |handle: Handle| {
                let now = handle.shared.clock.is_going().then(|| handle.now());
                let offset = handle.read(|state| state.clock().anchor.offset);
                Clocks {
                    now,
                    wall_us: handle.shared.clock.wall_us(),
                    expected_wall_us: now.map(|now| now.on_wall(offset).0.saturating_mul(1_000)),
                }
            };
            running(&read_by).map(read).unwrap_or_default()
        }),
        hear_clocks: Box::new(move |heard| {
            if let Some(handle) = running(&heard_by) {
                handle.hear_clocks(heard);
            }
        }),
    }
}

impl Handle {
    /// Has slots assigned, and waits until that is applied here, or known to come to nothing.
    async fn assign(self, assigns: Vec<Assign>) {
        let sent: Vec<_> = assigns.into_iter().map(|assign| self.send(assign.into(), Caller::default())).collect();
        // Whatever became of each, it is looked at what is to be decided again.
        join_all(sent.into_iter().filter_map(Result::ok)).await;
    }

    /// Takes up the clocks that count.
    fn hear_clocks(&self, heard: Heard) {
        let clock = &self.shared.clock;
        clock.correct_wall(heard.wall_ahead_us);
        let Some(leader) = heard.leader else { return };
        let is_far = !clock.is_going() || (leader.0 - clock.now().0).abs() > FAR_MS;
        let answers = self.shared.member.as_ref().is_some_and(|member| member.instance.slots().has_taken());
        if is_far && !answers {
            clock.set(leader);
            clock.reach(self.read(State::latest));
            drop(self.shared.jobs.send(Job::Look));
        } else {
            clock.follow(leader);
        }
    }
}

/// Waits until this instance knows what all share.
///
/// # Errors
/// It is not taken in, or was told of another currency.
pub(super) async fn wait_for_place(shared: &Shared, member: &Member) -> Result<(), StartError> {
    member.instance.entered().await.map_err(StartError::Refused)?;
    // There is no end to come before a start is done.
    let _ = member.under_way.wait_until(|| shared.replica.look().cluster().is_some()).await;
    let kept = shared.replica.look().totals().currency;
    match kept.filter(|kept| *kept != shared.currency) {
        Some(kept) => Err(StartError::OtherCurrency { kept, wanted: shared.currency }),
        None => Ok(()),
    }
}

impl Applying {
    fn member(&self) -> &Member {
        self.shared.member.as_ref().expect("it is one of several")
    }

    /// How far this instance has come with what it adds to entries.
    fn reached(&self) -> OriginRow {
        let node = self.member().instance.membership().node;
        self.shared.replica.look().origin(node).unwrap_or_default()
    }
}

impl Target for Applying {
    fn replica(&self) -> &Replica {
        &self.shared.replica
    }

    fn apply(&mut self, entry: &Entry, position: Position) {
        let sweeping = apply_shared(&self.shared, entry, position);
        if entry.moves_slots() {
            self.member().note_slots(&self.replica().look(), &self.shared.presence);
        }
        self.shared.clock.reach(self.replica().look().latest());
        match &entry.content {
            Content::Members(_) => self.member().note_members(self.replica()),
            Content::Parts(parts) => ENTRY_PARTS.record(parts.len() as f64),
            Content::Blank => {}
        }
        self.member().note_applied(self.replica());
        self.member().under_way.note_applied(self.reached(), sweeping);
    }

    fn install(&mut self) -> Result<(), SnapshotError> {
        let received = ReceivedSnapshot::waiting(self.disk.clone())?.ok_or(SnapshotError::Missing)?;
        let Shared { replica, presence, clock, followers, .. } = &*self.shared;
        replica.replace(&received)?;
        self.member().note_members(replica);
        self.member().note_slots(&replica.look(), presence);
        clock.reach(replica.look().latest());
        // What this instance has not seen happen it has to take up anew.
        self.member().instance.slots().lapse();
        self.member().note_applied(replica);
        followers.wake_all();
        publish(&self.shared);
        // What this instance had under way may be in the snapshot: then nobody knows its answers.
        let (under_way, reached) = (&self.member().under_way, self.reached());
        if let Some(waiters) = under_way.take_through(reached) {
            waiters.tell_all(&SubmitError::NoLeader { fate: Fate::Unknown });
        }
        under_way.note_applied(reached, Sweeping::Done);
        Ok(())
    }
}
