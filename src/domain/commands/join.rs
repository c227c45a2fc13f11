//! Join: take a place in the queue, or be told the one that the user has. Admission itself is among the transitions
//! of a sale.

use serde::{Deserialize, Serialize};

use super::execute::{Advance, Execute, OwnPlaces, Scope, View};
use super::user_access::welcome;
use crate::domain::effects::Effects;
use crate::domain::sale::Pace;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, ConcertNo, EarlyEnds, Joined, PlaceRef, Rejection, RowFault, Rows, Sequence, Standing, UserId,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    pub concert: ConcertNo,
    pub user: UserId,
    /// By which the waiting time in the answer is estimated.
    pub early_ends: EarlyEnds,
}

impl Execute for Join {
    /// The place that the user has already.
    type Plan = Option<Sequence>;

    fn judge(&self, view: &impl View) -> Result<Option<Sequence>, ApplyError> {
        let Self { concert, user, .. } = *self;
        welcome(view.rows(), user)?;
        let (state, now) = (view.state(), view.now());
        let sale = state.existing(concert)?;
        if !sale.is_public() {
            return Err(Rejection::ConcertNotFound.into());
        }
        let known = sale.live_place(user);
        let is_live = known.is_some_and(|sequence| {
            let standing = sale.standing(PlaceRef { concert, sequence, user }, now, &state.settings);
            matches!(standing, Standing::Waiting | Standing::Active { .. })
        });
        if !is_live && !sale.is_open(now) {
            return Err(Rejection::NotOnSale.into());
        }
        Ok(known)
    }

    fn perform(
        &self,
        known: Option<Sequence>,
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Joined, RowFault> {
        let Self { concert, user, early_ends } = *self;
        let sale = state.planned(concert);
        let sequence = known.unwrap_or_else(|| sale.arrive(user, effects.now, effects));
        // Whom the policy allows is admitted before the answer, which tells how the place stands behind that.
        state.advance(concert, Pace::Few, effects);
        let place_ref = PlaceRef { concert, sequence, user };
        let place =
            state.sale(concert).and_then(|sale| sale.issued_place(early_ends, place_ref, effects.now, &state.settings));
        let place = place.expect("a place lives at the instant at which it is taken");
        Ok(if known.is_some() { Joined::Already(place) } else { Joined::New(place) })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }

    fn advance(&self) -> Advance {
        Advance::Ahead
    }

    fn own_places(&self, state: &State) -> OwnPlaces<'_> {
        let place = state.sale(self.concert).and_then(|sale| sale.live_place(self.user));
        place.map_or(OwnPlaces::None, |sequence| OwnPlaces::One(self.concert, sequence))
    }
}
