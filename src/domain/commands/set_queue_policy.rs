//! Change the queue policy of a concert.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{ApplyError, ConcertNo, ConcertWritten, QueuePolicy, Rejection, RowFault, Rows};

/// Replace the queue policy, of revision `revision` when one is named; a newer one refuses with [`Rejection::Revised`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetQueuePolicy {
    pub concert: ConcertNo,
    pub revision: Option<u32>,
    pub policy: QueuePolicy,
}

impl Execute for SetQueuePolicy {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let standing = view.state().existing(self.concert)?.row.revision;
        if self.revision.is_some_and(|revision| revision != standing) { Err(Rejection::Revised.into()) } else { Ok(()) }
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<ConcertWritten, RowFault> {
        let sale = state.planned(self.concert);
        sale.set_queue_policy(self.policy.clone(), effects.now);
        sale.write_row(effects);
        Ok(state.concert_written(self.concert))
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn pace(&self) -> Pace {
        Pace::Whole
    }
}
