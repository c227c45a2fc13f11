//! The server's settings that decide what a command does. They enter the log as a command of their own,
//! so that a replay under other settings still gives what was answered.

use serde::{Deserialize, Serialize};

use super::money::Currency;

/// What `config.toml` says about queue, holds, money and events; durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How long a hold lasts.
    pub hold_seconds: u32,
    /// ACTIVE places at once for a concert that does not say; `None` is no limit.
    pub max_active: Option<u32>,
    /// Admissions within any `admit_interval` for a concert that does not say; `None` is no limit.
    pub admit_count: Option<u32>,
    pub admit_interval: u32,
    /// How long an ACTIVE place lasts.
    pub active_seconds: u32,
    /// A WAITING place that is not seen for so long is abandoned; `None` is never.
    pub abandon_seconds: Option<u32>,
    /// An admitted place that is not seen for so long after its admission ends; `None` is never.
    pub claim_seconds: Option<u32>,
    /// Whether a place ends when its last hold lapses.
    pub end_on_hold_lapse: bool,
    /// The largest single charge.
    pub charge_max: u64,
    /// What every amount counts the smallest unit of. Data keeps the one that it began with: [`super::Totals::currency`].
    pub currency: Currency,
    /// Seats of a concert that one user may hold and own.
    pub seat_limit: u32,
    /// Events older than so many days are dropped.
    pub events_keep_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hold_seconds: 300,
            max_active: Some(100),
            admit_count: None,
            admit_interval: 10,
            active_seconds: 600,
            abandon_seconds: Some(300),
            claim_seconds: Some(90),
            end_on_hold_lapse: true,
            charge_max: 10_000_000,
            currency: Currency::KRW,
            seat_limit: 4,
            events_keep_days: 30,
        }
    }
}
