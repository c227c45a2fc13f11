//! Instances that lead together: every slot has an owner, and none has one where a server runs alone.

use std::collections::BTreeSet;

use super::report::Findings;
use crate::domain::{Epoch, RowFault, Slot, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let slots = at_rest.get::<tables::Cluster>(&())?.map_or(0, |cluster| cluster.slots);
    let mut missing: BTreeSet<Slot> = (0..slots).map(Slot).collect();
    for row in at_rest.all::<tables::Slots>()? {
        let (slot, row) = row?;
        if !missing.remove(&slot) {
            findings.note("slots", slot.0, format!("there are {slots} slots, counted from 0"));
        }
        if row.epoch == Epoch(0) {
            findings.note("slots", slot.0, "epochs are counted from 1");
        }
    }
    for slot in missing {
        findings.note("slots", slot.0, "it has no owner");
    }
    for row in at_rest.all::<tables::Origins>()? {
        let (node, row) = row?;
        if row.incarnation == 0 {
            findings.note("origins", node.0, "lives of an instance are counted from 1");
        }
    }
    Ok(())
}
