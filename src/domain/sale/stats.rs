//! The numbers of a sale, as its organiser asks for them.

use std::collections::BTreeMap;

use super::Sale;
use crate::domain::seats::DateStats;
use crate::domain::words::{CalendarDate, Timestamp};

/// The numbers of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    pub waiting: u64,
    pub active: u64,
    /// Places that were ever admitted.
    pub admitted: u64,
    pub admissions_per_minute: u64,
    /// Whole units of the currency, refunds taken off.
    pub revenue: u64,
    pub dates: Vec<DateStats>,
}

impl Sale {
    pub fn stats(&self, now: Timestamp) -> Stats {
        let mut lapsed = BTreeMap::<CalendarDate, u32>::new();
        self.lapsed(now).for_each(|key| *lapsed.entry(key.date).or_default() += 1);
        let dates: Vec<DateStats> = self.seats.stats(|date| lapsed.get(&date).copied().unwrap_or(0)).collect();
        Stats {
            waiting: self.queue.waiting().len() as u64,
            active: self.queue.active().len() as u64,
            admitted: self.counters.admitted,
            admissions_per_minute: self.admissions.within(now, 60_000),
            revenue: dates.iter().map(|date| date.revenue).sum(),
            dates,
        }
    }
}
