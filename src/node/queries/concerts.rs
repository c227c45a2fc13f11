//! Concerts: as everybody may know them, as the operator does, and their numbers.

use crate::domain::{
    CalendarDate, ConcertId, ConcertNo, ConcertRow, Definition, Sale, SaleStatus, Settings, State, Stats, Timestamp,
    WallTime,
};
use crate::node::handle::Handle;

/// A page of concerts, in order of their creation.
pub struct ConcertPage<C> {
    pub concerts: Vec<C>,
    /// The first concert of the next page.
    pub next: Option<ConcertNo>,
}

/// A concert as lists for everybody tell it.
pub struct ConcertSummary {
    pub id: ConcertId,
    pub title: String,
    pub description: Option<String>,
    pub venue: Option<String>,
    /// Bookable and with free seats.
    pub available_dates: Vec<CalendarDate>,
    pub on_sale_at: Option<WallTime>,
    pub status: SaleStatus,
}

/// A concert that everybody may know of, whole.
pub struct PublicConcert {
    pub id: ConcertId,
    pub definition: Definition,
    /// Bookable and with free seats.
    pub available_dates: Vec<CalendarDate>,
    pub status: SaleStatus,
    /// Its own, or else the server's.
    pub seat_limit: u32,
}

/// A concert as it stands, drafts included, and the settings in force.
pub struct ConcertNow {
    pub row: ConcertRow,
    /// Its closing time included.
    pub status: SaleStatus,
    pub settings: Settings,
    /// What the wall clock shows.
    pub wall: WallTime,
}

impl Handle {
    /// The concert with this id, unless it is a draft, of which nobody is told.
    pub fn public_concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.read(|state| state.public_concert(id).map(|sale| sale.no))
    }

    /// The id of a concert, drafts included.
    pub fn concert_id(&self, concert: ConcertNo) -> Option<ConcertId> {
        self.read(|state| state.sale(concert).map(|sale| sale.id().clone()))
    }

    /// How many concerts there are, drafts included.
    pub fn concert_count(&self) -> usize {
        self.read(|state| state.sales().count())
    }

    /// Up to `limit` concerts of which everybody may know, from number `from` on.
    pub fn public_concerts(&self, from: ConcertNo, limit: usize) -> ConcertPage<ConcertSummary> {
        let now = self.now();
        self.read(|state| {
            page(state.sales_from(from).filter(|sale| sale.is_public()), limit, |sale| summary(sale, now))
        })
    }

    /// The concert with this id, unless it is a draft.
    pub fn public_concert(&self, id: &ConcertId) -> Option<PublicConcert> {
        let now = self.now();
        self.read(|state| {
            let sale = state.public_concert(id)?;
            Some(PublicConcert {
                id: sale.id().clone(),
                definition: sale.row().definition.clone(),
                available_dates: sale.available_dates(now),
                status: sale.status(now),
                seat_limit: sale.seat_limit(state.settings()),
            })
        })
    }

    /// Up to `limit` concerts from number `from` on, drafts included.
    pub fn concerts(&self, from: ConcertNo, limit: usize) -> ConcertPage<ConcertNow> {
        let now = self.now();
        self.read(|state| page(state.sales_from(from), limit, |sale| standing(state, sale, now)))
    }

    /// A concert as it stands, drafts included.
    pub fn concert(&self, concert: ConcertNo) -> Option<ConcertNow> {
        self.read(|state| Some(standing(state, state.sale(concert)?, self.now())))
    }

    /// The numbers of a sale.
    pub fn stats(&self, concert: ConcertNo) -> Option<Stats> {
        let now = self.now();
        self.read(|state| state.sale(concert).map(|sale| sale.stats(now)))
    }

    /// The numbers of every sale at which places can be taken.
    pub fn open_stats(&self) -> Vec<(ConcertId, Stats)> {
        let now = self.now();
        self.read(|state| state.open(now).map(|sale| (sale.id().clone(), sale.stats(now))).collect())
    }
}

fn page<'a, C>(
    mut sales: impl Iterator<Item = &'a Sale>,
    limit: usize,
    tell: impl Fn(&'a Sale) -> C,
) -> ConcertPage<C> {
    let concerts = sales.by_ref().take(limit).map(tell).collect();
    ConcertPage { concerts, next: sales.next().map(|sale| sale.no) }
}

fn summary(sale: &Sale, now: Timestamp) -> ConcertSummary {
    let definition = &sale.row().definition;
    ConcertSummary {
        id: sale.id().clone(),
        title: definition.title.clone(),
        description: definition.description.clone(),
        venue: definition.venue.clone(),
        available_dates: sale.available_dates(now),
        on_sale_at: definition.on_sale_at,
        status: sale.status(now),
    }
}

fn standing(state: &State, sale: &Sale, now: Timestamp) -> ConcertNow {
    ConcertNow {
        row: sale.row().clone(),
        status: sale.status(now),
        settings: state.settings().clone(),
        wall: state.wall(now),
    }
}
