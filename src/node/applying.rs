//! What several instances have ordered, on its way into the copy of this one.

use std::sync::Arc;

use super::job::Job;
use super::member::Member;
use super::sequencer::{apply_shared, publish};
use super::shared::Shared;
use super::start_error::StartError;
use super::submit_error::{Fate, SubmitError};
use super::waiters::Sweeping;
use crate::cluster::raft::{ConsensusError, Target};
use crate::cluster::take_part;
use crate::domain::OriginRow;
use crate::log::{Content, Entry, Position};
use crate::replica::Replica;
use crate::storage::{Files, LogWriter, ReceivedSnapshot, SnapshotError};
use crate::telemetry::metrics::{
    ENTRY_PARTS, Metric, PARTS_FENCED, PARTS_PROPOSED, PARTS_REPEATED, PARTS_SKIPPED, RAFT_ELECTIONS,
    SNAPSHOT_BYTES_RECEIVED, SNAPSHOT_BYTES_SENT, SNAPSHOTS_RECEIVED, SNAPSHOTS_SENT,
};

/// Takes committed entries, and snapshots, into the copy of this instance.
pub(super) struct Applying {
    pub shared: Arc<Shared>,
    /// That of the log, on which snapshots arrive.
    pub disk: Files,
}

/// Begins to take part in the order of the log.
///
/// # Errors
/// The consensus library does not start over it.
pub(super) fn begin(shared: &Arc<Shared>, member: &Member, log: LogWriter<Files>) -> Result<(), ConsensusError> {
    let applying = Applying { shared: Arc::clone(shared), disk: log.disk().clone() };
    [RAFT_ELECTIONS, PARTS_PROPOSED, PARTS_REPEATED, PARTS_SKIPPED, PARTS_FENCED].iter().for_each(Metric::begin);
    [SNAPSHOTS_SENT, SNAPSHOTS_RECEIVED, SNAPSHOT_BYTES_SENT, SNAPSHOT_BYTES_RECEIVED].iter().for_each(Metric::begin);
    take_part(&member.instance, log, applying)?;
    let (mut leader, jobs) = (member.instance.watch_leader(), shared.jobs.clone());
    member
        .instance
        .runtime()
        .spawn(async move { while leader.changed().await.is_ok() && jobs.send(Job::Leader).is_ok() {} });
    Ok(())
}

/// Waits until this instance knows what all share.
///
/// # Errors
/// It is not taken in, or was told of another currency.
pub(super) fn wait_for_place(shared: &Shared, member: &Member) -> Result<(), StartError> {
    member.instance.runtime().block_on(member.instance.entered()).map_err(StartError::Refused)?;
    // There is no end to come before a start is done.
    let _ = member.under_way.wait_until(|| shared.replica.look().cluster().is_some());
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
        match &entry.content {
            Content::Members(_) => self.member().note_members(self.replica()),
            Content::Parts(parts) => ENTRY_PARTS.record(parts.len() as f64),
            Content::Blank => {}
        }
        self.member().note_applied(self.replica());
        self.member().under_way.note_applied(self.reached(), sweeping);
    }

    fn install(&mut self) -> Result<(), SnapshotError> {
        let received = ReceivedSnapshot::left_over(self.disk.clone())?.ok_or(SnapshotError::Missing)?;
        let Shared { replica, presence, clock, followers, .. } = &*self.shared;
        replica.replace(&received)?;
        self.member().note_members(replica);
        self.member().note_applied(replica);
        presence.restart(&replica.look(), clock.now());
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
