//! How many requests were refused before they came into the log, until a command carries their number there.

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::domain::ConcertNo;

/// Refusals by the concert that they were about.
#[derive(Default)]
pub(super) struct Refusals(DashMap<ConcertNo, u32, RandomState>);

impl Refusals {
    pub(super) fn note(&self, concert: ConcertNo) {
        let mut refusals = self.0.entry(concert).or_default();
        *refusals = refusals.saturating_add(1);
    }

    /// Those that were noted since, ascending by concert.
    pub(super) fn take(&self) -> Vec<(ConcertNo, u32)> {
        let concerts: Vec<ConcertNo> = self.0.iter().map(|refusals| *refusals.key()).collect();
        let mut taken: Vec<_> = concerts.iter().filter_map(|concert| self.0.remove(concert)).collect();
        taken.sort_unstable();
        taken
    }
}
