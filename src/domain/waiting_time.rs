//! What a waiting client is told of time: how long it will still wait, and when to ask again. It knows a position and
//! nothing of who has it.

use super::{Sale, Settings, Timestamp};

impl Sale {
    /// How long the place at `position` will still wait, from the measured admission rate; while nothing was measured,
    /// from what the policy allows at most. Before the opening the time until then comes on top.
    pub(super) fn estimated_wait_seconds(&self, position: u64, now: Timestamp, settings: &Settings) -> u64 {
        let until_opening = self.row.definition.on_sale_at.map_or(0, |at| at.seconds_after(now));
        let measured = self.admissions.measured_per_minute();
        let policy = self.policy(settings);
        let by_places =
            policy.max_active.map(|most| (position * u64::from(policy.active_seconds)).div_ceil(u64::from(most)));
        let by_window = policy.admit.map(|(count, span)| position.div_ceil(u64::from(count)) * u64::from(span));
        let allowed = by_places.max(by_window).unwrap_or(0);
        let waiting = if measured > 0 { (position * 60).div_ceil(measured) } else { allowed };
        until_opening + waiting
    }

    /// How long the client of the place at `position` should wait before it asks again: the longer the farther behind
    /// it stands and the farther off the opening is, and short enough that asking as told never loses the place.
    pub(super) fn poll_after_seconds(&self, position: u64, now: Timestamp, settings: &Settings) -> u32 {
        let until_opening = self.row.definition.on_sale_at.map_or(0, |at| at.seconds_after(now));
        let lobby = u32::try_from(until_opening / 2).unwrap_or(POLL_AFTER_SECONDS_MAX);
        let wanted = poll_after_seconds(position).max(lobby).min(POLL_AFTER_SECONDS_MAX);
        let abandon_seconds = self.policy(settings).abandon_seconds;
        abandon_seconds.map_or(wanted, |seconds| wanted.min(seconds / 2)).max(1)
    }
}

/// The longest time after which a waiting client is to ask again.
const POLL_AFTER_SECONDS_MAX: u32 = 30;

/// How long a client at `position` should wait before it asks again: 1 s at the head, 30 s far behind.
pub fn poll_after_seconds(position: u64) -> u32 {
    u32::try_from(1 + position / 50).map_or(POLL_AFTER_SECONDS_MAX, |seconds| seconds.min(POLL_AFTER_SECONDS_MAX))
}
