//! End unclaimed places: those that nobody has seen since their admission.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, OwnPlaces, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, ConcertNo, Done, EndReason, RowFault, Rows, Sequence};

/// Admitted places that were not seen for `claim_seconds` since their admission. Who holds a seat has used the place, and
/// whom a closing ends is the closing's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndUnclaimed {
    pub concert: ConcertNo,
    pub sequences: Vec<Sequence>,
}

impl Execute for EndUnclaimed {
    type Plan = ();

    fn judge(&self, _view: &impl View) -> Result<(), ApplyError> {
        Ok(())
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Done, RowFault> {
        if let Some(sale) = state.sales.get_mut(&self.concert).filter(|sale| !sale.is_closed(effects.now)) {
            for sequence in &self.sequences {
                if sale.queue().active().get(sequence).is_some_and(|place| place.holds.is_empty()) {
                    sale.end_place(*sequence, EndReason::Abandoned, effects.now, effects);
                }
            }
        }
        Ok(Done)
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::Many(self.concert, &self.sequences)
    }
}
