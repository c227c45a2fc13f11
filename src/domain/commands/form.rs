//! Form: a server that ran alone becomes the first of several instances.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{ClusterRow, Done, Epoch, NodeId, RowFault, Rows, Slot, SlotRow, tables};

/// Does nothing where instances are formed already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub cluster: ClusterRow,
    /// Leads every slot at first.
    pub node: NodeId,
}

impl Unconditional for Form {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        if state.ownership.cluster.is_some() {
            return Ok(Done);
        }
        effects.put::<tables::Cluster>((), self.cluster.clone());
        state.ownership.cluster = Some(self.cluster.clone());
        for slot in (0..self.cluster.slots).map(Slot) {
            let row = SlotRow { owner: self.node, epoch: Epoch(1) };
            effects.put::<tables::Slots>(slot, row);
            state.ownership.slots.insert(slot, row);
        }
        Ok(Done)
    }
}
