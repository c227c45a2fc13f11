//! What a waiting client is told of time: how long it will still wait, and when to ask again. It knows a position and
//! nothing of who has it.

use super::Sale;
use crate::domain::queue::{POLL_AFTER_SECONDS_MAX, Places, poll_after_seconds};
use crate::domain::words::{EarlyEnds, Settings, Timestamp};

impl Sale {
    /// How long the place at `position` will still wait: until the sliding window has room for it and an ACTIVE place is
    /// free, whichever comes later. ACTIVE places end when they do as they stand, or earlier, at the rate at which they
    /// did of late. Before the opening the time until then comes on top.
    pub(super) fn estimated_wait_seconds(
        &self,
        position: u64,
        early: EarlyEnds,
        now: Timestamp,
        settings: &Settings,
    ) -> u64 {
        let opens_at = self.opens_at().map_or(now, |at| at.max(now));
        let policy = self.policy(settings);
        let by_window = policy.admit.map_or(0, |(count, span)| {
            self.admissions.room_at(opens_at, position, count, i64::from(span) * 1_000).seconds_after(opens_at)
        });
        let by_places = policy.max_active.map_or(0, |most| {
            let places = Places { most, active_seconds: policy.active_seconds };
            self.queue.turnover().free_in(position, opens_at, early, places)
        });
        opens_at.seconds_after(now) + by_window.max(by_places)
    }

    /// How long the client of the place at `position` should wait before it asks again: the longer the farther behind
    /// it stands and the farther off the opening is, and short enough that asking as told never loses the place.
    pub(in crate::domain) fn poll_after_seconds(&self, position: u64, now: Timestamp, settings: &Settings) -> u32 {
        let until_opening = self.opens_at().map_or(0, |at| at.seconds_after(now));
        let lobby = u32::try_from(until_opening / 2).unwrap_or(POLL_AFTER_SECONDS_MAX);
        let wanted = poll_after_seconds(position).max(lobby).min(POLL_AFTER_SECONDS_MAX);
        let ends = [self.policy(settings).abandon_seconds, settings.claim_seconds];
        let soonest = ends.into_iter().flatten().min();
        soonest.map_or(wanted, |seconds| wanted.min(seconds / 2)).max(1)
    }
}
