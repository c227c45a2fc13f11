//! Reading the feed of events from a cursor. A part of it follows on from the cursor without a gap, or the reader is
//! told that the feed does not go on there.

use super::store::Store;
use crate::domain::{Event, RowFault, Rows, tables};

/// The events that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedBounds {
    /// One more than `newest` when none is kept.
    pub oldest: u64,
    /// 0 before the first event.
    pub newest: u64,
}

/// What follows a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedPart {
    /// Consecutive events, the first of them right behind the cursor.
    Events { events: Vec<(u64, Event)>, bounds: FeedBounds },
    /// The cursor lies beyond the newest event, or events behind it are not kept any more.
    Gone(FeedBounds),
}

impl Store {
    /// Up to `limit` events that follow number `after`, or the oldest ones when nothing is named.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn feed(&self, after: Option<u64>, limit: usize) -> Result<FeedPart, RowFault> {
        loop {
            let totals = self.totals()?;
            let bounds = FeedBounds { oldest: totals.first_event.max(1), newest: totals.last_event };
            let first = after.map_or(bounds.oldest, |after| after.saturating_add(1));
            let follows = first >= bounds.oldest && after.is_none_or(|after| after <= bounds.newest);
            if !follows {
                return Ok(FeedPart::Gone(bounds));
            }
            if let Some(events) = self.consecutive(first, bounds.newest, limit)? {
                return Ok(FeedPart::Events { events, bounds });
            }
            // Some were dropped since the bounds were read: the next look sees bounds without them.
        }
    }

    /// Up to `limit` events from `first` to `last`, or nothing when one of them is not there any more.
    fn consecutive(&self, first: u64, last: u64, limit: usize) -> Result<Option<Vec<(u64, Event)>>, RowFault> {
        let numbered = |number| Ok(self.get::<tables::Events>(&number)?.map(|event| (number, *event)));
        (first..=last).take(limit).map(numbered).collect()
    }
}
