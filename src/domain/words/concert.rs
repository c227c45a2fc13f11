//! What an organiser says about a concert: dates, seats, prices, opening times, queue policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::settings::Settings;
use super::time::{CalendarDate, WallTime};

/// Everything about a concert that its organiser decides. Instants were computed in its time zone when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub title: String,
    pub description: Option<String>,
    pub venue: Option<String>,
    /// An IANA name such as `Asia/Seoul`.
    pub time_zone: String,
    /// Before it users gather in a lobby; `None` opens with the status.
    pub on_sale_at: Option<WallTime>,
    /// When the sale closes by itself.
    pub closes_at: Option<WallTime>,
    pub status: SaleStatus,
    /// Seats that one user may hold and own; `None` is the server's setting.
    pub seat_limit: Option<u32>,
    /// Whether tickets may be handed over.
    pub transfers: Transfers,
    /// Ascending by first date, each date once, at least one.
    pub performances: Vec<Performance>,
    pub stock_display: StockDisplay,
    /// Its words in other languages, by language tag.
    pub translations: BTreeMap<String, Translation>,
    pub queue: QueuePolicy,
}

/// The words of a concert in another language; what is absent stays as the concert says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    pub title: Option<String>,
    pub description: Option<String>,
    pub venue: Option<String>,
    /// Names of sections by those of the concert.
    pub sections: BTreeMap<String, String>,
}

/// Whether everybody is told how many seats are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockDisplay {
    #[default]
    Shown,
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaleStatus {
    /// Not listed, no queue.
    Draft,
    OnSale,
    Closed,
}

/// Whether whoever has a ticket may hand it over to another user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transfers {
    #[default]
    Forbidden,
    Allowed,
}

/// One performance of a concert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performance {
    /// The date that it was first announced for. Rows name it by this date for good.
    pub date: CalendarDate,
    /// Where it was moved to, when it is not held on its first date.
    pub moved_to: Option<CalendarDate>,
    /// Set for good once it is called off.
    pub called_off: Option<CalledOff>,
    /// Minutes after midnight in the concert's zone; `None` when only the day is known.
    pub starts_at_minutes: Option<u32>,
    /// The instant at which it begins (without a time: the end of its day); from then on nothing new is reserved.
    pub bookable_until: WallTime,
    pub layout: Layout,
}

/// Why a date does not take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledOff {
    /// What buyers are told.
    pub reason: String,
    pub at: WallTime,
}

/// How seats and money of a date that is called off go back. What is still sold is what is left to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallingOff {
    /// Payments whose seats of the date were given back.
    pub payments: u64,
    pub seats: u64,
    pub amount: u64,
    pub finished_at: Option<WallTime>,
}

/// A number that a concert takes from the server, switches off, or sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    #[default]
    Server,
    Off,
    Set(u32),
}

impl Limit {
    /// The number in force beside the server's; `None` is off.
    pub fn or(self, server: Option<u32>) -> Option<u32> {
        match self {
            Self::Server => server,
            Self::Off => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// By what order the lobby is admitted at opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    #[default]
    Arrival,
}

/// Whether those who wait are admitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admission {
    /// As the limits of the policy allow.
    #[default]
    Running,
    /// Nobody is; those inside go on, and nobody is abandoned meanwhile.
    Paused,
}

/// What a concert says about its queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePolicy {
    pub max_active: Limit,
    pub admit_count: Limit,
    pub admit_interval: Limit,
    pub active_seconds: Limit,
    pub abandon_seconds: Limit,
    pub order: Order,
    pub admission: Admission,
}

/// A queue policy with the server's settings filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub max_active: Option<u32>,
    /// At most so many admissions within any window of so many seconds.
    pub admit: Option<(u32, u32)>,
    pub active_seconds: u32,
    pub abandon_seconds: Option<u32>,
}

impl QueuePolicy {
    /// The policy as it stands under `settings`.
    pub fn effective(&self, settings: &Settings) -> Policy {
        let count = self.admit_count.or(settings.admit_count);
        let interval = self.admit_interval.or(Some(settings.admit_interval));
        Policy {
            max_active: self.max_active.or(settings.max_active),
            admit: count.zip(interval),
            active_seconds: self.active_seconds.or(None).unwrap_or(settings.active_seconds),
            abandon_seconds: self.abandon_seconds.or(settings.abandon_seconds),
        }
    }
}

impl Performance {
    /// The date on which it takes place.
    pub fn held_on(&self) -> CalendarDate {
        self.moved_to.unwrap_or(self.date)
    }
}

impl Definition {
    /// The first date of the performance that takes place on `date`, by which rows name it.
    pub fn first_date_of(&self, date: CalendarDate) -> Option<CalendarDate> {
        self.performances.iter().find(|performance| performance.held_on() == date).map(|performance| performance.date)
    }

    /// When a performance takes place that rows name by `date`.
    pub fn held_on(&self, date: CalendarDate) -> CalendarDate {
        self.performance(date).map_or(date, Performance::held_on)
    }

    /// The status when the wall clock shows `wall`, the closing time included.
    pub fn status_at(&self, wall: WallTime) -> SaleStatus {
        match self.status {
            SaleStatus::OnSale if self.closes_at.is_some_and(|at| at <= wall) => SaleStatus::Closed,
            status @ (SaleStatus::Draft | SaleStatus::OnSale | SaleStatus::Closed) => status,
        }
    }

    /// The performances by the day on which each takes place, ascending: the order in which they are told. Rows, and so
    /// `performances`, go by the first date of each.
    pub fn by_day(&self) -> Vec<&Performance> {
        let mut performances: Vec<&Performance> = self.performances.iter().collect();
        performances.sort_by_key(|performance| performance.held_on());
        performances
    }

    /// The lowest and the highest price of a seat on the dates that take place, or on all when none does.
    pub fn prices(&self) -> (u32, u32) {
        let is_called_off = |performance: &&Performance| performance.called_off.is_some();
        let are_all_called_off = self.performances.iter().all(|performance| is_called_off(&performance));
        let counted = self.performances.iter().filter(|it| are_all_called_off || !is_called_off(it));
        let blocks = counted.flat_map(|performance| performance.layout.blocks());
        let (low, high) =
            blocks.fold((u32::MAX, 0), |(low, high), block| (low.min(block.price), high.max(block.price)));
        (low.min(high), high)
    }

    /// The performance on `date`.
    pub fn performance(&self, date: CalendarDate) -> Option<&Performance> {
        self.performances
            .binary_search_by_key(&date, |performance| performance.date)
            .ok()
            .map(|at| &self.performances[at])
    }
}
