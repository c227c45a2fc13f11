//! Tick: what is due at a concert happens now.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Scope};
use super::giving_back::give_back_some;
use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, Done, RowFault, Rows};

/// Something of this concert is due: a hold, a place, an opening, a closing, an admission, money of a date that is called
/// off. At most `steps` endings and admissions are done; the rest stays due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub concert: ConcertNo,
    pub steps: u32,
}

impl Unconditional for Tick {
    fn perform(&self, state: &mut State, rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        if let Some(sale) = state.sales.get_mut(&self.concert) {
            give_back_some(sale, self.steps, rows, effects)?;
        }
        Ok(Done)
    }

    fn scope(&self) -> Scope {
        Scope::Concert(self.concert)
    }

    fn pace(&self) -> Pace {
        Pace::Tick { steps: self.steps }
    }

    fn advance(&self) -> Advance {
        Advance::Behind
    }
}
