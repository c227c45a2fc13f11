//! Enrol: an instance begins a new life. Nothing that an earlier one of its lives has asked for is applied behind it.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{Done, NodeId, OriginRow, RowFault, Rows, tables};

/// Does nothing where the instance has begun that life, or a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    pub node: NodeId,
    pub incarnation: u64,
}

impl Unconditional for Enrol {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        let row = state.ownership.origins.entry(self.node).or_default();
        if row.incarnation < self.incarnation {
            *row = OriginRow { incarnation: self.incarnation, number: 0 };
            effects.put::<tables::Origins>(self.node, *row);
        }
        Ok(Done)
    }
}
