//! Cancel: give held seats back, all or nothing.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, OwnPlaces, Scope, View};
use super::place_access::{active, own};
use crate::domain::effects::Effects;
use crate::domain::seats::Owner;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, CalendarDate, Canceled, PlaceRef, Rejection, ReleaseReason, RowFault, Rows, SeatKey, UserId,
};

/// Give held seats back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    pub place_ref: PlaceRef,
    /// The user that the request names, who must be the bearer.
    pub user: UserId,
    pub date: CalendarDate,
    /// Ascending, without repeats, at least one.
    pub seats: Vec<u32>,
}

impl Execute for Cancel {
    type Plan = ();

    fn judge(&self, view: &impl View) -> Result<(), ApplyError> {
        let Self { place_ref, date, .. } = *self;
        let (state, now) = (view.state(), view.now());
        let (sale, _) = active(&state, view.rows(), place_ref, now)?;
        own(place_ref, self.user)?;
        let table = sale.seat_table(date).ok_or(Rejection::DateNotFound)?;
        if let Some(seat) = self.seats.iter().find(|seat| !(1..=table.seats()).contains(*seat)) {
            return Err(Rejection::SeatNotFound { seat: *seat }.into());
        }
        let owner = |seat: &u32| sale.owner(SeatKey { date, seat: *seat }, now);
        let owned = |seat: &&u32| sale.is_owned_by(place_ref.user, SeatKey { date, seat: **seat });
        if let Some(seat) = self.seats.iter().find(owned) {
            return Err(Rejection::AlreadyPaid { seat: *seat }.into());
        }
        if let Some(seat) = self.seats.iter().find(|seat| owner(seat) != Owner::Held(place_ref.user)) {
            return Err(Rejection::ReservationNotFound { seat: *seat }.into());
        }
        Ok(())
    }

    fn perform(
        &self,
        (): (),
        state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Canceled, RowFault> {
        let Self { place_ref, date, ref seats, .. } = *self;
        let sale = state.planned(place_ref.concert);
        for seat in seats {
            sale.release(SeatKey { date, seat: *seat }, ReleaseReason::Canceled, effects);
        }
        sale.end_if_nothing_carries_it(place_ref.sequence, effects.now, effects);
        Ok(Canceled { date, seats: seats.clone(), canceled_at: effects.wall() })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.place_ref.concert))
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::One(self.place_ref.concert, self.place_ref.sequence)
    }
}
