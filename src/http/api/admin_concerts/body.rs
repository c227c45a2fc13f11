//! A concert and its numbers as the operator sees them. What is answered can be sent back as a change.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::called_off::{LeftToRefundBody, OperatorCalledOffBody, RefundedSoFarBody};
use super::sections::OperatorSectionBody;
use crate::domain::{ConcertRow, Layout, Performance, SaleStatus, Settings, StockDisplay, Transfers};
use crate::http::api::admin_queue::body::QueueBody;
use crate::http::api::concerts::{StatusBody, TranslationBody, translations};
use crate::http::request::page::Cursor;
use crate::http::values::{
    self, CurrencyCode, Date, Description, Instant, Price, SeatLimit, SeatsOfDate, TimeOfDay, TimeZone, Title, Venue,
};
use crate::node::DateProgress;

/// A page of concerts, drafts included.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperatorConcertListBody {
    pub concerts: Vec<OperatorConcertBody>,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// A concert with everything that its organiser decides.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorConcertBody {
    pub concert_id: values::ConcertId,
    #[schema(value_type = Title)]
    pub title: String,
    #[schema(value_type = Option<Description>)]
    pub description: Option<String>,
    #[schema(value_type = Option<Venue>)]
    pub venue: Option<String>,
    #[schema(value_type = TimeZone)]
    pub time_zone: String,
    pub on_sale_at: Option<Instant>,
    pub closes_at: Option<Instant>,
    pub status: StatusBody,
    /// The limit in force.
    pub seat_limit: SeatLimit,
    /// Whether tickets may be handed over to other users.
    pub transfers: bool,
    /// Whether everybody is told how many seats are left.
    pub show_stock: bool,
    pub translations: BTreeMap<String, TranslationBody>,
    /// An ISO 4217 code: `wallet.currency`. Prices count its smallest unit.
    pub currency: CurrencyCode,
    /// Ascending.
    pub dates: Vec<OperatorDateBody>,
    /// The policy in force.
    pub queue: QueueBody,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A date as it was written: with a `price`, or with `sections`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorDateBody {
    pub date: Date,
    /// When it was announced for first, if it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
    pub starts_at: Option<TimeOfDay>,
    /// The instant of `startsAt`; of a time that clocks show twice it is the first.
    pub begins_at: Option<Instant>,
    /// Until when it can be booked: until it begins, without `startsAt` until its day ends in the concert's zone.
    pub bookable_until: Instant,
    /// There once it is called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub called_off: Option<OperatorCalledOffBody>,
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub price: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sections: Option<Vec<OperatorSectionBody>>,
}

impl OperatorConcertBody {
    pub(crate) fn of(row: &ConcertRow, status: SaleStatus, settings: &Settings) -> Self {
        let definition = &row.definition;
        Self {
            concert_id: values::ConcertId(row.id.clone()),
            title: definition.title.clone(),
            description: definition.description.clone(),
            venue: definition.venue.clone(),
            time_zone: definition.time_zone.clone(),
            on_sale_at: definition.on_sale_at.map(Instant),
            closes_at: definition.closes_at.map(Instant),
            status: status.into(),
            seat_limit: SeatLimit(definition.seat_limit.unwrap_or(settings.seat_limit)),
            show_stock: definition.stock_display == StockDisplay::Shown,
            translations: translations(definition.translations.clone()),
            transfers: definition.transfers == Transfers::Allowed,
            currency: CurrencyCode(settings.currency.to_string()),
            dates: definition.by_day().into_iter().map(OperatorDateBody::of).collect(),
            queue: QueueBody::of(&definition.queue, settings),
            created_at: Instant(row.created_at),
            updated_at: Instant(row.updated_at),
        }
    }
}

impl OperatorConcertBody {
    /// Adds how far the money of called-off dates has gone back.
    pub(super) fn tell_progress(&mut self, progress: &[DateProgress]) {
        for of_date in progress {
            let date = self
                .dates
                .iter_mut()
                .find(|date| date.moved_from.as_ref().unwrap_or(&date.date) == &Date(of_date.date));
            if let Some(called_off) = date.and_then(|date| date.called_off.as_mut()) {
                called_off.refunded = Some(RefundedSoFarBody::of(&of_date.progress));
                called_off.left = Some(LeftToRefundBody::of(of_date));
                called_off.finished_at = of_date.progress.finished_at.map(Instant);
            }
        }
    }
}

impl OperatorDateBody {
    fn of(performance: &Performance) -> Self {
        let (price, sections) = match &performance.layout {
            Layout::Plain { price, .. } => (Some(*price), None),
            Layout::Sections(sections) => (None, Some(sections.iter().map(OperatorSectionBody::of).collect())),
        };
        Self {
            date: Date(performance.held_on()),
            moved_from: performance.moved_to.map(|_| Date(performance.date)),
            starts_at: performance.starts_at_minutes.map(TimeOfDay),
            begins_at: performance.starts_at_minutes.map(|_| Instant(performance.bookable_until)),
            bookable_until: Instant(performance.bookable_until),
            called_off: performance.called_off.as_ref().map(OperatorCalledOffBody::of),
            seats: performance.layout.seats(),
            price: price.map(Price),
            sections,
        }
    }
}
