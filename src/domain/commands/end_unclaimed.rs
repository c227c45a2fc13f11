//! End unclaimed places: those that nobody has seen since their admission.

use serde::{Deserialize, Serialize};

use super::execute::{OwnPlaces, Scope};
use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::queue::Queue;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, Done, RowFault, Rows, Sequence};

/// Admitted places that were not seen for `claim_seconds` since their admission. Who holds a seat has used the place, and
/// whom a closing ends is the closing's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndUnclaimed {
    pub concert: ConcertNo,
    pub sequences: Vec<Sequence>,
}

impl Unconditional for EndUnclaimed {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        let is_unused =
            |queue: &Queue, sequence| queue.active().get(&sequence).is_some_and(|place| place.holds.is_empty());
        state.abandon_places(self.concert, &self.sequences, is_unused, effects);
        Ok(Done)
    }

    fn scope(&self) -> Scope {
        Scope::Concert(self.concert)
    }

    fn own_places(&self) -> OwnPlaces<'_> {
        OwnPlaces::Many(self.concert, &self.sequences)
    }
}
