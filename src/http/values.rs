//! Kinds of values that several endpoints take or answer: what one call answers, the next one takes. UUIDs come in either
//! case and go out in lower case.

pub(super) mod decimal;
pub(super) mod geometry;
pub(super) mod kind;
mod seat_number;
mod seat_numbers;

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono_tz::Tz;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat};
use uuid::Uuid;

use crate::calendar::{read_instant, read_time_of_day, write_instant, write_time_of_day};
use crate::domain::{self, BALANCE_MAX, CalendarDate, EndReason, SEATS_PER_DATE_MAX, WallTime};
use crate::http::problem::Problem;
use crate::http::problem::{END_REASONS, end_word};
use crate::random_ids::random_id;

use kind::{bounded_texts, integer_kinds, text_kinds, written_kinds};

pub(crate) use kind::{Form, IntegerKind};
pub(super) use kind::{Kind, TextKind};
pub(crate) use seat_number::SeatNumber;
pub(super) use seat_numbers::SEATS_A_USER_MAX;
pub(crate) use seat_numbers::SeatNumbers;

/// Characters of a UUID with its hyphens.
const UUID_LENGTH: usize = 36;
const UUID: &str = "a UUID of 36 characters";
const TITLE_LENGTH_MAX: usize = 200;
/// RFC 5646 (section 4.4.1) has room for so much in buffers.
const LANGUAGE_TAG_LENGTH_MAX: usize = 35;
/// Highest price of a seat.
const PRICE_MAX: u32 = 10_000_000;

text_kinds! {
    /// A user.
    UserId(domain::UserId) = UUID, |text| read_uuid(text).map(domain::UserId), uuid_schema;
    /// A payment.
    PaymentId(domain::PaymentId) = UUID, |text| read_uuid(text).map(domain::PaymentId),
        uuid_schema;
    /// A ticket for one seat.
    TicketId(domain::TicketId) = UUID, |text| read_uuid(text).map(domain::TicketId),
        uuid_schema;
    /// The key of an operator: a UUID, or `owner` for that of the data folder.
    KeyId(domain::KeyId) = "a UUID of 36 characters, or owner", read_key_id,
        |schema| schema.pattern(Some("^(owner|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"));
    /// What an operator may do.
    RoleWord(domain::Role) = "one of viewer, door, box_office, manager, owner",
        |text| domain::Role::ALL.into_iter().find(|role| role.word() == text),
        |schema| schema.enum_values(Some(domain::Role::ALL.map(domain::Role::word)));
    /// A concert: 1 to 64 of `a-z 0-9 -`.
    ConcertId(domain::ConcertId) = "1 to 64 of a-z, 0-9 and -", read_concert_id,
        |schema| schema.min_length(Some(1)).max_length(Some(domain::ConcertId::LENGTH_MAX)).pattern(Some("^[a-z0-9-]+$"));
    /// A calendar date in the concert's zone.
    Date(CalendarDate) = "a calendar date written as YYYY-MM-DD", CalendarDate::parse,
        |schema| schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    /// An instant: any offset when it is sent, UTC with milliseconds when it is answered.
    Instant(WallTime) = "an RFC 3339 time such as 2030-12-01T09:00:00.000Z", read_instant,
        |schema| schema.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    /// Why a place has ended.
    EndWord(EndReason) = "why a place has ended", |word| END_REASONS.into_iter().find(|why| end_word(*why) == word),
        |schema| schema.enum_values(Some(END_REASONS.map(end_word)));
    /// What the QR of a ticket holds: 130 characters of the alphanumeric set of QR codes.
    TicketCodeText(String) = "the code of a ticket", |text| Some(text.to_owned()),
        |schema| schema.pattern(Some("^J[0-9A-Z $%*+./:-]{129}$"));
    /// What accepting a ticket takes, as whoever offered it was told.
    TransferCode((domain::TicketId, u128)) = "the code of an offer, of 43 characters", read_transfer_code,
        |schema| schema.pattern(Some("^[0-9A-Za-z_-]{43}$"));
    /// An IANA name.
    TimeZone(Tz) = "an IANA time zone such as Asia/Seoul", |text| text.parse().ok(), |schema| schema;
    /// A time of day, `HH:MM`, that clocks of the concert's zone show on that date.
    TimeOfDay(u32) = "a time of day written as HH:MM", read_time_of_day,
        |schema| schema.pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"));
    /// An ISO 4217 code.
    CurrencyCode(String) = "an ISO 4217 code", |text| Some(text.to_owned()), |schema| schema.pattern(Some("^[A-Z]{3}$"));
    /// The title of a concert, not only blanks.
    Title(String) = format_args!("a text without control characters of 1 to {TITLE_LENGTH_MAX} characters, not only blanks"),
        |text| {
            let fits = text.chars().count() <= TITLE_LENGTH_MAX && !text.trim().is_empty();
            (fits && Form::Line.admits(text)).then(|| text.to_owned())
        },
        |schema| schema.min_length(Some(1)).max_length(Some(TITLE_LENGTH_MAX));
}

text_kinds! {
    /// A language (BCP 47), such as `en` or `pt-BR`.
    LanguageTag(String) = "a language tag such as en or pt-BR", |text| is_language_tag(text).then(|| text.to_owned()),
        |schema| schema.pattern(Some("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")).max_length(Some(LANGUAGE_TAG_LENGTH_MAX));
}

bounded_texts! {
    /// The name of a section of a date.
    SectionName = Form::Line, 1..=64_usize;
    /// What a row is called.
    RowLabel = Form::Line, 1..=16_usize;
    /// What there is to say of a concert; it may run over several lines.
    Description = Form::Text, 0..=5_000_usize;
    /// Where it takes place.
    Venue = Form::Line, 0..=200_usize;
}

integer_kinds! {
    /// Money, in the smallest unit of the currency.
    Amount(u64) = 0..=BALANCE_MAX;
    /// What a seat costs, in the smallest unit of the currency.
    Price(u32) = 0..=PRICE_MAX;
    /// Seats of one user over all dates of a concert.
    SeatLimit(u32) = 1..=SEATS_A_USER_MAX;
    /// Seats of a date, rows of a section, or seats of a row: a date has at most so many seats.
    SeatsOfDate(u32) = 1..=SEATS_PER_DATE_MAX;
}

written_kinds! {
    UserId as |id: &domain::UserId| Uuid::from_u128(id.0);
    PaymentId as |id: &domain::PaymentId| Uuid::from_u128(id.0);
    TicketId as |id: &domain::TicketId| Uuid::from_u128(id.0);
    KeyId as |key: &domain::KeyId| write_key_id(*key);
    RoleWord as |role: &domain::Role| role.word();
    ConcertId as domain::ConcertId::to_string;
    Date as CalendarDate::to_string;
    Instant as |at: &WallTime| write_instant(*at);
    TimeOfDay as |minutes: &u32| write_time_of_day(*minutes);
    EndWord as |why: &EndReason| end_word(*why);
    CurrencyCode as str::to_owned;
    TicketCodeText as str::to_owned;
    TransferCode as |(ticket, secret): &(domain::TicketId, u128)| {
        URL_SAFE_NO_PAD.encode([ticket.0.to_be_bytes(), secret.to_be_bytes()].concat())
    };
}

/// Values that are looked up by texts of a kind, such as words by language.
#[derive(Clone, Debug)]
pub(super) struct ByText<K, V>(pub BTreeMap<String, V>, PhantomData<K>);

impl<'de, K: TextKind, V: Deserialize<'de>> Deserialize<'de> for ByText<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByTextVisitor(PhantomData))
    }
}

struct ByTextVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: TextKind, V: Deserialize<'de>> Visitor<'de> for ByTextVisitor<K, V> {
    type Value = ByText<K, V>;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "an object whose fields are named by {}", K::expected())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<ByText<K, V>, A::Error> {
        let mut by_text = BTreeMap::new();
        while let Some(name) = fields.next_key::<String>()? {
            if K::read(&name).is_none() {
                return Err(A::Error::invalid_value(Unexpected::Str(&name), &self));
            }
            by_text.insert(name, fields.next_value()?);
        }
        Ok(ByText(by_text, PhantomData))
    }
}

/// `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truth(pub bool);

impl<'de> Deserialize<'de> for Truth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TruthVisitor)
    }
}

struct TruthVisitor;

impl Visitor<'_> for TruthVisitor {
    type Value = Truth;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("true or false")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Truth, E> {
        Ok(Truth(value))
    }
}

/// The value of a path or a query that `field` names.
///
/// # Errors
/// 400 when `text` writes no such value.
pub(super) fn read_text<K: TextKind>(field: &str, text: &str) -> Result<K, Problem> {
    K::read(text).ok_or_else(|| Problem::invalid(field, K::expected()))
}

/// The 128 bits of a UUID written with hyphens, or `None` when `text` is none.
pub(super) fn read_uuid(text: &str) -> Option<u128> {
    let hyphenated = (text.len() == UUID_LENGTH).then_some(text)?;
    Uuid::try_parse(hyphenated).ok().map(|uuid| uuid.as_u128())
}

/// An id for a concert that has none yet.
pub(super) fn new_concert_id() -> domain::ConcertId {
    let id = write_uuid(random_id());
    domain::ConcertId::parse(&id).expect("a UUID is a fine concert id")
}

/// A UUID with hyphens in lower case.
pub(super) fn write_uuid(bits: u128) -> String {
    Uuid::from_u128(bits).hyphenated().to_string()
}

/// Whether a text is a language, perhaps with script, region or variant (RFC 5646, section 2.1).
fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_language =
        |subtag: &str| (2..=3).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_further =
        |subtag: &str| (2..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LANGUAGE_TAG_LENGTH_MAX && subtags.next().is_some_and(is_language) && subtags.all(is_further)
}

/// The ticket and the secret of an offer.
fn read_transfer_code(text: &str) -> Option<(domain::TicketId, u128)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (ticket, secret) = bytes.split_first_chunk()?;
    Some((domain::TicketId(u128::from_be_bytes(*ticket)), u128::from_be_bytes(secret.try_into().ok()?)))
}

/// What the key of the data folder is called.
const OWNER_KEY: &str = "owner";

fn read_key_id(text: &str) -> Option<domain::KeyId> {
    if text == OWNER_KEY { Some(domain::KeyId::OWNER) } else { read_uuid(text).map(domain::KeyId) }
}

fn write_key_id(key: domain::KeyId) -> String {
    if key == domain::KeyId::OWNER { OWNER_KEY.to_owned() } else { write_uuid(key.0) }
}

fn uuid_schema(schema: ObjectBuilder) -> ObjectBuilder {
    schema.format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// An id that is a UUID comes in either case, as every UUID does.
fn read_concert_id(text: &str) -> Option<domain::ConcertId> {
    domain::ConcertId::parse(text).or_else(|| domain::ConcertId::parse(&write_uuid(read_uuid(text)?)))
}

#[cfg(test)]
mod tests {
    use super::{is_language_tag, read_uuid, write_uuid};

    #[test]
    fn languages_have_tags() {
        for good in ["ko", "en", "fil", "pt-BR", "zh-Hant-TW"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "k", "KO", "korean", "en-", "en_US", "-en", "en-a", "en-123456789"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }

    #[test]
    fn uuids_come_in_either_case_with_hyphens_and_go_out_in_lower_case() {
        let lower = "0190d3c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e";
        for good in [lower, &lower.to_uppercase()] {
            assert_eq!(read_uuid(good).map(write_uuid).as_deref(), Some(lower));
        }
        let braced = format!("{{{lower}}}");
        let urn = format!("urn:uuid:{lower}");
        let without = lower.replace('-', "");
        let shifted = lower.replacen("5-", "-5", 1);
        for bad in ["", "kim", &braced, &urn, &without, &shifted, &lower[1..], &format!("{lower} ")] {
            assert_eq!(read_uuid(bad), None, "{bad:?} is no UUID");
        }
    }
}
