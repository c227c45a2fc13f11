//! The dates of a concert on which there are seats.

use crate::domain::{CalendarDate, ConcertNo};
use crate::node::handle::Handle;

impl Handle {
    /// The bookable dates of a concert with at least one free seat, ascending.
    pub fn available_dates(&self, concert: ConcertNo) -> Vec<CalendarDate> {
        let now = self.now();
        self.read(|state| state.sale(concert).map(|sale| sale.available_dates(now))).unwrap_or_default()
    }

    /// The bookable dates of a concert, ascending.
    pub fn bookable_dates(&self, concert: ConcertNo) -> Vec<CalendarDate> {
        let now = self.now();
        self.read(|state| {
            let bookable = state.sale(concert).into_iter().flat_map(|sale| sale.bookable(now));
            bookable.map(|performance| performance.date).collect()
        })
    }
}
