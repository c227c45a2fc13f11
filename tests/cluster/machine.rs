//! A state machine that notes how far it came and who the members are, and nothing else: the suite is about the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use jari::cluster::raft::{Member, SnapshotRows, Types};
use jari::domain::NodeId;
use openraft::storage::RaftStateMachine;
use openraft::{
    Entry, EntryPayload, LogId, OptionalSend, RaftSnapshotBuilder, Snapshot, SnapshotMeta, StorageError,
    StoredMembership,
};
use parking_lot::Mutex;

type Meta = SnapshotMeta<NodeId, Member>;
type Fault = StorageError<NodeId>;

/// What was applied, by index.
pub(crate) type History = Arc<Mutex<BTreeMap<u64, Entry<Types>>>>;

#[derive(Clone, Default)]
pub(crate) struct Machine {
    history: History,
    applied: Option<LogId<NodeId>>,
    membership: StoredMembership<NodeId, Member>,
    snapshot: Option<Meta>,
}

impl RaftSnapshotBuilder<Types> for Machine {
    async fn build_snapshot(&mut self) -> Result<Snapshot<Types>, Fault> {
        let meta = self.meta();
        Ok(Snapshot { meta, snapshot: Box::new(SnapshotRows::Received) })
    }
}

impl Machine {
    fn meta(&self) -> Meta {
        let snapshot_id = format!("{:?}", self.applied);
        Meta { last_log_id: self.applied, last_membership: self.membership.clone(), snapshot_id }
    }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<(Option<LogId<NodeId>>, StoredMembership<NodeId, Member>), Fault> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, Fault>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut answers = Vec::new();
        for entry in entries {
            self.applied = Some(entry.log_id);
            self.history.lock().insert(entry.log_id.index, entry.clone());
            if let EntryPayload::Membership(membership) = entry.payload {
                self.membership = StoredMembership::new(Some(entry.log_id), membership);
            }
            answers.push(());
        }
        Ok(answers)
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        // What is built is what is current.
        self.snapshot = Some(self.meta());
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<SnapshotRows>, Fault> {
        Ok(Box::new(SnapshotRows::Received))
    }

    async fn install_snapshot(&mut self, meta: &Meta, _: Box<SnapshotRows>) -> Result<(), Fault> {
        let (applied, membership) = (meta.last_log_id, meta.last_membership.clone());
        *self = Self { applied, membership, snapshot: Some(meta.clone()), history: Arc::clone(&self.history) };
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<Types>>, Fault> {
        Ok(self.snapshot.clone().map(|meta| Snapshot { meta, snapshot: Box::new(SnapshotRows::Received) }))
    }
}
