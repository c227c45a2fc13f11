//! What is asked of the state by name: one look answers one question. Nothing changes here.

use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::words::{ConcertId, ConcertNo, LivePlace, PlaceRef, PlaceView, Timestamp, UserId};

/// How far a user has come at any concert, the best of the user's live places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BestPlace {
    /// No live place.
    Nowhere,
    Waiting {
        position: u64,
        poll_after_seconds: u32,
    },
    Active,
}

impl State {
    /// The concert with this id, unless it is a draft, of which nobody is told.
    pub fn public_concert(&self, id: &ConcertId) -> Option<&Sale> {
        self.concert_no(id).and_then(|no| self.sale(no)).filter(|sale| sale.is_public())
    }

    /// The one concert at which places can be taken at `now`; `None` when there is none, or another one.
    pub fn only_open(&self, now: Timestamp) -> Option<ConcertNo> {
        let mut open = self.open(now);
        match (open.next(), open.next()) {
            (Some(sale), None) => Some(sale.no),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    /// The live place that a user has at a concert.
    pub fn live_place(&self, concert: ConcertNo, user: UserId) -> Option<PlaceRef> {
        let sequence = self.sale(concert)?.live_place(user)?;
        Some(PlaceRef { concert, sequence, user })
    }

    /// Every live place of a user at `now`, with its sale.
    pub fn live_places(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = (&Sale, LivePlace)> {
        let told = move |sale: &Sale, place_ref| sale.told_place(place_ref, now, self.settings());
        self.places_of(user).filter_map(move |(sale, place_ref)| Some((sale, told(sale, place_ref)?)))
    }

    /// The queue places that a user has, of which some may have ended by now, with their sales.
    fn places_of(&self, user: UserId) -> impl Iterator<Item = (&Sale, PlaceRef)> {
        let place = move |sale: &Sale| Some(PlaceRef { concert: sale.no, sequence: sale.live_place(user)?, user });
        self.queued(ConcertNo(0)).filter_map(move |sale| Some((sale, place(sale)?)))
    }

    /// How far a user has come at `now`: ACTIVE at one concert is enough, else the least position counts.
    pub fn best_place(&self, user: UserId, now: Timestamp) -> BestPlace {
        let mut best: Option<(u64, u32)> = None;
        let views = self.places_of(user);
        for view in views.filter_map(|(sale, place_ref)| sale.place_view(place_ref, now, self.settings())) {
            match view {
                PlaceView::Active { .. } => return BestPlace::Active,
                PlaceView::Waiting { position, poll_after_seconds, .. } => {
                    let waiting = (position, poll_after_seconds);
                    best = Some(best.map_or(waiting, |best| best.min(waiting)));
                }
            }
        }
        best.map_or(BestPlace::Nowhere, |(position, poll_after_seconds)| BestPlace::Waiting {
            position,
            poll_after_seconds,
        })
    }
}
