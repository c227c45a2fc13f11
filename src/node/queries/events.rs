//! The feed of events.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ConcertId, ConcertNo, Event, RowFault, Rows, State, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::{FeedBounds, FeedPart};

/// An event with its number and the id of the concert that it is about.
pub struct NumberedEvent {
    pub number: u64,
    pub event: Event,
    pub concert: Option<ConcertId>,
}

/// What follows a cursor.
pub enum Feed {
    /// Consecutive events, the first of them right behind the cursor.
    Events { events: Vec<NumberedEvent>, bounds: FeedBounds },
    /// The cursor lies beyond the newest event, or events behind it are not kept any more.
    Gone(FeedBounds),
}

impl Handle {
    /// At most `limit` events behind number `after`, or the oldest ones when nothing is named.
    ///
    /// # Errors
    /// A fault.
    pub async fn events_after(&self, after: Option<u64>, limit: usize) -> Result<Feed, SubmitError> {
        self.read_rows(move |handle| {
            let (events, bounds) = match handle.store().feed(after, limit)? {
                FeedPart::Events { events, bounds } => (events, bounds),
                FeedPart::Gone(bounds) => return Ok(Feed::Gone(bounds)),
            };
            let ids = handle.ids(events.iter().filter_map(|(_, event)| event.concert).collect())?;
            let numbered = events.into_iter().map(|(number, event)| {
                let concert = event.concert.and_then(|concert| ids.get(&concert)).cloned();
                NumberedEvent { number, event, concert }
            });
            Ok(Feed::Events { events: numbered.collect(), bounds })
        })
        .await
    }

    /// The ids of concerts, those that were deleted included.
    fn ids(&self, concerts: BTreeSet<ConcertNo>) -> Result<BTreeMap<ConcertNo, ConcertId>, RowFault> {
        let id = |state: &State, no| Some((no, state.sale(no)?.id().clone()));
        let mut ids: BTreeMap<ConcertNo, ConcertId> =
            self.read(|state| concerts.iter().filter_map(|no| id(state, *no)).collect());
        for deleted in concerts {
            if !ids.contains_key(&deleted) {
                ids.extend(self.store().get::<tables::DeletedConcerts>(&deleted)?.map(|id| (deleted, id)));
            }
        }
        Ok(ids)
    }
}
