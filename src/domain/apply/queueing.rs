//! Queue places: join, leave, abandonment. Admission itself is in `places`.

use super::users::welcome;
use super::{Effects, advance, live, sale};
use crate::domain::places::Pace;
use crate::domain::{
    Bearer, ConcertNo, EndReason, Rejection, Reply, Rows, Sequence, Standing, State, Stop, Timestamp, UserId,
};

/// The live place that the user, who is welcome, has already, if any.
pub fn judge_join(state: &State, concert: ConcertNo, user: UserId, now: Timestamp) -> Result<Option<Sequence>, Stop> {
    let sale = sale(state, concert)?;
    if !sale.is_public() {
        return Err(Rejection::ConcertNotFound.into());
    }
    let live = sale.live_place(user).filter(|sequence| {
        let bearer = Bearer { concert, sequence: *sequence, user };
        matches!(sale.standing(bearer, now, &state.settings), Standing::Waiting | Standing::Active { .. })
    });
    if live.is_none() && !sale.is_open(now) {
        return Err(Rejection::NotOnSale.into());
    }
    Ok(live)
}

pub fn join(
    state: &mut State,
    rows: &impl Rows,
    concert: ConcertNo,
    user: UserId,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    welcome(&effects.over(rows), user)?;
    judge_join(state, concert, user, effects.now)?;
    let sale = state.sales.get_mut(&concert).expect("judged: the concert exists");
    let known = sale.live_place(user);
    let sequence = known.unwrap_or_else(|| sale.arrive(user, effects.now, effects));
    // Whom the policy allows is admitted before the answer.
    advance(state, concert, Pace::Few, effects);
    let place = state
        .sale(concert)
        .and_then(|sale| sale.issued_place(Bearer { concert, sequence, user }, effects.now, &state.settings));
    let place = place.expect("a place lives at the instant at which it is taken");
    Ok(if known.is_some() { Reply::AlreadyQueued(place) } else { Reply::Joined(place) })
}

pub fn leave(state: &mut State, rows: &impl Rows, bearer: Bearer, effects: &mut Effects<'_>) -> Result<Reply, Stop> {
    live(state, &effects.over(rows), bearer, effects.now)?;
    let sale = state.sales.get_mut(&bearer.concert).expect("judged: the place is live");
    sale.end_place(bearer.sequence, EndReason::Left, effects.now, effects);
    Ok(Reply::Left)
}

/// Ends those of `sequences` that are still ACTIVE; who holds a seat has used the place, and whom a closing ends is the
/// closing's.
pub fn end_unclaimed(
    state: &mut State,
    concert: ConcertNo,
    sequences: &[Sequence],
    effects: &mut Effects<'_>,
) -> Reply {
    if let Some(sale) = state.sales.get_mut(&concert).filter(|sale| !sale.is_closed(effects.now)) {
        for sequence in sequences {
            if sale.queue().active().get(sequence).is_some_and(|place| place.holds.is_empty()) {
                sale.end_place(*sequence, EndReason::Abandoned, effects.now, effects);
            }
        }
    }
    Reply::Done
}

/// Ends those of `sequences` that still wait; who was admitted meanwhile stays, and whom a closing ends is the closing's.
pub fn abandon(state: &mut State, concert: ConcertNo, sequences: &[Sequence], effects: &mut Effects<'_>) -> Reply {
    if let Some(sale) = state.sales.get_mut(&concert).filter(|sale| !sale.is_closed(effects.now)) {
        for sequence in sequences {
            if sale.queue().waiting().contains(*sequence) {
                sale.end_place(*sequence, EndReason::Abandoned, effects.now, effects);
            }
        }
    }
    Reply::Done
}
