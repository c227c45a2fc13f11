//! A concert as everybody sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Currency, Performance, SaleStatus, Transfers, Translation};
use crate::http::api::admin_queue::limits::{PlaceSeconds, QueueOrder};
use crate::http::api::seats::AvailableBody;
use crate::http::request::page::Cursor;
use crate::http::values::{
    self, CurrencyCode, Date, Description, Instant, Price, SeatLimit, SeatNumber, SeatsOfDate, SectionName, TimeOfDay,
    TimeZone, Title, Venue,
};
use crate::node::{ConcertSummary, PublicConcert};

/// A page of concerts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConcertListBody {
    pub concerts: Vec<ConcertSummaryBody>,
    /// `null` at the end.
    #[schema(value_type = Option<Cursor>)]
    pub next_cursor: Option<String>,
}

/// A concert in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConcertSummaryBody {
    pub concert_id: values::ConcertId,
    #[schema(value_type = Title)]
    pub title: String,
    #[schema(value_type = Option<Description>)]
    pub description: Option<String>,
    #[schema(value_type = Option<Venue>)]
    pub venue: Option<String>,
    /// The bookable dates with a free seat, ascending.
    pub available_dates: Vec<Date>,
    pub on_sale_at: Option<Instant>,
    pub status: StatusBody,
    /// An ISO 4217 code.
    pub currency: CurrencyCode,
    /// The lowest price of a seat.
    pub price_from: Price,
    /// The highest price of a seat.
    pub price_to: Price,
    /// Its words in other languages, by language tag.
    pub translations: BTreeMap<String, TranslationBody>,
}

/// A concert with its dates, sections, rows and prices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConcertBody {
    pub concert_id: values::ConcertId,
    #[schema(value_type = Title)]
    pub title: String,
    #[schema(value_type = Option<Description>)]
    pub description: Option<String>,
    #[schema(value_type = Option<Venue>)]
    pub venue: Option<String>,
    /// An IANA name.
    #[schema(value_type = TimeZone)]
    pub time_zone: String,
    /// Before it users gather in a lobby.
    pub on_sale_at: Option<Instant>,
    /// When the sale closes by itself.
    pub closes_at: Option<Instant>,
    pub status: StatusBody,
    /// Seats that one user may hold and own, over all dates.
    pub seat_limit: SeatLimit,
    /// Whether tickets may be handed over to other users.
    pub transfers: bool,
    /// An ISO 4217 code; prices count its smallest unit.
    pub currency: CurrencyCode,
    /// The lowest price of a seat.
    pub price_from: Price,
    /// The highest price of a seat.
    pub price_to: Price,
    /// By what order those who wait are admitted.
    pub order: QueueOrder,
    /// Seconds for which a seat is held.
    #[schema(value_type = PlaceSeconds)]
    pub hold_seconds: u32,
    /// Seconds within which an admitted user chooses and holds seats.
    #[schema(value_type = PlaceSeconds)]
    pub active_seconds: u32,
    /// Its words in other languages, by language tag.
    pub translations: BTreeMap<String, TranslationBody>,
    /// The bookable dates with a free seat, ascending.
    pub available_dates: Vec<Date>,
    /// Every date, ascending, those that have begun included.
    pub dates: Vec<DateBody>,
}

/// The words of a concert in another language; what is absent stays as the concert says it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TranslationBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Title>, nullable = false)]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Description>, nullable = false)]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Venue>, nullable = false)]
    pub venue: Option<String>,
    /// Names of sections, by those of the concert.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Option<BTreeMap<String, SectionName>>, nullable = false)]
    pub sections: BTreeMap<String, String>,
}

/// One performance.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DateBody {
    pub date: Date,
    /// When it was announced for first, if it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub moved_from: Option<Date>,
    /// `HH:MM` in the concert's zone.
    pub starts_at: Option<TimeOfDay>,
    /// The instant of `startsAt`; of a time that clocks show twice it is the first.
    pub begins_at: Option<Instant>,
    /// Until when it can be booked: until it begins, without `startsAt` until its day ends in the concert's zone.
    pub bookable_until: Instant,
    /// There once it is called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub called_off: Option<CalledOffBody>,
    /// Seats are numbered from 1 to this.
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
    /// Absent where the concert has `"showStock": false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub free_seats: Option<u32>,
    /// The price of every seat, when there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub price: Option<Price>,
    pub sections: Vec<SectionBody>,
}

/// That a date does not take place, and why.
#[derive(Serialize, ToSchema)]
pub(super) struct CalledOffBody {
    pub reason: String,
    pub at: Instant,
}

/// A section; its seats are numbered on from `firstSeat`, row by row.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SectionBody {
    #[schema(value_type = SectionName)]
    pub name: String,
    #[schema(value_type = SeatsOfDate)]
    pub rows: u32,
    /// Left out where rows have their own numbers of seats: the plan tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SeatsOfDate>, nullable = false)]
    pub seats_per_row: Option<u32>,
    pub price: Price,
    #[schema(value_type = SeatNumber)]
    pub first_seat: u32,
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
}

/// Whether a concert is on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusBody {
    Draft,
    OnSale,
    Closed,
}

/// The free seats of every bookable date.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AvailabilityBody {
    pub concert_id: values::ConcertId,
    /// Ascending; a sold-out date has no seats here.
    pub dates: Vec<AvailableBody>,
}

impl StatusBody {
    /// As it is written.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::OnSale => "on_sale",
            Self::Closed => "closed",
        }
    }
}

impl From<SaleStatus> for StatusBody {
    fn from(status: SaleStatus) -> Self {
        match status {
            SaleStatus::Draft => Self::Draft,
            SaleStatus::OnSale => Self::OnSale,
            SaleStatus::Closed => Self::Closed,
        }
    }
}

impl ConcertSummaryBody {
    pub(super) fn of(concert: ConcertSummary, currency: Currency) -> Self {
        Self {
            concert_id: values::ConcertId(concert.id),
            title: concert.title,
            description: concert.description,
            venue: concert.venue,
            available_dates: concert.available_dates.into_iter().map(Date).collect(),
            on_sale_at: concert.on_sale_at.map(Instant),
            status: concert.status.into(),
            currency: CurrencyCode(currency.to_string()),
            price_from: Price(concert.prices.0),
            price_to: Price(concert.prices.1),
            translations: translations(concert.translations),
        }
    }
}

/// Words in other languages, as they are answered.
pub(crate) fn translations(all: BTreeMap<String, Translation>) -> BTreeMap<String, TranslationBody> {
    let told = all.into_iter().map(|(language, words)| {
        let Translation { title, description, venue, sections } = words;
        (language, TranslationBody { title, description, venue, sections })
    });
    told.collect()
}

impl ConcertBody {
    pub(super) fn of(concert: PublicConcert, currency: Currency) -> Self {
        let definition = concert.definition;
        let (price_from, price_to) = definition.prices();
        let free = |date| concert.free_seats.as_ref().map(|free| free[&date]);
        let date = |performance: &Performance| DateBody::of(performance, free(performance.date));
        let dates = definition.by_day().into_iter().map(date).collect();
        Self {
            concert_id: values::ConcertId(concert.id),
            title: definition.title.clone(),
            description: definition.description.clone(),
            venue: definition.venue.clone(),
            time_zone: definition.time_zone.clone(),
            on_sale_at: definition.on_sale_at.map(Instant),
            closes_at: definition.closes_at.map(Instant),
            status: concert.status.into(),
            seat_limit: SeatLimit(concert.seat_limit),
            transfers: definition.transfers == Transfers::Allowed,
            currency: CurrencyCode(currency.to_string()),
            price_from: Price(price_from),
            price_to: Price(price_to),
            order: QueueOrder(definition.queue.order),
            hold_seconds: concert.hold_seconds,
            active_seconds: concert.policy.active_seconds,
            available_dates: concert.available_dates.into_iter().map(Date).collect(),
            dates,
            translations: translations(definition.translations.clone()),
        }
    }
}

impl DateBody {
    fn of(performance: &Performance, free_seats: Option<u32>) -> Self {
        let sections: Vec<SectionBody> = performance
            .layout
            .blocks()
            .map(|block| SectionBody {
                name: block.name.to_owned(),
                rows: block.row_count(),
                seats_per_row: block.seats_per_row(),
                price: Price(block.price),
                first_seat: block.first,
                seats: block.seats,
            })
            .collect();
        let price = sections.first().map(|section| section.price);
        let is_only_price = sections.iter().all(|section| Some(section.price) == price);
        Self {
            date: Date(performance.held_on()),
            moved_from: performance.moved_to.map(|_| Date(performance.date)),
            starts_at: performance.starts_at_minutes.map(TimeOfDay),
            begins_at: performance.starts_at_minutes.map(|_| Instant(performance.bookable_until)),
            bookable_until: Instant(performance.bookable_until),
            called_off: performance
                .called_off
                .as_ref()
                .map(|called_off| CalledOffBody { reason: called_off.reason.clone(), at: Instant(called_off.at) }),
            seats: performance.layout.seats(),
            free_seats,
            price: price.filter(|_| is_only_price),
            sections,
        }
    }
}
