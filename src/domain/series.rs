//! The counts of a concert from minute to minute: added to in memory by every command, written with its entry, and swept
//! when they are past keeping.

use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{ConcertNo, CountedMinute, Minute, RowFault, Rows, SeriesRow, Table, WallTime, tables};

/// For how long they are kept at least.
const KEPT_MINUTES: u32 = 90 * 24 * 60;
/// Minutes past keeping that come together before they are swept, so that a concert is not written every minute for it.
const SWEPT_TOGETHER: u32 = 24 * 60;

/// Adds what a command has counted to the present minute of each concert, which is written with the entry.
///
/// # Errors
/// A row could not be read.
pub(super) fn count(state: &mut State, rows: &impl Rows, effects: &mut Effects<'_>) -> Result<(), RowFault> {
    let minute = Minute::of(effects.wall());
    for (concert, refusals) in std::mem::take(&mut effects.refused) {
        add(state, rows, effects, (concert, minute), &SeriesRow::refused(refusals))?;
    }
    // What is added may write rows, but no events.
    for number in 0..effects.changes.len() {
        if let Some((_, Some(event))) = tables::Events::of_change(&effects.changes[number])
            && let Some(concert) = event.concert
        {
            let counted = SeriesRow::of(&event.data);
            if counted != SeriesRow::default() {
                add(state, rows, effects, (concert, minute), &counted)?;
            }
        }
    }
    Ok(())
}

/// Adds to a minute of a concert that is there.
fn add(
    state: &mut State,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
    (concert, minute): (ConcertNo, Minute),
    counted: &SeriesRow,
) -> Result<(), RowFault> {
    let Some(sale) = state.sales.get_mut(&concert) else { return Ok(()) };
    let mut row = match sale.minute {
        Some(counted) if counted.minute == minute => counted.row,
        before => {
            if let Some(CountedMinute { minute, row, .. }) = before.filter(|before| !before.is_written) {
                effects.put::<tables::Series>((concert, minute), row);
            }
            let (first, last) = sale.counters.series.unwrap_or((minute, minute));
            let kept = Some((first.min(minute), last.max(minute)));
            if sale.counters.series != kept {
                sale.counters.series = kept;
                effects.put::<tables::Counters>(concert, sale.counters);
            }
            rows.get::<tables::Series>(&(concert, minute))?.unwrap_or_default()
        }
    };
    row.add(counted);
    sale.minute = Some(CountedMinute { minute, row, is_written: false });
    state.unwritten.insert(concert);
    Ok(())
}

/// The first minute that is kept.
fn oldest(now: WallTime) -> Minute {
    Minute(Minute::of(now).0.saturating_sub(KEPT_MINUTES))
}

/// The concerts with rows that are to be swept.
fn to_sweep(state: &State, now: WallTime) -> impl Iterator<Item = (ConcertNo, (Minute, Minute))> {
    let due = oldest(now).0.saturating_sub(SWEPT_TOGETHER);
    let kept = state.sales.values().filter_map(|sale| Some((sale.no, sale.counters.series?)));
    kept.filter(move |(_, (first, _))| first.0 < due)
}

/// Whether there are rows to sweep.
pub(super) fn is_series_due(state: &State, now: WallTime) -> bool {
    to_sweep(state, now).next().is_some()
}

/// Drops rows that are past keeping, looking at so many minutes at most; says at how many it looked.
///
/// # Errors
/// A row could not be read.
pub(super) fn sweep_series(
    state: &mut State,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
    minutes_max: u32,
) -> Result<u32, RowFault> {
    let (now, mut looked_at) = (effects.wall(), 0);
    let due: Vec<_> = to_sweep(state, now).collect();
    for (concert, (first, last)) in due {
        let sale = state.planned(concert);
        // Of a minute that is not written yet there is no row to remove.
        sale.minute.take_if(|counted| counted.minute < oldest(now));
        let mut next = first;
        while next < oldest(now) && next <= last && looked_at < minutes_max {
            if rows.get::<tables::Series>(&(concert, next))?.is_some() {
                effects.remove::<tables::Series>((concert, next));
            }
            next = Minute(next.0 + 1);
            looked_at += 1;
        }
        let sale = state.planned(concert);
        sale.counters.series = (next <= last).then_some((next, last));
        effects.put::<tables::Counters>(concert, sale.counters);
    }
    Ok(looked_at)
}
