//! The server itself: its clock and its settings, which commands put in force so that a replay does the same.

use super::Effects;
use crate::domain::places::Pace;
use crate::domain::{Anchor, ClockRow, ConcertNo, Reply, RowFault, Rows, Settings, State, tables};

/// Takes up how the log's time lies to the clocks of the machine. What becomes due by it is for the ticks behind it, so
/// that a start admits nobody before it has its settings.
pub fn set_clock(
    state: &mut State,
    rows: &impl Rows,
    anchor: Anchor,
    effects: &mut Effects<'_>,
) -> Result<Reply, RowFault> {
    let before = state.clock;
    let corrected = anchor.offset != before.anchor.offset;
    let (corrected_at, offset_before) =
        if corrected { (effects.now, before.anchor.offset) } else { (before.corrected_at, before.offset_before) };
    let clock = ClockRow { at: effects.now, anchor, corrected_at, offset_before };
    effects.put::<tables::Clock>((), clock);
    effects.clock = clock;
    state.clock = clock;
    if corrected {
        let all: Vec<ConcertNo> = state.sales.keys().copied().collect();
        for concert in all {
            let sale = state.sales.get_mut(&concert).expect("just seen");
            sale.set_clock(clock);
            sale.reopen_if_early(rows, effects)?;
            state.note(concert);
        }
    }
    Ok(Reply::Done)
}

/// Ends what is due, under the settings of before, and puts new ones in force.
pub fn configure(state: &mut State, settings: &Settings, effects: &mut Effects<'_>) -> Reply {
    let queued: Vec<ConcertNo> = state.queued(ConcertNo(0)).map(|sale| sale.no).collect();
    for no in queued {
        let sale = state.sales.get_mut(&no).expect("it has places");
        let mut steps = Pace::Whole.steps();
        sale.do_due(effects.now, &state.settings, &mut steps, effects);
    }
    state.settings = settings.clone();
    effects.put::<tables::Settings>((), settings.clone());
    Reply::Done
}
