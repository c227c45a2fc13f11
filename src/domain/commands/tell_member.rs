//! Tell that an operator had an instance taken into the cluster, or out of it: the consensus has done it before.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{Done, EventData, MemberChange, NodeId, RowFault, Rows};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellMember {
    pub node: NodeId,
    pub change: MemberChange,
}

impl Unconditional for TellMember {
    fn perform(&self, _state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        effects.event(None, EventData::MemberChanged { node: self.node, change: self.change });
        Ok(Done)
    }
}
