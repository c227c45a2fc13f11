//! Delete a concert at which nobody ever was: no place in its queue, no hold, no ticket.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, ConcertNo, Done, EventData, Minute, PaymentId, Rejection, RowFault, Rows, SeatKey, tables,
};

/// Its id can be given anew; its number is never given again, since events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteConcert {
    pub concert: ConcertNo,
}

/// Rows of the concert beside its own.
pub(in crate::domain) struct Leftovers {
    blocked: Vec<SeatKey>,
    minutes: Vec<Minute>,
}

impl Execute for DeleteConcert {
    type Plan = Leftovers;

    fn judge(&self, view: &impl View) -> Result<Leftovers, ApplyError> {
        let (mut payments, mut blocked, mut minutes) = (0_usize, Vec::new(), Vec::new());
        let rows = view.rows();
        rows.each_of_concert::<tables::Blocked, SeatKey>(self.concert, |seat, _| blocked.push(seat))?;
        rows.each_of_concert::<tables::Series, Minute>(self.concert, |minute, _| minutes.push(minute))?;
        let (state, what) = (view.state(), |what: &str| Rejection::ConcertInUse { what: what.to_owned() });
        let counters = state.existing(self.concert)?.counters;
        if counters.last_sequence > 0 {
            return Err(what("it has had queue places").into());
        }
        if counters.last_reservation > 0 {
            return Err(what("seats of it were held").into());
        }
        drop(state);
        // Nobody but guests can have bought by now, who have neither place nor hold.
        rows.each_of_concert::<tables::ConcertPayments, PaymentId>(self.concert, |_, ()| payments += 1)?;
        if payments > 0 { Err(what("tickets of it were sold").into()) } else { Ok(Leftovers { blocked, minutes }) }
    }

    fn perform(
        &self,
        plan: Leftovers,
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Done, RowFault> {
        let concert = self.concert;
        let sale = state.remove_sale(concert);
        effects.event(Some(concert), EventData::ConcertDeleted);
        effects.put::<tables::DeletedConcerts>(concert, sale.id().clone());
        for date in sale.called_off_dates() {
            effects.remove::<tables::CallingsOff>((concert, date));
        }
        plan.blocked.into_iter().for_each(|seat| effects.remove::<tables::Blocked>((concert, seat)));
        plan.minutes.into_iter().for_each(|minute| effects.remove::<tables::Series>((concert, minute)));
        if sale.is_archived() {
            effects.remove::<tables::Archives>(concert);
        }
        // The time of the concert goes with its row, and was perhaps the latest of all.
        effects.totals.now = effects.totals.now.max(effects.now);
        effects.remove::<tables::Counters>(concert);
        effects.remove::<tables::Times>(concert);
        effects.remove::<tables::Concerts>(concert);
        Ok(Done)
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn pace(&self) -> Pace {
        Pace::Whole
    }
}
