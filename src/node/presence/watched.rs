//! At which concerts it is noted who is seen.

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::domain::{ConcertNo, Timestamp};

/// At which concerts it is noted who is seen, and since when everybody there counts as seen who was not seen since.
pub(super) enum Watched {
    All {
        since: Timestamp,
    },
    /// Those that this instance has taken up.
    Some(DashMap<ConcertNo, Timestamp, RandomState>),
}

impl Watched {
    /// Since when everybody at a concert counts as seen; `None` where it is not noted.
    pub(super) fn since(&self, concert: ConcertNo) -> Option<Timestamp> {
        match self {
            Self::All { since } => Some(*since),
            Self::Some(watched) => watched.get(&concert).map(|since| *since),
        }
    }

    /// Begins at a concert.
    pub(super) fn begin(&self, concert: ConcertNo, now: Timestamp) {
        match self {
            Self::All { .. } => {}
            Self::Some(watched) => drop(watched.insert(concert, now)),
        }
    }

    /// Ends at the concerts that `is_led` does not know, and gives these.
    pub(super) fn end(&self, is_led: impl Fn(ConcertNo) -> bool) -> Vec<ConcertNo> {
        let mut ended = Vec::new();
        match self {
            Self::All { .. } => {}
            Self::Some(watched) => watched.retain(|concert, _| {
                let is_led = is_led(*concert);
                if !is_led {
                    ended.push(*concert);
                }
                is_led
            }),
        }
        ended
    }
}
