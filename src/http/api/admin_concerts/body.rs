//! A concert and its numbers as the operator sees them. What is answered can be sent back as a change.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::{write_instant, write_time_of_day};
use crate::domain::{ConcertRow, Layout, Performance, SaleStatus, Settings, WallTime};
use crate::http::api::admin_queue::QueueBody;
use crate::http::api::concerts::StatusBody;

/// A page of concerts, drafts included.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorConcertListBody {
    pub concerts: Vec<OperatorConcertBody>,
    /// `null` at the end.
    pub next_cursor: Option<String>,
}

/// A concert with everything that its organiser decides.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorConcertBody {
    pub concert_id: String,
    pub title: String,
    pub description: Option<String>,
    pub venue: Option<String>,
    pub time_zone: String,
    pub on_sale_at: Option<String>,
    pub closes_at: Option<String>,
    pub status: StatusBody,
    /// The limit in force.
    pub seat_limit: u32,
    /// An ISO 4217 code: `wallet.currency`. Prices count its smallest unit.
    pub currency: String,
    pub dates: Vec<OperatorDateBody>,
    /// The policy in force.
    pub queue: QueueBody,
    pub created_at: String,
    pub updated_at: String,
}

/// A date as it was written: with a `price`, or with `sections`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorDateBody {
    pub date: String,
    pub starts_at: Option<String>,
    /// The instant of `startsAt`; of a time that clocks show twice it is the first.
    pub begins_at: Option<String>,
    /// Until when it can be booked: until it begins, without `startsAt` until its day ends in the concert's zone.
    pub bookable_until: String,
    pub seats: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sections: Option<Vec<OperatorSectionBody>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorSectionBody {
    pub name: String,
    pub rows: u32,
    pub seats_per_row: u32,
    pub price: u32,
}

impl OperatorConcertBody {
    pub fn of(row: &ConcertRow, status: SaleStatus, settings: &Settings) -> Self {
        let definition = &row.definition;
        Self {
            concert_id: row.id.to_string(),
            title: definition.title.clone(),
            description: definition.description.clone(),
            venue: definition.venue.clone(),
            time_zone: definition.time_zone.clone(),
            on_sale_at: definition.on_sale_at.map(write_instant),
            closes_at: definition.closes_at.map(write_instant),
            status: status.into(),
            seat_limit: definition.seat_limit.unwrap_or(settings.seat_limit),
            currency: settings.currency.to_string(),
            dates: definition.performances.iter().map(OperatorDateBody::of).collect(),
            queue: QueueBody::of(&definition.queue, settings),
            created_at: write_instant(row.created_at),
            updated_at: write_instant(row.updated_at),
        }
    }
}

impl OperatorDateBody {
    fn of(performance: &Performance) -> Self {
        let (price, sections) = match &performance.layout {
            Layout::Plain { price, .. } => (Some(*price), None),
            Layout::Sections(sections) => {
                let written = sections.iter().map(|section| OperatorSectionBody {
                    name: section.name.clone(),
                    rows: section.rows,
                    seats_per_row: section.seats_per_row,
                    price: section.price,
                });
                (None, Some(written.collect()))
            }
        };
        Self {
            date: performance.date.to_string(),
            starts_at: performance.starts_at_minutes.map(write_time_of_day),
            begins_at: performance.starts_at_minutes.map(|_| write_instant(performance.bookable_until)),
            bookable_until: write_instant(performance.bookable_until),
            seats: performance.layout.seats(),
            price,
            sections,
        }
    }
}

/// The status of a concert at `now`, its closing time included.
pub fn status_at(row: &ConcertRow, now: WallTime) -> SaleStatus {
    match row.definition.status {
        SaleStatus::OnSale if row.definition.closes_at.is_some_and(|at| at <= now) => SaleStatus::Closed,
        SaleStatus::Draft | SaleStatus::OnSale | SaleStatus::Closed => row.definition.status,
    }
}
