//! A cluster is founded over what was written alone, and the power goes at any moment of it.

use std::collections::BTreeSet;

use jari::cluster::found;
use jari::domain::{Digest, NodeId};
use jari::log::{Entry, Leadership};
use jari::replica::{Recovered, open_with};
use jari::simulation::{Machine as Hardware, SimulatedDisk};
use jari::storage::{Checkpointer, OpenError};

use crate::instances::SEGMENT_BYTES;
use crate::office::Callers;

const OWN: NodeId = NodeId(3);

fn open(hardware: &Hardware) -> Result<Recovered<SimulatedDisk>, OpenError> {
    open_with(hardware.database(), hardware.disk(), 0x5a17, SEGMENT_BYTES, Checkpointer::Caller)
}

/// A machine on which a server has run alone, and what stands in its copy.
fn alone(seed: u64) -> (Hardware, Digest) {
    let hardware = Hardware::new(seed);
    let Recovered { replica, mut log, .. } = open(&hardware).expect("it is empty");
    let mut callers = Callers::new(seed);
    for round in 0..20 {
        let batch = if round == 0 { callers.opening() } else { callers.batch(&replica.look()) };
        let entry = Entry::alone(log.last().next(), batch);
        log.append(std::slice::from_ref(&entry)).expect("it has power");
        replica.apply(&entry, log.position(), &mut ()).expect("applied");
    }
    let digest = replica.look().digest();
    hardware.restart();
    (hardware, digest)
}

#[test]
fn a_power_cut_at_any_moment_leaves_what_founding_goes_on_from() {
    let mut cut = 0;
    for operations in 0.. {
        let (hardware, expected) = alone(operations);
        let Recovered { replica, mut log, .. } = open(&hardware).expect("sound");
        hardware.cut_power_after(operations);
        let founded = found(&replica, &mut log, OWN, "c:7400");
        drop((replica, log));
        hardware.restart();
        cut += u32::from(founded.is_err());

        let Recovered { replica, mut log, .. } = open(&hardware).expect("what it left is sound");
        found(&replica, &mut log, OWN, "c:7400").expect("it has power");
        assert_eq!(replica.look().digest(), expected, "cut behind {operations} operations");
        drop((replica, log));
        hardware.restart();

        let Recovered { replica, log, .. } = open(&hardware).expect("sound");
        let members = replica.look().members().expect("they are a row").members.clone();
        assert_eq!(members.voters, [BTreeSet::from([OWN])]);
        let vote = log.vote().expect("it has voted");
        assert!(vote.is_elected && vote.leadership.node == OWN && vote.leadership > Leadership::ALONE);
        assert_eq!(log.purged().leadership, vote.leadership, "nothing that was written alone is sent as an entry");
        assert_eq!((replica.look().digest(), replica.store().position().id), (expected, log.position().id));
        if founded.is_ok() {
            break;
        }
    }
    assert!(cut > 5, "{cut}");
}
