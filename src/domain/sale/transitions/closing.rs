//! The closing of a sale, by its time or by hand, and its opening again where the wall clock was set back.

use std::sync::Arc;

use crate::domain::effects::Effects;
use crate::domain::sale::{Due, Sale};
use crate::domain::words::{EndReason, RowFault, Rows, SaleStatus, Sequence, Timestamp};

impl Sale {
    /// The sale closes: nobody joins any more, and places without holds end, a bounded number at a time.
    pub(super) fn close(&mut self, now: Timestamp, effects: &mut Effects<'_>) {
        Arc::make_mut(&mut self.row.definition).status = SaleStatus::Closed;
        self.row.closed_at = Some(effects.wall());
        self.write_row(effects);
        self.begin_close_out(now);
    }

    /// Opens a sale again that closed by itself, when the wall clock was set back before its closing time. The places
    /// that the closing ended stay so.
    pub(in crate::domain) fn reopen_if_early(
        &mut self,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<(), RowFault> {
        let is_early = self.row.definition.closes_at.is_some_and(|at| effects.wall() < at);
        if self.row.closed_at.is_none() || !is_early {
            return Ok(());
        }
        self.bring_back(rows, effects)?;
        Arc::make_mut(&mut self.row.definition).status = SaleStatus::OnSale;
        self.row.closed_at = None;
        self.write_row(effects);
        self.deadlines.retain(|(_, due)| *due != Due::CloseOut);
        self.set_opening_deadlines();
        self.set_admission_due(Some(effects.now));
        Ok(())
    }

    /// Ends the places without holds from `now` on.
    pub(in crate::domain) fn begin_close_out(&mut self, now: Timestamp) {
        self.set_opening_deadlines();
        self.set_admission_due(None);
        self.deadlines.insert((now, Due::CloseOut));
    }

    /// Whether a closed sale still has places that its closing ends, because they were too many for one command.
    pub(in crate::domain) fn is_closing_out(&self) -> bool {
        !self.queue.waiting().is_empty() || self.queue.active().values().any(|place| place.holds.is_empty())
    }

    /// Ends places without holds, up to `most` of them, and gives how many.
    pub(super) fn close_out(&mut self, now: Timestamp, most: u32, effects: &mut Effects<'_>) -> u32 {
        let waiting = self.queue.waiting().iter().map(|(_, place)| place.sequence);
        let idle =
            self.queue.active().iter().filter(|(_, place)| place.holds.is_empty()).map(|(sequence, _)| *sequence);
        let ending: Vec<Sequence> = waiting.chain(idle).take(most as usize).collect();
        for sequence in &ending {
            self.end_place(*sequence, EndReason::Closed, now, effects);
        }
        if ending.len() == most as usize {
            self.deadlines.insert((now, Due::CloseOut));
        }
        ending.len() as u32
    }
}
