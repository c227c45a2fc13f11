//! Concerts: as everybody may know them, as the operator does, and their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    CalendarDate, ConcertId, ConcertNo, ConcertRow, DateStats, Definition, Policy, Sale, SaleStatus, Settings, State,
    Stats, StockDisplay, Timestamp, Translation, WallTime,
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
    /// The lowest and the highest price of its dates.
    pub prices: (u32, u32),
    pub translations: BTreeMap<String, Translation>,
}

/// A concert that everybody may know of, whole.
pub struct PublicConcert {
    pub id: ConcertId,
    pub definition: Arc<Definition>,
    /// Bookable and with free seats.
    pub available_dates: Vec<CalendarDate>,
    pub status: SaleStatus,
    /// Its own, or else the server's.
    pub seat_limit: u32,
    /// Free seats by the first date of each performance; `None` where the concert does not show them.
    pub free_seats: Option<BTreeMap<CalendarDate, u32>>,
    pub policy: Policy,
    /// For how long a seat is held.
    pub hold_seconds: u32,
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

    /// The concert with this id, unless it is a draft, and how often it was changed.
    pub fn public_revision(&self, id: &ConcertId) -> Option<(ConcertNo, u32)> {
        self.read(|state| state.public_concert(id).map(|sale| (sale.no, sale.row().revision)))
    }

    /// The id of a concert, drafts included.
    pub fn concert_id(&self, concert: ConcertNo) -> Option<ConcertId> {
        self.read(|state| state.sale(concert).map(|sale| sale.id().clone()))
    }

    /// How many concerts there are, drafts included.
    pub fn concert_count(&self) -> usize {
        self.read(|state| state.sales().count())
    }

    /// Up to `limit` concerts that are listed for everybody, from number `from` on, those of one status where it is
    /// named.
    pub fn public_concerts(
        &self,
        from: ConcertNo,
        limit: usize,
        status: Option<SaleStatus>,
    ) -> ConcertPage<ConcertSummary> {
        let now = self.now();
        let is_meant = |sale: &&Sale| sale.is_listed(now) && status.is_none_or(|status| sale.status(now) == status);
        self.read(|state| page(state.sales_from(from).filter(is_meant), limit, |sale| summary(sale, now)))
    }

    /// The concert with this id, unless it is a draft.
    pub fn public_concert(&self, id: &ConcertId) -> Option<PublicConcert> {
        let now = self.now();
        self.read(|state| {
            let sale = state.public_concert(id)?;
            Some(PublicConcert {
                id: sale.id().clone(),
                definition: Arc::clone(&sale.row().definition),
                available_dates: sale.available_dates(now),
                status: sale.status(now),
                seat_limit: sale.seat_limit(state.settings()),
                free_seats: shown_stock(sale, now),
                policy: sale.policy(state.settings()),
                hold_seconds: state.settings().hold_seconds,
            })
        })
    }

    /// Up to `limit` concerts from number `from` on, drafts included, those of one status where it is named.
    pub fn concerts(&self, from: ConcertNo, limit: usize, status: Option<SaleStatus>) -> ConcertPage<ConcertNow> {
        let now = self.now();
        let is_meant = |sale: &&Sale| status.is_none_or(|status| sale.status(now) == status);
        self.read(|state| page(state.sales_from(from).filter(is_meant), limit, |sale| standing(state, sale, now)))
    }

    /// A concert as it stands, drafts included.
    pub fn concert(&self, concert: ConcertNo) -> Option<ConcertNow> {
        self.read(|state| Some(standing(state, state.sale(concert)?, self.now())))
    }

    /// The numbers of a sale.
    pub fn stats(&self, concert: ConcertNo) -> Option<Stats> {
        let now = self.now();
        self.read(|state| {
            let sale = state.sale(concert)?;
            let mut stats = sale.stats(now);
            stats.dates.iter_mut().for_each(|date| date.date = sale.row().definition.held_on(date.date));
            stats.dates.sort_unstable_by_key(|date| date.date);
            Some(stats)
        })
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

/// Free seats by the first date of each performance, where everybody may know them: none of a date that is called off.
fn shown_stock(sale: &Sale, now: Timestamp) -> Option<BTreeMap<CalendarDate, u32>> {
    let definition = &sale.row().definition;
    match definition.stock_display {
        StockDisplay::Shown => {
            let is_called_off = |date| definition.performance(date).is_some_and(|it| it.called_off.is_some());
            let buyable = |of: &DateStats| if is_called_off(of.date) { 0 } else { of.free };
            Some(sale.stats(now).dates.iter().map(|date| (date.date, buyable(date))).collect())
        }
        StockDisplay::Hidden => None,
    }
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
        prices: definition.prices(),
        translations: definition.translations.clone(),
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
