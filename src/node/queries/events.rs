//! The feed of events.

use std::collections::BTreeMap;

use crate::domain::{ConcertId, ConcertNo, Event};
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
        let (events, bounds) = match self.read_rows(move |handle| Ok(handle.store().feed(after, limit)?)).await? {
            FeedPart::Events { events, bounds } => (events, bounds),
            FeedPart::Gone(bounds) => return Ok(Feed::Gone(bounds)),
        };
        let ids: BTreeMap<ConcertNo, ConcertId> = self.read(|state| {
            let named = events.iter().filter_map(|(_, event)| event.concert);
            named.filter_map(|no| state.sale(no).map(|sale| (no, sale.id().clone()))).collect()
        });
        let numbered = events.into_iter().map(|(number, event)| {
            let concert = event.concert.and_then(|concert| ids.get(&concert)).cloned();
            NumberedEvent { number, event, concert }
        });
        Ok(Feed::Events { events: numbered.collect(), bounds })
    }
}
