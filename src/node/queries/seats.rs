//! The dates of a concert on which there are seats, and what seats are called.

use std::sync::Arc;

use crate::domain::{CalendarDate, ConcertNo, Definition, SeatKey, SeatWords, Spot};
use crate::node::handle::Handle;
use crate::replica::StatesNow;

impl Handle {
    /// The bookable dates of a concert with at least one free seat, ascending.
    pub fn available_dates(&self, concert: ConcertNo) -> Vec<CalendarDate> {
        let now = self.now();
        self.read(|state| state.sale(concert).map(|sale| sale.available_dates(now))).unwrap_or_default()
    }

    /// The bookable dates of a concert, ascending, each behind the first date of its performance.
    pub fn bookable_dates(&self, concert: ConcertNo) -> Vec<(CalendarDate, CalendarDate)> {
        let now = self.now();
        let mut dates: Vec<(CalendarDate, CalendarDate)> = self.read(|state| {
            let bookable = state.sale(concert).into_iter().flat_map(|sale| sale.bookable(now));
            bookable.map(|performance| (performance.date, performance.held_on())).collect()
        });
        dates.sort_unstable_by_key(|(_, held_on)| *held_on);
        dates
    }

    /// The first date of the performance that takes place on `date`. Where none does, also where one was moved from it,
    /// that is a date which no concert has.
    pub fn first_date(&self, concert: ConcertNo, date: CalendarDate) -> CalendarDate {
        let definition = self.definition(concert);
        definition.and_then(|definition| definition.first_date_of(date)).unwrap_or(CalendarDate::FIRST)
    }

    /// When a performance takes place that rows name by `date`.
    pub fn held_on(&self, concert: ConcertNo, date: CalendarDate) -> CalendarDate {
        self.definition(concert).map_or(date, |definition| definition.held_on(date))
    }

    /// How the seats of a date stand; `None` when the concert has no such date.
    pub fn seat_states(&self, of: (ConcertNo, CalendarDate)) -> Option<StatesNow> {
        self.shared.replica.seat_states(of, self.now())
    }

    /// What seats of a concert are called as its plan stands; `None` for one that it does not have.
    pub fn seat_words(&self, concert: ConcertNo, seats: &[SeatKey]) -> Vec<Option<SeatWords>> {
        let definition = self.definition(concert);
        let words = |key: &SeatKey| Spot::of_concert(definition.as_deref()?, *key).map(|spot| spot.words());
        seats.iter().map(words).collect()
    }

    fn definition(&self, concert: ConcertNo) -> Option<Arc<Definition>> {
        self.shared.replica.projections().definition(concert)
    }
}
