//! Settle: what is due at a concert ends now, and nobody is admitted.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, ConcertNo, Done, RowFault, Rows};

/// As [`super::Tick`], and admits nobody: what ended while a server was down ends before its settings are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    pub concert: ConcertNo,
    pub steps: u32,
}

impl Execute for Settle {
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
        Pace::Settle { steps: self.steps }
    }

    fn advance(&self) -> Advance {
        Advance::Ahead
    }
}
