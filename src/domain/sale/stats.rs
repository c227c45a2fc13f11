//! The numbers of a sale, as its organiser asks for them.

use crate::domain::seats::DateStats;

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
