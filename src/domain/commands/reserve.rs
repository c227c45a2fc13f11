//! Reserve: hold one seat, several at once all or nothing, or the best adjacent ones.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, OwnPlaces, Scope, View};
use super::place_access::{active, own};
use crate::domain::effects::Effects;
use crate::domain::sale::Sale;
use crate::domain::seats::{Kind, Owner, Wanted, best_run};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Buyer, CalendarDate, EndReason, PlaceRef, Rejection, Reserved, Reserving, RowFault, Rows, SeatKey,
    SeatRow, Timestamp, UserId, tables,
};

/// Hold seats for an ACTIVE place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    pub place_ref: PlaceRef,
    /// The user that the request names, who must be the bearer.
    pub user: UserId,
    pub date: CalendarDate,
    pub selection: Selection,
}

/// Which seats are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// These seats, ascending, without repeats, at least one.
    Seats(Vec<u32>),
    /// So many adjacent seats, in the named section or anywhere; only accessible ones, or such where no others fit.
    Best { count: u32, section: Option<String>, accessible: bool },
}

/// What a reservation that goes through will do.
pub(crate) struct Plan {
    /// All seats of the answer, ascending.
    seats: Vec<u32>,
    /// Those of them that are not held yet.
    new: Vec<u32>,
}

impl Execute for Reserve {
    type Plan = Plan;

    fn judge(&self, view: &impl View) -> Result<Plan, ApplyError> {
        let Self { place_ref, date, .. } = *self;
        let (state, now) = (view.state(), view.now());
        let (sale, reserving) = active(&state, view.rows(), place_ref, now)?;
        if reserving == Reserving::Over {
            return Err(Rejection::PlaceEnded(EndReason::TimedOut).into());
        }
        own(place_ref, self.user)?;
        sale.refuse_called_off(date)?;
        if !sale.is_bookable(date, now) {
            return Err(Rejection::DateNotFound.into());
        }
        Ok(self.plan(&state, sale, now)?)
    }

    fn perform(
        &self,
        Plan { seats, new }: Plan,
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Reserved, RowFault> {
        let Self { place_ref, date, .. } = *self;
        let now = effects.now;
        let hand = (place_ref.concert, place_ref.user);
        let mut buyer: Buyer = rows.get::<tables::Buyers>(&hand)?.unwrap_or_default();
        let expires_at = now.plus_seconds(state.settings.hold_seconds);
        let (sale, settings) = state.planned_with_settings(place_ref.concert);
        for seat in &new {
            let key = SeatKey { date, seat: *seat };
            sale.settle_seat(key, now, settings, effects);
            buyer.last_reservation = Some(sale.hold(place_ref, key, expires_at, buyer.last_reservation, effects));
        }
        if !new.is_empty() {
            effects.put::<tables::Buyers>(hand, buyer);
        }
        let table = sale.table(date);
        let held = seats.iter().map(|seat| match table.hold_of(*seat) {
            Some(SeatRow::Held { expires_at, amount, .. }) => (*expires_at, u64::from(*amount)),
            Some(SeatRow::Sold { .. }) | None => unreachable!("judged: every seat of the answer is held now"),
        });
        let (expiries, amounts): (Vec<Timestamp>, Vec<u64>) = held.unzip();
        let earliest = expiries.into_iter().min().unwrap_or(expires_at);
        let (amount, expires_in) = (amounts.into_iter().sum(), earliest.seconds_after(now));
        Ok(Reserved { date, seats, amount, expires_in, expires_at: effects.clock.wall(earliest) })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.place_ref.concert))
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::One(self.place_ref.concert, self.place_ref.sequence)
    }
}

impl Reserve {
    /// The seats of a bookable date that the selection comes to.
    fn plan(&self, state: &State, sale: &Sale, now: Timestamp) -> Result<Plan, Rejection> {
        let Self { place_ref, date, .. } = *self;
        let table = sale.table(date);
        match &self.selection {
            Selection::Seats(seats) => {
                if let Some(seat) = seats.iter().find(|seat| !(1..=table.seats()).contains(*seat)) {
                    return Err(Rejection::SeatNotFound { seat: *seat });
                }
                ensure_on_sale(sale, now)?;
                let new = new_seats(sale, place_ref, date, seats, now)?;
                ensure_within_limit(state, sale, place_ref, new.len(), now)?;
                Ok(Plan { seats: seats.clone(), new })
            }
            Selection::Best { count, section, accessible } => {
                let layout = &sale.row.definition.performance(date).expect("it is bookable").layout;
                if section.as_deref().is_some_and(|name| layout.blocks().all(|block| block.name != name)) {
                    return Err(Rejection::SectionNotFound);
                }
                ensure_on_sale(sale, now)?;
                ensure_within_limit(state, sale, place_ref, *count as usize, now)?;
                let lapsed = sale.lapsed_of(date, now);
                let kind = if *accessible { Kind::Accessible } else { Kind::Any };
                let wanted = Wanted { count: *count, section: section.as_deref(), kind };
                let first = best_run(layout, table, wanted, &lapsed).ok_or(Rejection::NoAdjacentSeats)?;
                let seats: Vec<u32> = (first..first + count).collect();
                Ok(Plan { new: seats.clone(), seats })
            }
        }
    }
}

fn ensure_on_sale(sale: &Sale, now: Timestamp) -> Result<(), Rejection> {
    if sale.is_open(now) && sale.has_opened(now) { Ok(()) } else { Err(Rejection::NotOnSale) }
}

/// Those of `seats` that are free; a seat of another refuses before one that is the user's own already.
fn new_seats(
    sale: &Sale,
    place_ref: PlaceRef,
    date: CalendarDate,
    seats: &[u32],
    now: Timestamp,
) -> Result<Vec<u32>, Rejection> {
    let mut new = Vec::with_capacity(seats.len());
    let mut paid = None;
    for seat in seats {
        let key = SeatKey { date, seat: *seat };
        match sale.owner(key, now) {
            Owner::Held(user) if user != place_ref.user => return Err(Rejection::SeatTaken { seat: *seat }),
            Owner::Sold if !sale.is_owned_by(place_ref.user, key) => return Err(Rejection::SeatTaken { seat: *seat }),
            Owner::Blocked => return Err(Rejection::SeatTaken { seat: *seat }),
            Owner::Sold => paid = paid.or(Some(*seat)),
            Owner::Held(_) => {}
            Owner::Nobody | Owner::LapsedFrom(_) => new.push(*seat),
        }
    }
    paid.map_or(Ok(new), |seat| Err(Rejection::AlreadyPaid { seat }))
}

/// The limit counts what the user holds and owns at the concert, over all dates.
fn ensure_within_limit(
    state: &State,
    sale: &Sale,
    place_ref: PlaceRef,
    new: usize,
    now: Timestamp,
) -> Result<(), Rejection> {
    let holds = &sale.queue().active()[&place_ref.sequence].holds;
    let limit = sale.seat_limit(&state.settings);
    let owned = sale.owned_by(place_ref.user);
    let exceeded = |held: usize| held + new + owned > limit as usize;
    // Which holds have lapsed matters only when all together are too many.
    if new > 0 && exceeded(holds.len()) && exceeded(holds.unexpired(now)) {
        return Err(Rejection::SeatLimit { limit });
    }
    Ok(())
}
