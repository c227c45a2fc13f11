//! Assign: a slot gets another owner.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{Done, Epoch, NodeId, RowFault, Rows, Slot, SlotRow, tables};

/// Does nothing where the slot has left epoch `from` already: of two that move it at once, one does. Whoever orders the log
/// knows for how long it has let each instance answer, which its successors do not, so that it holds in entries of its own
/// term alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    pub slot: Slot,
    pub from: Epoch,
    pub to: NodeId,
    /// The term of whoever decides it.
    pub term: u64,
}

impl Unconditional for Assign {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        if let Some(row) = state.ownership.slots.get_mut(&self.slot).filter(|row| row.epoch == self.from) {
            *row = SlotRow { owner: self.to, epoch: Epoch(self.from.0 + 1) };
            effects.put::<tables::Slots>(self.slot, *row);
        }
        Ok(Done)
    }
}
