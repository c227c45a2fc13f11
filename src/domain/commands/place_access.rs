//! What a queue place may do: the checks with which every command of a place begins.

use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Bearer, EndReason, Rejection, Reserving, RowFault, Rows, Standing, Timestamp, UserId, tables,
};

/// The sale and the standing of a place that has not ended.
pub fn live<'s>(
    state: &'s State,
    rows: &impl Rows,
    bearer: Bearer,
    now: Timestamp,
) -> Result<(&'s Sale, Standing), ApplyError> {
    let sale = state.sale(bearer.concert).ok_or(Rejection::UnknownPlace)?;
    match sale.standing(bearer, now, &state.settings) {
        Standing::Ended(reason) => Err(Rejection::PlaceEnded(reason).into()),
        Standing::Gone => Err(ended(rows, bearer)?.map_or(Rejection::UnknownPlace, Rejection::PlaceEnded).into()),
        standing @ (Standing::Waiting | Standing::Active { .. }) => Ok((sale, standing)),
    }
}

/// The sale of an ACTIVE place, and whether it may still reserve.
pub fn active<'s>(
    state: &'s State,
    rows: &impl Rows,
    bearer: Bearer,
    now: Timestamp,
) -> Result<(&'s Sale, Reserving), ApplyError> {
    match live(state, rows, bearer, now)? {
        (sale, Standing::Active { reserving, .. }) => Ok((sale, reserving)),
        (sale, Standing::Waiting | Standing::Ended(_) | Standing::Gone) => {
            let position = sale.queue().position(bearer.sequence);
            let poll_after_seconds = sale.poll_after_seconds(position, now, &state.settings);
            Err(Rejection::QueueWaiting { position, poll_after_seconds }.into())
        }
    }
}

/// That a request names the user whose place it is.
pub fn own(bearer: Bearer, named: UserId) -> Result<(), Rejection> {
    if named == bearer.user { Ok(()) } else { Err(Rejection::NotYours) }
}

fn ended(rows: &impl Rows, bearer: Bearer) -> Result<Option<EndReason>, RowFault> {
    let ended = rows.get::<tables::EndedPlaces>(&(bearer.concert, bearer.sequence))?;
    Ok(ended.filter(|ended| ended.place.user == bearer.user).map(|ended| ended.reason))
}
