//! Count refusals: what was refused before it came into the log.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, Done, RowFault, Rows};

/// Requests that the leader has refused since it said so last, by the concert that they were about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountRefusals {
    pub refusals: Vec<(ConcertNo, u32)>,
}

impl Unconditional for CountRefusals {
    fn perform(&self, _state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        effects.refused.extend_from_slice(&self.refusals);
        Ok(Done)
    }
}
