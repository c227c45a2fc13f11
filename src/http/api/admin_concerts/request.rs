//! A concert as the operator writes it, new or as a change.

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use super::called_off::OperatorCalledOffBody;
use super::sections::SectionRequest;
use crate::domain::SEATS_PER_DATE_MAX;
use crate::http::api::admin_queue::request::QueueRequest;
use crate::http::api::concerts::StatusBody;
use crate::http::request::Given;
use crate::http::values::kind::list_kinds;
use crate::http::values::{
    ByText, ConcertId, CurrencyCode, Date, Description, Instant, LanguageTag, Price, SeatLimit, SeatsOfDate,
    SectionName, TimeOfDay, TimeZone, Title, Truth, Venue,
};

/// Sections of a date: each has a seat at least.
const SECTIONS_MAX: usize = SEATS_PER_DATE_MAX as usize;

/// A new concert. Only `title` and `dates` are required.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConcertRequest {
    /// A UUID when none is given.
    pub concert_id: Option<ConcertId>,
    /// The server's `sale.time_zone`, by default its system's, when none is given.
    pub time_zone: Option<TimeZone>,
    /// That of the server, which `wallet.currency` sets; another one is refused.
    pub currency: Option<CurrencyCode>,
    pub title: Title,
    pub description: Option<Description>,
    pub venue: Option<Venue>,
    /// Before it users gather in a lobby.
    pub on_sale_at: Option<Instant>,
    /// When the sale closes by itself; after `onSaleAt`.
    pub closes_at: Option<Instant>,
    /// `draft` when none is given.
    pub status: Option<StatusBody>,
    /// The server's `sale.seat_limit` when none is given.
    pub seat_limit: Option<SeatLimit>,
    /// Whether tickets may be handed over to other users; not when none is given.
    #[schema(value_type = Option<bool>)]
    pub transfers: Option<Truth>,
    /// Whether everybody is told how many seats are left; `true` when it is not given.
    #[schema(value_type = Option<bool>)]
    pub show_stock: Option<Truth>,
    /// Its words in other languages, by language tag.
    #[schema(value_type = Option<BTreeMap<String, TranslationRequest>>)]
    pub translations: Option<Translations>,
    pub dates: Dates,
    pub queue: Option<QueueRequest>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    pub created_at: Option<IgnoredAny>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    pub updated_at: Option<IgnoredAny>,
}

/// What changes of a concert: absent keeps, `null` clears. Its id cannot be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConcertChangeRequest {
    /// The id of the path, when it is given.
    #[schema(read_only)]
    pub concert_id: Option<ConcertId>,
    /// Every date then begins at its time in the new zone.
    #[schema(value_type = Option<TimeZone>)]
    pub time_zone: Given<TimeZone>,
    /// That of the server, which `wallet.currency` sets; another one is refused.
    pub currency: Option<CurrencyCode>,
    #[schema(value_type = Option<Title>, nullable = false)]
    pub title: Given<Title>,
    #[schema(value_type = Option<Description>)]
    pub description: Given<Description>,
    #[schema(value_type = Option<Venue>)]
    pub venue: Given<Venue>,
    #[schema(value_type = Option<Instant>)]
    pub on_sale_at: Given<Instant>,
    /// After `onSaleAt`.
    #[schema(value_type = Option<Instant>)]
    pub closes_at: Given<Instant>,
    #[schema(value_type = Option<StatusBody>)]
    pub status: Given<StatusBody>,
    #[schema(value_type = Option<SeatLimit>)]
    pub seat_limit: Given<SeatLimit>,
    /// Whether tickets may be handed over to other users.
    #[schema(value_type = Option<bool>)]
    pub transfers: Given<Truth>,
    #[schema(value_type = Option<bool>)]
    pub show_stock: Given<Truth>,
    /// Replaced whole.
    #[schema(value_type = Option<BTreeMap<String, TranslationRequest>>)]
    pub translations: Given<Translations>,
    /// Replaced whole.
    #[schema(value_type = Option<Dates>, nullable = false)]
    pub dates: Given<Dates>,
    /// Replaced whole.
    #[schema(value_type = Option<QueueRequest>)]
    pub queue: Given<QueueRequest>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub created_at: Option<IgnoredAny>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub updated_at: Option<IgnoredAny>,
}

/// Words in other languages.
pub(super) type Translations = ByText<LanguageTag, TranslationRequest>;

/// The words of a concert in another language; what is absent stays as the concert says it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TranslationRequest {
    pub title: Option<Title>,
    pub description: Option<Description>,
    pub venue: Option<Venue>,
    /// Names of sections, by those of the concert.
    #[schema(value_type = Option<BTreeMap<String, SectionName>>)]
    pub sections: Option<ByText<SectionName, SectionName>>,
}

/// One performance: either `seats` and `price` (one section "A", rows of 10) or `sections`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DateRequest {
    /// Each date once.
    pub date: Date,
    /// Without it the date is bookable until the end of its day.
    pub starts_at: Option<TimeOfDay>,
    /// 50 when neither `seats` nor `sections` are given.
    pub seats: Option<SeatsOfDate>,
    /// Required without `sections`.
    pub price: Option<Price>,
    pub sections: Option<Sections>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub begins_at: Option<IgnoredAny>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Instant>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub bookable_until: Option<IgnoredAny>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<OperatorCalledOffBody>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub called_off: Option<IgnoredAny>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, value_type = Option<Date>)]
    #[expect(dead_code, reason = "it is only known, so that an answer can be sent back")]
    pub moved_from: Option<IgnoredAny>,
}

list_kinds! {
    /// The dates of a concert.
    Dates(DateRequest) = 1..=366_usize;
    /// Seats are numbered on through the sections, row by row.
    Sections(SectionRequest) = 1..=SECTIONS_MAX;
}

impl From<ConcertRequest> for ConcertChangeRequest {
    /// What a new concert changes of one of which nothing is known: `null` means the same as absent.
    fn from(new: ConcertRequest) -> Self {
        Self {
            concert_id: new.concert_id,
            time_zone: new.time_zone.into(),
            currency: new.currency,
            title: Given::Value(new.title),
            description: new.description.into(),
            venue: new.venue.into(),
            on_sale_at: new.on_sale_at.into(),
            closes_at: new.closes_at.into(),
            status: new.status.into(),
            seat_limit: new.seat_limit.into(),
            transfers: new.transfers.into(),
            show_stock: new.show_stock.into(),
            translations: new.translations.into(),
            dates: Given::Value(new.dates),
            queue: new.queue.into(),
            created_at: new.created_at,
            updated_at: new.updated_at,
        }
    }
}
