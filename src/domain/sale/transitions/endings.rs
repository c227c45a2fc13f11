//! The end of a live place.

use crate::domain::effects::Effects;
use crate::domain::sale::{Due, Sale};
use crate::domain::words::{EndReason, EndedPlace, EventData, ReleaseReason, Sequence, Timestamp, tables};

impl Sale {
    pub(super) fn end_of_active_time(&mut self, sequence: Sequence, at: Timestamp, effects: &mut Effects<'_>) {
        if self.queue.active().contains_key(&sequence) {
            self.end_if_nothing_carries_it(sequence, at, effects);
        }
    }

    /// Ends an ACTIVE place without holds when the sale is closed or its active time is over.
    pub(in crate::domain) fn end_if_nothing_carries_it(
        &mut self,
        sequence: Sequence,
        at: Timestamp,
        effects: &mut Effects<'_>,
    ) {
        let place = &self.queue.active()[&sequence];
        if !place.holds.is_empty() {
            return;
        }
        if self.is_closed(at) {
            self.end_place(sequence, EndReason::Closed, at, effects);
        } else if place.active_until <= at {
            self.end_place(sequence, EndReason::TimedOut, at, effects);
        }
    }

    /// Ends a live place: its holds are released at the same moment.
    pub(in crate::domain) fn end_place(
        &mut self,
        sequence: Sequence,
        reason: EndReason,
        ended_at: Timestamp,
        effects: &mut Effects<'_>,
    ) {
        let (place, holds) = self.queue.remove(sequence, ended_at).expect("only a live place ends");
        for (key, expires_at) in holds {
            let lapsed = expires_at <= ended_at;
            self.release(key, if lapsed { ReleaseReason::Expired } else { ReleaseReason::Canceled }, effects);
        }
        if let Some((_, active_until)) = place.active {
            self.deadlines.remove(&(active_until, Due::ActiveEnd(sequence)));
        }
        effects.remove::<tables::Places>((self.no, sequence));
        effects.put::<tables::EndedPlaces>((self.no, sequence), EndedPlace { place, reason, ended_at });
        effects.event(Some(self.no), EventData::TokenEnded { user: place.user, sequence, reason });
    }
}
