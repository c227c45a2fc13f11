//! Tick: what is due at a concert happens now.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, ConcertNo, Done, RowFault, Rows};

/// Something of this concert is due: a hold, a place, an opening, a closing, an admission. At most `steps` endings and
/// admissions are done; the rest stays due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub concert: ConcertNo,
    pub steps: u32,
}

impl Execute for Tick {
    type Plan = ();

    fn judge(&self, _view: &impl View) -> Result<(), ApplyError> {
        Ok(())
    }

    fn perform(
        &self,
        (): (),
        _state: &mut State,
        _rows: &impl Rows,
        _effects: &mut Effects<'_>,
    ) -> Result<Done, RowFault> {
        Ok(Done)
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn pace(&self) -> Pace {
        Pace::Tick { steps: self.steps }
    }

    fn advance(&self) -> Advance {
        Advance::Behind
    }
}
