//! The consensus library's own suite on our log.

use std::sync::Arc;

use jari::cluster::raft::{LogStore, Types};
use jari::cluster::tenure::Tenure;
use jari::domain::NodeId;
use jari::simulation::SimulatedDisk;
use jari::storage::{LogWriter, SoundLog};
use openraft::StorageError;
use openraft::testing::{StoreBuilder, Suite};

use crate::machine::Machine;
use crate::shifted::Shifted;

/// A segment of a few entries, so that a log has several files.
const SEGMENT_BYTES: u64 = 400;

struct Builder;

impl StoreBuilder<Types, Shifted<LogStore<SimulatedDisk>>, Machine> for Builder {
    async fn build(&self) -> Result<((), Shifted<LogStore<SimulatedDisk>>, Machine), StorageError<NodeId>> {
        let machine = jari::simulation::Machine::new(1);
        let log = SoundLog::read(machine.disk()).expect("it is empty");
        let log = LogWriter::resume(log, 0x5a17, SEGMENT_BYTES).expect("the disk takes it");
        Ok(((), Shifted(LogStore::new(log, Arc::new(Tenure::new(NodeId(1)))).expect("it is read")), Machine::default()))
    }
}

#[test]
fn the_log_passes_the_suite_of_the_consensus_library() {
    Suite::test_all(Builder).expect("nothing fails");
}
