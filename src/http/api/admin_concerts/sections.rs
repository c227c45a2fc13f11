//! A section of a date as the operator writes it and gets it back: its rows, what they are called, where it lies.

use std::fmt::{self, Formatter};

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{NamedRow, Numbering, SEATS_PER_DATE_MAX, Section, SectionRows};
use crate::http::values::geometry::{NumberingBody, PlanPlaceBody};
use crate::http::values::kind::{IntegerKind, Kind, integer_kinds};
use crate::http::values::{Price, RowLabel, SeatNumber, SeatsOfDate, SectionName};

/// Either equal rows, `rows` of `seatsPerRow` seats, or named ones: then `rows` is a list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SectionRequest {
    /// Each name once a date.
    pub name: SectionName,
    pub rows: RowsRequest,
    /// Left out where `rows` is a list.
    pub seats_per_row: Option<SeatsOfDate>,
    /// `left_to_right` when none is given.
    pub numbering: Option<NumberingBody>,
    pub at: Option<PlanPlaceBody>,
    /// Seats of the section that a wheelchair reaches, by their numbers.
    pub accessible: Option<SectionSeats>,
    /// Seats of the section from which not all of the stage is seen, by their numbers.
    pub restricted_view: Option<SectionSeats>,
    pub price: Price,
}

/// How many rows there are, or every row from the front.
#[derive(Clone, Debug)]
pub(super) enum RowsRequest {
    Equal(SeatsOfDate),
    Named(Vec<RowRequest>),
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RowRequest {
    /// Each label once a section; the number of the row, from 1, when none is given.
    pub label: Option<RowLabel>,
    pub seats: SeatsOfDate,
    /// The least number of a seat in the row; 1 when none is given.
    pub first_number: Option<FirstNumber>,
}

integer_kinds! {
    /// The least number of a seat in a row.
    FirstNumber(u32) = 1..=SEATS_PER_DATE_MAX;
}

/// A section as it was written.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorSectionBody {
    #[schema(value_type = SectionName)]
    pub name: String,
    #[schema(value_type = RowsRequest)]
    pub rows: RowsBody,
    /// Of equal rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SeatsOfDate>, nullable = false)]
    pub seats_per_row: Option<u32>,
    /// Left out where it is `left_to_right`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub numbering: Option<NumberingBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<PlanPlaceBody>,
    /// Ascending; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = SectionSeats)]
    pub accessible: Vec<u32>,
    /// Ascending; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = SectionSeats)]
    pub restricted_view: Vec<u32>,
    pub price: Price,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum RowsBody {
    Equal(u32),
    Named(Vec<RowBody>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RowBody {
    pub label: String,
    pub seats: u32,
    pub first_number: u32,
}

impl OperatorSectionBody {
    pub(super) fn of(section: &Section) -> Self {
        let (rows, seats_per_row) = match &section.rows {
            SectionRows::Equal { rows, seats_per_row } => (RowsBody::Equal(*rows), Some(*seats_per_row)),
            SectionRows::Named(rows) => (RowsBody::Named(rows.iter().map(RowBody::of).collect()), None),
        };
        let numbering = (section.numbering != Numbering::default()).then(|| section.numbering.into());
        Self {
            name: section.name.clone(),
            rows,
            seats_per_row,
            numbering,
            at: section.at.map(PlanPlaceBody::from),
            accessible: section.accessible.clone(),
            restricted_view: section.restricted_view.clone(),
            price: Price(section.price),
        }
    }
}

impl RowBody {
    fn of(NamedRow { label, seats, first_number }: &NamedRow) -> Self {
        Self { label: label.clone(), seats: *seats, first_number: *first_number }
    }
}

impl<'de> Deserialize<'de> for RowsRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = RowsRequest;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}, or a list of 1 to {SEATS_PER_DATE_MAX} rows", SeatsOfDate::expected())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<RowsRequest, E> {
        let rows = SeatsOfDate::read(number.into());
        rows.map(RowsRequest::Equal).ok_or_else(|| E::invalid_length(0, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RowsRequest, A::Error> {
        let length = list.size_hint().unwrap_or_default();
        if !(1..=SEATS_PER_DATE_MAX as usize).contains(&length) {
            return Err(A::Error::invalid_length(length, &self));
        }
        let mut rows = Vec::with_capacity(length);
        while let Some(row) = list.next_element()? {
            rows.push(row);
        }
        Ok(RowsRequest::Named(rows))
    }
}

impl PartialSchema for RowsRequest {
    fn schema() -> RefOr<Schema> {
        let rows = ArrayBuilder::new().items(Ref::from_schema_name(RowRequest::name()));
        let rows = rows.min_items(Some(1)).max_items(Some(SEATS_PER_DATE_MAX as usize));
        let count = Ref::from_schema_name(SeatsOfDate::name());
        let either = OneOfBuilder::new()
            .item(count)
            .item(rows)
            .description(Some("How many equal rows, or each row from the front."));
        Schema::OneOf(either.build()).into()
    }
}

impl ToSchema for RowsRequest {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((RowRequest::name().into(), RowRequest::schema()));
        RowRequest::schemas(schemas);
    }
}

/// Numbers of seats of a section, ascending, none of them twice.
#[derive(Clone, Debug)]
pub(super) struct SectionSeats(pub Vec<u32>);

impl<'de> Deserialize<'de> for SectionSeats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SectionSeatsVisitor)
    }
}

struct SectionSeatsVisitor;

impl<'de> Visitor<'de> for SectionSeatsVisitor {
    type Value = SectionSeats;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("a list of integers, none of them twice")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<SectionSeats, A::Error> {
        let mut seats = Vec::with_capacity(list.size_hint().unwrap_or_default());
        while let Some(number) = list.next_element::<SeatNumber>()? {
            seats.push(number.nearest());
        }
        seats.sort_unstable();
        match seats.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(A::Error::custom(format_args!("a list without repeats; {} is there twice", pair[0]))),
            None => Ok(SectionSeats(seats)),
        }
    }
}

impl PartialSchema for SectionSeats {
    fn schema() -> RefOr<Schema> {
        let seats = ArrayBuilder::new().items(Ref::from_schema_name(SeatNumber::name()));
        let seats = seats.max_items(Some(SEATS_PER_DATE_MAX as usize));
        seats.description(Some("Numbers of seats of the section, none of them twice.")).build().into()
    }
}

impl ToSchema for SectionSeats {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SeatNumber::name().into(), SeatNumber::schema()));
    }
}
