//! Configure: the server's settings, which commands put in force so that a replay does the same.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Scope};
use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, Done, RowFault, Rows, Settings, tables};

/// The server's settings from now on; what is due ends under those of before, and nobody is admitted under them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configure {
    pub settings: Settings,
}

impl Unconditional for Configure {
    fn perform(&self, state: &mut State, _rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        let queued: Vec<ConcertNo> = state.queued(ConcertNo(0)).map(|sale| sale.no).collect();
        for no in queued {
            let State { sales, settings, .. } = state;
            let sale = sales.get_mut(&no).expect("it has places");
            sale.do_due(effects.now, settings, &mut Pace::Whole.steps(), effects);
        }
        state.settings = self.settings.clone();
        effects.put::<tables::Settings>((), self.settings.clone());
        Ok(Done)
    }

    fn scope(&self) -> Scope {
        Scope::Queued
    }

    fn pace(&self) -> Pace {
        Pace::Whole
    }

    // Places that ended under the settings of before are filled under the new ones.
    fn advance(&self) -> Advance {
        Advance::Behind
    }
}
