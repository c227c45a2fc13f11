//! What is broken of who leads what.

use jari::domain::{ClusterRow, Epoch, NodeId, OriginRow, Slot, SlotRow, Table, tables};

use super::check;

#[test]
fn slots_without_owners_or_without_instances_are_found() {
    let cluster = |slots| tables::Cluster::change((), Some(ClusterRow { id: 7, slots, sealed_keys: Vec::new() }));
    let slot = |slot, epoch| tables::Slots::change(Slot(slot), Some(SlotRow { owner: NodeId(1), epoch: Epoch(epoch) }));
    check(vec![slot(0, 1)], &["slots 0: there are 0 slots, counted from 0"]);
    check(vec![cluster(3), slot(0, 1), slot(2, 4)], &["slots 1: it has no owner"]);
    check(vec![cluster(1), slot(0, 0)], &["slots 0: epochs are counted from 1"]);
    let origin = OriginRow { incarnation: 0, number: 2 };
    check(
        vec![tables::Origins::change(NodeId(2), Some(origin))],
        &["origins 2: lives of an instance are counted from 1"],
    );
}
