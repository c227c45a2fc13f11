//! Queue places, as far as the state alone tells of them.

use crate::domain::{BestPlace, ConcertId, ConcertNo, LivePlace, PlaceRef, SeatKey, UserId};
use crate::node::handle::Handle;

impl Handle {
    /// The one concert at which places can be taken; `None` when there is none, or another one.
    pub fn only_open_concert(&self) -> Option<ConcertNo> {
        let now = self.now();
        self.read(|state| state.only_open(now))
    }

    /// The live place that a user has at a concert.
    pub fn live_place(&self, concert: ConcertNo, user: UserId) -> Option<PlaceRef> {
        self.read(|state| state.live_place(concert, user))
    }

    /// The seats that a place holds now, over all dates, ascending; none once it has ended.
    pub fn held_by(&self, place_ref: PlaceRef) -> Vec<SeatKey> {
        let now = self.now();
        self.read(|state| state.sale(place_ref.concert).map(|sale| sale.held_by(place_ref.sequence, now)))
            .unwrap_or_default()
    }

    /// Every live place of a user, in the order in which the concerts were created. It is a look: it joins nothing, and
    /// keeps no place that waits.
    pub fn live_places(&self, user: UserId) -> Vec<(ConcertId, LivePlace)> {
        let now = self.now();
        self.read(|state| state.live_places(user, now).map(|(sale, place)| (sale.id().clone(), place)).collect())
    }

    /// How far a user has come at any concert.
    pub fn best_place(&self, user: UserId) -> BestPlace {
        let now = self.now();
        self.read(|state| state.best_place(user, now))
    }
}
