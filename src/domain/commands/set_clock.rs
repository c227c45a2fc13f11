//! Set the clock: how the log's time lies to the clocks of the machine.

use serde::{Deserialize, Serialize};

use super::unconditional::Unconditional;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{Anchor, ClockRow, ConcertNo, Done, RowFault, Rows, tables};

/// How the log's time lies to the clocks of the machine from now on; another offset means that the wall clock was set
/// right. What becomes due by it is for the ticks behind it, so that a start admits nobody before it has its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetClock {
    pub anchor: Anchor,
}

impl Unconditional for SetClock {
    fn perform(&self, state: &mut State, rows: &impl Rows, effects: &mut Effects<'_>) -> Result<Done, RowFault> {
        let (before, anchor) = (state.clock, self.anchor);
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
                state.enter_concert(concert, effects.now);
                let sale = state.planned(concert);
                sale.set_clock(clock);
                sale.reopen_if_early(rows, effects)?;
                state.note(concert);
            }
        }
        Ok(Done)
    }
}
