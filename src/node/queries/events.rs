//! The feed of events.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::domain::{ConcertId, ConcertNo, Event, RowFault, Rows, SeatWords, Spot, State, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::{FeedBounds, FeedPart};

/// An event with its number and the id of the concert that it is about, in the words of the plan as it stands.
pub struct NumberedEvent {
    pub number: u64,
    /// With dates as they are held now.
    pub event: Event,
    pub concert: Option<ConcertId>,
    /// What each of its seats is called; `None` for one that the plan has no more.
    pub words: Vec<Option<SeatWords>>,
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
            Ok(Feed::Events { events: handle.told_events(events)?, bounds })
        })
        .await
    }

    /// Events in the words of the plans as they stand.
    pub(super) fn told_events(&self, events: Vec<(u64, Event)>) -> Result<Vec<NumberedEvent>, SubmitError> {
        let mut events: Vec<NumberedEvent> =
            self.read(|state| events.into_iter().map(|(number, event)| told(state, number, event)).collect());
        self.add_deleted(&mut events)?;
        Ok(events)
    }

    /// Adds the ids of concerts that were deleted.
    fn add_deleted(&self, events: &mut [NumberedEvent]) -> Result<(), RowFault> {
        let mut ids: BTreeMap<ConcertNo, Option<ConcertId>> = BTreeMap::new();
        for event in events {
            let Some(no) = event.event.concert.filter(|_| event.concert.is_none()) else { continue };
            let id = match ids.entry(no) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(room) => room.insert(self.store().get::<tables::DeletedConcerts>(&no)?),
            };
            event.concert.clone_from(id);
        }
        Ok(())
    }
}

/// An event as the plan of its concert stands.
fn told(state: &State, number: u64, event: Event) -> NumberedEvent {
    let sale = event.concert.and_then(|no| state.sale(no));
    let definition = sale.map(|sale| &sale.row().definition);
    let held_on = |date| definition.map_or(date, |definition| definition.held_on(date));
    let words = |seat| Spot::of_concert(definition?, seat).map(|spot| spot.words());
    // The plan names a seat by the first date, the event by the day on which it is held, in the order of these.
    let mut seats = event.data.seats();
    seats.sort_by_key(|key| (held_on(key.date), key.seat));
    let words = seats.into_iter().map(words).collect();
    let data = event.data.told_on(held_on);
    NumberedEvent { number, event: Event { data, ..event }, concert: sale.map(|sale| sale.id().clone()), words }
}
