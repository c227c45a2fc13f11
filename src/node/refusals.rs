//! How many requests were refused before they came into the log, until a command carries their number there.

use std::cell::Cell;

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::domain::ConcertNo;

tokio::task_local! {
    /// The concert of a refusal that is not counted yet.
    static HELD: Cell<Option<ConcertNo>>;
}

/// A refusal that is counted once it is known that the request gets no other answer.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct HeldRefusal(Option<ConcertNo>);

/// What comes of `work` on a request, whose refusal is not counted yet.
pub async fn hold_refusal<T>(work: impl Future<Output = T>) -> (T, HeldRefusal) {
    HELD.scope(Cell::new(None), async { (work.await, HeldRefusal(HELD.with(Cell::get))) }).await
}

/// Refusals by the concert that they were about.
#[derive(Default)]
pub(super) struct Refusals(DashMap<ConcertNo, u32, RandomState>);

impl Refusals {
    /// Counts a refusal, unless [`hold_refusal`] is around it.
    pub(super) fn note(&self, concert: ConcertNo) {
        if HELD.try_with(|held| held.set(Some(concert))).is_err() {
            self.count(concert);
        }
    }

    /// Counts one that was held.
    pub(super) fn count_held(&self, HeldRefusal(concert): HeldRefusal) {
        concert.into_iter().for_each(|concert| self.count(concert));
    }

    fn count(&self, concert: ConcertNo) {
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

#[cfg(test)]
mod tests {
    use super::{HeldRefusal, Refusals, hold_refusal};
    use crate::domain::ConcertNo;

    #[tokio::test]
    async fn a_refusal_that_is_held_counts_only_where_it_is_the_answer() {
        let refusals = Refusals::default();
        let spring = ConcertNo(1);
        refusals.note(spring);
        let (told, held) = hold_refusal(async {
            refusals.note(spring);
            "refused"
        })
        .await;
        assert_eq!((told, &held), ("refused", &HeldRefusal(Some(spring))));
        refusals.count_held(HeldRefusal(None));
        assert_eq!(refusals.take(), [(spring, 1)]);
        refusals.count_held(held);
        assert_eq!(refusals.take(), [(spring, 1)]);
        assert_eq!(hold_refusal(async {}).await.1, HeldRefusal(None));
    }
}
