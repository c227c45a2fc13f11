//! The numbers of a sale.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Stats;
use crate::http::values::{Amount, Date};

/// The numbers of a sale.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatsBody {
    pub waiting: u64,
    pub active: u64,
    /// Places that were ever admitted.
    pub admitted: u64,
    pub dates: Vec<DateStatsBody>,
    /// Whole units of the currency, refunds taken off.
    #[schema(value_type = Amount)]
    pub revenue: u64,
    /// Admissions within the last minute.
    pub admissions_per_minute: u64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DateStatsBody {
    pub date: Date,
    pub free: u32,
    pub held: u32,
    pub sold: u32,
    /// Kept back by the organiser.
    pub blocked: u32,
    #[schema(value_type = Amount)]
    pub revenue: u64,
}

impl From<Stats> for StatsBody {
    fn from(stats: Stats) -> Self {
        let dates = stats.dates.iter().map(|date| DateStatsBody {
            date: Date(date.date),
            free: date.free,
            held: date.held,
            sold: date.sold,
            blocked: date.blocked,
            revenue: date.revenue,
        });
        Self {
            waiting: stats.waiting,
            active: stats.active,
            admitted: stats.admitted,
            dates: dates.collect(),
            revenue: stats.revenue,
            admissions_per_minute: stats.admissions_per_minute,
        }
    }
}
