//! A step of calling off: the next seats of a date that does not take place are free, their money goes back.
//!
//! What is held or sold is what is left to do, so nothing is given back twice and nothing is forgotten, wherever a step
//! was the last one before a crash.

use super::refunding::{Destination, Left, PlannedRefund, destination, give_back, standing_items, sum};
use crate::domain::effects::Effects;
use crate::domain::sale::Sale;
use crate::domain::words::{
    ApplyError, CalendarDate, CallingOff, Means, ReleaseReason, RowFault, Rows, SeatKey, SeatRow, tables,
};

/// What a sold seat takes of the steps of a tick, since it writes some times the rows that an ending does.
const STEPS_A_SEAT: u32 = 4;

/// Gives back the next seats of the first date that is to be given back, some for so many `steps` of a tick; at least a
/// payment, of which the seats of the date go back together.
pub(super) fn give_back_some(
    sale: &mut Sale,
    steps: u32,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<(), RowFault> {
    let Some(date) = sale.calling_off() else { return Ok(()) };
    let mut seats = (steps / STEPS_A_SEAT).max(1);
    seats -= free_holds(sale, date, seats, effects);
    let mut progress = *sale.progress_of(date).expect("it is being called off");
    // Below the seat that was given back last nothing is sold any more: each look goes on where the last one ended.
    let mut from = 1;
    while seats > 0 {
        let Some(seat) = sale.table(date).first_sold(from) else { break };
        from = seat + 1;
        let freed = refund_payment_of(sale, SeatKey { date, seat }, &mut progress, rows, effects)?;
        seats = seats.saturating_sub(freed);
    }
    if sale.seats_left(date) == 0 {
        progress.finished_at = Some(effects.wall());
    }
    sale.note_progress(date, progress, effects);
    Ok(())
}

/// Frees holds of a date, `most` of them at most, and gives how many.
fn free_holds(sale: &mut Sale, date: CalendarDate, most: u32, effects: &mut Effects<'_>) -> u32 {
    let held: Vec<(u32, SeatRow)> =
        sale.table(date).held().take(most as usize).map(|(seat, row)| (seat, *row)).collect();
    for (seat, row) in &held {
        sale.release(SeatKey { date, seat: *seat }, ReleaseReason::CalledOff, effects);
        if let SeatRow::Held { sequence, .. } = row {
            sale.end_if_nothing_carries_it(*sequence, effects.now, effects);
        }
    }
    held.len() as u32
}

/// Gives back what the payment of a sold seat has on the seat's date, and gives how many seats that were.
fn refund_payment_of(
    sale: &mut Sale,
    key: SeatKey,
    progress: &mut CallingOff,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<u32, RowFault> {
    let Some(SeatRow::Sold { payment, .. }) = rows.get::<tables::Seats>(&(sale.no, key))? else {
        unreachable!("a sold seat has its row");
    };
    let row = rows.get::<tables::Payments>(&payment)?.expect("a sold seat has its payment");
    let standing = standing_items(rows, &row)?;
    let (items, others): (Vec<_>, Vec<_>) = standing.into_iter().partition(|item| item.date == key.date);
    let left = if others.is_empty() { Left::Nothing } else { Left::Some };
    // Whose wallet has no room for it gets it in cash: a date is called off whole.
    let to = match destination(&effects.over(rows), &row, sum(&items)) {
        Ok(to) => to,
        Err(ApplyError::Rejected(_)) => Destination::Till(Means::Cash),
        Err(ApplyError::Fault(fault)) => return Err(fault),
    };
    let reason = sale.row.definition.performance(key.date).and_then(|performance| performance.called_off.as_ref());
    let reason = reason.expect("it is being called off").reason.clone();
    let freed = items.len() as u32;
    let refunded = give_back(PlannedRefund { payment, row, items, left, to }, &reason, sale, rows, effects)?;
    progress.payments += 1;
    progress.seats += u64::from(freed);
    progress.amount += refunded.amount;
    Ok(freed)
}
