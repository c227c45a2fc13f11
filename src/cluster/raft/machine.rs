//! Committed entries on their way into the copy of the instance, and snapshots of that copy.

use std::collections::BTreeSet;

use openraft::storage::RaftStateMachine;
use openraft::{
    AnyError, ErrorSubject, ErrorVerb, OptionalSend, RaftSnapshotBuilder, Snapshot, SnapshotMeta, StorageError,
    StorageIOError, StoredMembership,
};

use super::convert::{content, log_id, raft_id, snapshot_meta, stored_members};
use super::types::{Member, SnapshotRows, Types};
use crate::blocking;
use crate::domain::NodeId;
use crate::log::{Entry, Index, Position};
use crate::replica::Replica;
use crate::storage::{Export, SnapshotError, Store};

type Fault = StorageError<NodeId>;
type Meta = SnapshotMeta<NodeId, Member>;

/// The copy that committed entries go into: that of a running instance, which answers its callers on the way, or one
/// alone.
pub trait Target: Send + Sync + 'static {
    /// The copy.
    fn replica(&self) -> &Replica;

    /// Applies a committed entry, behind which the history stands at `position`. After a fault the copy is not used any
    /// more, so the process ends.
    fn apply(&mut self, entry: &Entry, position: Position);

    /// Puts the snapshot that was received on the disk in place of everything. It stays there until the log goes on from it,
    /// too.
    ///
    /// # Errors
    /// None was received, or the database or the disk fails.
    fn install(&mut self) -> Result<(), SnapshotError>;
}

/// What the consensus library applies entries to.
pub struct Machine<T> {
    target: T,
    /// The newest entry of the log at the start.
    last: Index,
}

/// Makes snapshots: the durable tables, which are there already.
pub struct Snapshots(Store);

impl<T: Target> Machine<T> {
    /// Over a copy that holds what was known to be committed at the start, with a log that reached as far as `last` then.
    pub fn new(target: T, last: Index) -> Self {
        Self { target, last }
    }

    /// Whether the history has an entry.
    fn has_begun(&self) -> bool {
        self.last.max(self.target.replica().store().position().index()) > Index(0)
    }
}

impl Snapshots {
    /// The tables as other instances are sent them, which is what the library lets go of the log below: an instance that is
    /// sent them finds the log behind them. Those without an entry are a snapshot behind entry 0.
    fn to_send(&self) -> Result<Snapshot<Types>, SnapshotError> {
        Ok(snapshot(self.0.export_to_send()?))
    }
}

fn snapshot(export: Export) -> Snapshot<Types> {
    Snapshot { meta: snapshot_meta(export.head()), snapshot: Box::new(SnapshotRows::Export(Box::new(export))) }
}

impl RaftSnapshotBuilder<Types> for Snapshots {
    async fn build_snapshot(&mut self) -> Result<Snapshot<Types>, Fault> {
        self.to_send().map_err(|error| fault(ErrorVerb::Read, &error))
    }
}

/// Entry 0, with which the library begins a history, counts as applied where it counts as purged, that is in every
/// history that has an entry. One that has none begins with a snapshot.
impl<T: Target> RaftStateMachine<Types> for Machine<T> {
    type SnapshotBuilder = Snapshots;

    async fn applied_state(
        &mut self,
    ) -> Result<(Option<openraft::LogId<NodeId>>, StoredMembership<NodeId, Member>), Fault> {
        let replica = self.target.replica();
        let (applied, members) = (replica.store().position().id, stored_members(replica.look().members()));
        Ok((self.has_begun().then(|| raft_id(applied)), members))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, Fault>
    where
        I: IntoIterator<Item = openraft::Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut answers = Vec::new();
        for entry in entries {
            let id = log_id(&entry.log_id);
            let content = content(entry.payload).map_err(|error| fault(ErrorVerb::Read, &error))?;
            let entry = Entry { id, content, skipped: BTreeSet::new() };
            self.target.apply(&entry, Position { id, checksum: 0 });
            answers.push(());
        }
        Ok(answers)
    }

    async fn get_snapshot_builder(&mut self) -> Snapshots {
        Snapshots(self.target.replica().store().clone())
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<SnapshotRows>, Fault> {
        Ok(Box::new(SnapshotRows::Received))
    }

    async fn install_snapshot(&mut self, _: &Meta, _: Box<SnapshotRows>) -> Result<(), Fault> {
        blocking::run_in_place(|| self.target.install()).map_err(|error| fault(ErrorVerb::Write, &error))
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<Types>>, Fault> {
        if !self.has_begun() {
            return Ok(None);
        }
        let snapshots = self.get_snapshot_builder().await;
        snapshots.to_send().map(Some).map_err(|error| fault(ErrorVerb::Read, &error))
    }
}

fn fault(verb: ErrorVerb, error: &(impl std::error::Error + 'static)) -> Fault {
    StorageIOError::new(ErrorSubject::StateMachine, verb, AnyError::new(error)).into()
}
