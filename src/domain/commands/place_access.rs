//! What a queue place may do: the checks with which every command of a place begins.

use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EndReason, PlaceRef, Rejection, Reserving, RowFault, Rows, Standing, Timestamp, UserId, tables,
};

/// The sale and the standing of a place that has not ended.
pub(super) fn live<'s>(
    state: &'s State,
    rows: &impl Rows,
    place_ref: PlaceRef,
    now: Timestamp,
) -> Result<(&'s Sale, Standing), ApplyError> {
    let sale = state.sale(place_ref.concert).ok_or(Rejection::UnknownPlace)?;
    match sale.standing(place_ref, now, &state.settings) {
        Standing::Ended(reason) => Err(Rejection::PlaceEnded(reason).into()),
        Standing::Gone => Err(ended(rows, place_ref)?.map_or(Rejection::UnknownPlace, Rejection::PlaceEnded).into()),
        standing @ (Standing::Waiting | Standing::Active { .. }) => Ok((sale, standing)),
    }
}

/// The sale of an ACTIVE place, and whether it may still reserve.
pub(super) fn active<'s>(
    state: &'s State,
    rows: &impl Rows,
    place_ref: PlaceRef,
    now: Timestamp,
) -> Result<(&'s Sale, Reserving), ApplyError> {
    match live(state, rows, place_ref, now)? {
        (sale, Standing::Active { reserving, .. }) => Ok((sale, reserving)),
        (sale, Standing::Waiting | Standing::Ended(_) | Standing::Gone) => {
            let position = sale.queue().position(place_ref.sequence);
            let poll_after_seconds = sale.poll_after_seconds(position, now, &state.settings);
            Err(Rejection::QueueWaiting { position, poll_after_seconds }.into())
        }
    }
}

/// That a request names the user whose place it is.
pub(super) fn own(place_ref: PlaceRef, named: UserId) -> Result<(), Rejection> {
    if named == place_ref.user { Ok(()) } else { Err(Rejection::NotYours) }
}

fn ended(rows: &impl Rows, place_ref: PlaceRef) -> Result<Option<EndReason>, RowFault> {
    let ended = rows.get::<tables::EndedPlaces>(&(place_ref.concert, place_ref.sequence))?;
    Ok(ended.filter(|ended| ended.place.user == place_ref.user).map(|ended| ended.reason))
}
