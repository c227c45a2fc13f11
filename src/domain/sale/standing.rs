//! How the places of a sale stand at an instant, and what their clients are told.

use super::Sale;
use crate::domain::queue::Active;
use crate::domain::words::{
    EarlyEnds, EndReason, IssuedPlace, LineOrder, LivePlace, PlaceRef, PlaceView, Reserving, SaleView, Settings,
    Standing, Stock, StockDisplay, Timestamp,
};

/// A place that no step has ended yet.
enum Place<'q> {
    /// It stands in line here.
    Waiting(LineOrder),
    Active(&'q Active),
}

impl Sale {
    /// How the place of a token stands at `now`, whatever ticks are still to come.
    pub fn standing(&self, place_ref: PlaceRef, now: Timestamp, settings: &Settings) -> Standing {
        match self.place(place_ref) {
            None => Standing::Gone,
            Some(Place::Active(place)) => self.active_standing(place, now, settings),
            Some(Place::Waiting(_)) if self.is_closed(now) => Standing::Ended(EndReason::Closed),
            Some(Place::Waiting(_)) => Standing::Waiting,
        }
    }

    fn place(&self, PlaceRef { sequence, user, .. }: PlaceRef) -> Option<Place<'_>> {
        if let Some(place) = self.queue.active().get(&sequence) {
            return (place.user == user).then_some(Place::Active(place));
        }
        let (order, place) = self.queue.waiting_place(sequence)?;
        (place.user == user).then_some(Place::Waiting(order))
    }

    pub(in crate::domain) fn active_standing(&self, place: &Active, now: Timestamp, settings: &Settings) -> Standing {
        let reserving = if now < place.active_until { Reserving::Open } else { Reserving::Over };
        let last_hold = place.holds.last();
        match last_hold {
            Some(last) if now < last => {
                let end = if settings.end_on_hold_lapse { last } else { last.max(place.active_until) };
                Standing::Active { expires_at: end, reserving }
            }
            Some(_) if settings.end_on_hold_lapse => Standing::Ended(EndReason::HoldLapsed),
            // What came first ended it, even when no tick has noted it yet.
            _ if self.is_closed(now.min(place.active_until.max(last_hold.unwrap_or_default()))) => {
                Standing::Ended(EndReason::Closed)
            }
            _ if reserving == Reserving::Over => Standing::Ended(EndReason::TimedOut),
            _ => Standing::Active { expires_at: place.active_until, reserving },
        }
    }

    /// The early ends of ACTIVE places, as they are measured here.
    pub fn early_ends(&self, now: Timestamp) -> EarlyEnds {
        self.queue.turnover().early_ends(now)
    }

    /// What the client of a live place is told; `None` when it has ended.
    pub fn place_view(&self, place_ref: PlaceRef, now: Timestamp, settings: &Settings) -> Option<PlaceView> {
        self.place_view_by(self.early_ends(now), place_ref, now, settings)
    }

    /// What the client of a live place is told of it and of the sale; `None` when it has ended.
    pub fn told_place(&self, place_ref: PlaceRef, now: Timestamp, settings: &Settings) -> Option<LivePlace> {
        let view = self.place_view(place_ref, now, settings)?;
        Some(LivePlace { view, sale: self.sale_view(now), at: self.wall(now) })
    }

    /// What every client of a place is told of the sale.
    fn sale_view(&self, now: Timestamp) -> SaleView {
        let free = self.free_seats(now);
        let definition = &self.row.definition;
        SaleView {
            free_seats: Some(free).filter(|_| definition.stock_display == StockDisplay::Shown),
            stock: if free == 0 { Stock::SoldOut } else { Stock::Left },
            admission: definition.queue.admission,
        }
    }

    /// The same, with an estimate by these early ends.
    fn place_view_by(
        &self,
        early: EarlyEnds,
        place_ref: PlaceRef,
        now: Timestamp,
        settings: &Settings,
    ) -> Option<PlaceView> {
        match self.place(place_ref)? {
            Place::Waiting(_) if self.is_closed(now) => None,
            Place::Waiting(order) => {
                let position = self.queue.waiting().rank(order);
                Some(PlaceView::Waiting {
                    position,
                    estimated_wait_seconds: self.estimated_wait_seconds(position, early, now, settings),
                    poll_after_seconds: self.poll_after_seconds(position, now, settings),
                })
            }
            Place::Active(place) => match self.active_standing(place, now, settings) {
                Standing::Active { expires_at, reserving } => {
                    Some(PlaceView::Active { expires_at: self.wall(expires_at), reserving })
                }
                Standing::Waiting | Standing::Ended(_) | Standing::Gone => None,
            },
        }
    }

    /// A live place with all that its user is told of it, its estimate by these early ends; `None` when it has ended.
    pub fn issued_place(
        &self,
        early: EarlyEnds,
        place_ref: PlaceRef,
        now: Timestamp,
        settings: &Settings,
    ) -> Option<IssuedPlace> {
        let view = self.place_view_by(early, place_ref, now, settings)?;
        let PlaceRef { concert, sequence, .. } = place_ref;
        let (opens_at, offset) = (self.opens_at, self.clock.anchor.offset);
        let place = LivePlace { view, sale: self.sale_view(now), at: self.wall(now) };
        Some(IssuedPlace { concert, sequence, place, at: now, opens_at, offset })
    }
}
