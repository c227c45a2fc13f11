//! Abandon: end places that nobody asks after any more.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Scope};
use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::queue::Queue;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, Done, RowFault, Rows, Sequence};

/// WAITING places that were not seen for the concert's `abandon_seconds`. Who was admitted meanwhile stays, and whom a
/// closing ends is the closing's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abandon {
    pub concert: ConcertNo,
    pub sequences: Vec<Sequence>,
}

impl Unconditional for Abandon {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        let waits = |queue: &Queue, sequence| queue.waits(sequence);
        state.abandon_places(self.concert, &self.sequences, waits, effects);
        Ok(Done)
    }

    fn scope(&self) -> Scope {
        Scope::Concert(self.concert)
    }

    fn advance(&self) -> Advance {
        Advance::Behind
    }
}
