//! The copy of a simulated instance: rows on its machine, and a note of what was applied.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jari::cluster::raft::{LogStore, Machine, Target, Types, config};
use jari::cluster::tenure::Tenure;
use jari::domain::{Digest, NodeId};
use jari::log::{Content, Entry, Index, LogId, Position};
use jari::replica::{Recovered, Replica, open_with};
use jari::simulation::{Machine as Hardware, SimulatedDisk};
use jari::storage::{Checkpointer, ReceivedSnapshot, SnapshotError};
use openraft::{Raft, RaftNetworkFactory};
use parking_lot::Mutex;

use crate::instances::SEGMENT_BYTES;

/// What an instance stood at behind an entry. Where it came from a snapshot, what the entry said is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub id: LogId,
    pub digest: Digest,
    pub content: Option<Content>,
}

/// What all lives of an instance have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    seen: Arc<Mutex<BTreeMap<Index, Seen>>>,
    /// How many snapshots took the place of everything.
    pub installed: Arc<AtomicUsize>,
}

impl History {
    /// Notes what was seen.
    ///
    /// # Panics
    /// When an earlier life saw something else there.
    pub(crate) fn note(&self, seen: Seen) {
        let mut history = self.seen.lock();
        let index = seen.id.index;
        if let Some(before) = history.get(&index) {
            assert_eq!((before.id, before.digest), (seen.id, seen.digest), "an entry was applied twice, differently");
        }
        let content = seen.content.or_else(|| history.get(&index).and_then(|before| before.content.clone()));
        history.insert(index, Seen { content, ..seen });
    }

    pub(crate) fn all(&self) -> BTreeMap<Index, Seen> {
        self.seen.lock().clone()
    }

    /// The newest entry that was applied.
    pub(crate) fn newest(&self) -> Index {
        self.seen.lock().keys().last().copied().unwrap_or_default()
    }
}

pub(crate) struct Copy {
    replica: Arc<Replica>,
    disk: SimulatedDisk,
    history: History,
}

/// Starts the consensus library over what a machine has.
pub(crate) async fn start<N: RaftNetworkFactory<Types>>(
    node: NodeId,
    hardware: &Hardware,
    history: &History,
    network: N,
    tenure: Arc<Tenure>,
) -> (Raft<Types>, Arc<Replica>) {
    let disk = hardware.disk();
    let opened = open_with(hardware.database(), disk.clone(), 0x5a17, SEGMENT_BYTES, Checkpointer::Caller);
    let Recovered { replica, log, .. } = opened.expect("what it left is sound");
    let replica = Arc::new(replica);
    let copy = Copy { replica: Arc::clone(&replica), disk, history: history.clone() };
    copy.note(None);
    let machine = Machine::new(copy, log.last());
    let store = LogStore::new(log, tenure).expect("read");
    let raft = Raft::new(node, config(), network, store, machine).await.expect("it starts");
    (raft, replica)
}

impl Copy {
    /// Notes how the copy stands as it is.
    fn note(&self, content: Option<Content>) {
        let (id, digest) = (self.replica.store().position().id, self.replica.look().digest());
        self.history.note(Seen { id, digest, content });
    }
}

impl Target for Copy {
    fn replica(&self) -> &Replica {
        &self.replica
    }

    fn apply(&mut self, entry: &Entry, position: Position) {
        // A copy without power is not asked any more.
        if self.replica.apply(entry, position, &mut ()).is_ok() {
            self.note(Some(entry.content.clone()));
        }
    }

    fn install(&mut self) -> Result<(), SnapshotError> {
        let received = ReceivedSnapshot::waiting(self.disk.clone())?.expect("it was received");
        self.replica.replace(&received)?;
        self.history.installed.fetch_add(1, Ordering::Relaxed);
        self.note(None);
        Ok(())
    }
}
