//! When a waiting client is to ask again, by its position alone.

/// The longest time after which a waiting client is to ask again.
pub(crate) const POLL_AFTER_SECONDS_MAX: u32 = 30;

/// How long a client at `position` should wait before it asks again: 1 s at the head, 30 s far behind.
pub fn poll_after_seconds(position: u64) -> u32 {
    u32::try_from(1 + position / 50).map_or(POLL_AFTER_SECONDS_MAX, |seconds| seconds.min(POLL_AFTER_SECONDS_MAX))
}
