//! Cancel: give held seats back, all or nothing.

use super::{Effects, active};
use crate::domain::seats::Owner;
use crate::domain::{Bearer, CalendarDate, Rejection, ReleaseReason, Reply, Rows, SeatKey, State, Stop, Timestamp};

pub fn judge(
    state: &State,
    rows: &impl Rows,
    bearer: Bearer,
    date: CalendarDate,
    seats: &[u32],
    now: Timestamp,
) -> Result<(), Stop> {
    let (sale, _) = active(state, rows, bearer, now)?;
    let table = sale.seat_table(date).ok_or(Rejection::DateNotFound)?;
    if let Some(seat) = seats.iter().find(|seat| !(1..=table.seats()).contains(*seat)) {
        return Err(Rejection::SeatNotFound { seat: *seat }.into());
    }
    let owner = |seat: &u32| sale.owner(SeatKey { date, seat: *seat }, now);
    let owned = |seat: &&u32| sale.is_owned_by(bearer.user, SeatKey { date, seat: **seat });
    if let Some(seat) = seats.iter().find(owned) {
        return Err(Rejection::AlreadyPaid { seat: *seat }.into());
    }
    if let Some(seat) = seats.iter().find(|seat| owner(seat) != Owner::Held(bearer.user)) {
        return Err(Rejection::ReservationNotFound { seat: *seat }.into());
    }
    Ok(())
}

pub fn cancel(
    state: &mut State,
    rows: &impl Rows,
    bearer: Bearer,
    date: CalendarDate,
    seats: &[u32],
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    judge(state, &effects.over(rows), bearer, date, seats, effects.now)?;
    let sale = state.sales.get_mut(&bearer.concert).expect("judged: the place is live");
    for seat in seats {
        sale.release(SeatKey { date, seat: *seat }, ReleaseReason::Canceled, effects);
    }
    sale.end_if_nothing_carries_it(bearer.sequence, effects.now, effects);
    Ok(Reply::Canceled { date, seats: seats.to_vec(), canceled_at: effects.wall() })
}
