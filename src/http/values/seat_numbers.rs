//! Numbers of several seats, as requests name them.

use std::fmt::{self, Formatter};

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::seat_number::SeatNumber;
use crate::domain::Rejection;
use crate::http::problem::Problem;
use crate::node::SubmitError;

/// Seats that one request may name or ask for, and that one user may be allowed.
pub(in crate::http) const SEATS_A_USER_MAX: u32 = 1_000;

/// Numbers of seats, none of them twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeatNumbers(pub Vec<SeatNumber>);

impl PartialSchema for SeatNumbers {
    fn schema() -> RefOr<Schema> {
        let seats = ArrayBuilder::new()
            .items(Ref::from_schema_name(SeatNumber::name()))
            .description(Some("Numbers of seats of the date, none of them twice."));
        seats.min_items(Some(1)).max_items(Some(SEATS_A_USER_MAX as usize)).build().into()
    }
}

impl ToSchema for SeatNumbers {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SeatNumber::name().into(), SeatNumber::schema()));
    }
}

impl<'de> Deserialize<'de> for SeatNumbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SeatNumbersVisitor)
    }
}

struct SeatNumbersVisitor;

impl<'de> Visitor<'de> for SeatNumbersVisitor {
    type Value = SeatNumbers;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "a list of 1 to {SEATS_A_USER_MAX} integers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<SeatNumbers, A::Error> {
        let length = list.size_hint().unwrap_or_default();
        if !(1..=SEATS_A_USER_MAX as usize).contains(&length) {
            return Err(A::Error::invalid_length(length, &self));
        }
        let mut numbers = Vec::with_capacity(length);
        while let Some(number) = list.next_element::<SeatNumber>()? {
            numbers.push(number);
        }
        numbers.sort_unstable();
        match numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(A::Error::custom(format_args!("a list without repeats; {} is there twice", pair[0].0))),
            None => Ok(SeatNumbers(numbers)),
        }
    }
}

impl SeatNumbers {
    /// As the core knows them: ascending, without repeats. Numbers that no seat of any date has reach it as the nearest
    /// such number.
    pub(crate) fn seats(&self) -> Vec<u32> {
        let mut seats: Vec<u32> = self.0.iter().map(|number| number.nearest()).collect();
        seats.dedup();
        seats
    }

    /// What a client is told of `error`: a seat that does not exist is named as it was sent.
    pub(crate) fn told(&self, error: SubmitError) -> Problem {
        let SubmitError::Rejected(Rejection::SeatNotFound { seat }) = error else { return error.into() };
        let sent = self.0.iter().find(|number| number.nearest() == seat).map(|number| number.0);
        let number = Number::from_i128(sent.unwrap_or_else(|| seat.into()));
        Problem::seat_not_found(number.expect("an integer of 64 bits was sent"))
    }
}
