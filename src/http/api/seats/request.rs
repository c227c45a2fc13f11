//! Seats as clients ask for them.

use std::fmt::{self, Formatter};

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{CalendarDate, Rejection, Selection, UserId};
use crate::http::problem::Problem;
use crate::http::values::kind::integer_kinds;
use crate::http::values::{self, Date, SEATS_A_USER_MAX, SeatNumber, SectionName};
use crate::node::SubmitError;

/// Seats to hold: exactly one of `seat`, `seats` and `bestAvailable`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReserveRequest {
    /// The token's user.
    pub user_id: values::UserId,
    pub date: Date,
    pub best_available: Option<BestAvailableRequest>,
    pub seat: Option<SeatNumber>,
    pub seats: Option<SeatNumbers>,
}

/// Adjacent seats of one row, as near to the front as they are to be had.
#[derive(Deserialize, ToSchema)]
pub(super) struct BestAvailableRequest {
    pub count: SeatCount,
    /// Only in this section.
    pub section: Option<SectionName>,
}

/// Seats to pay or to cancel: exactly one of `seat` and `seats`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeatsRequest {
    /// The token's user.
    pub user_id: values::UserId,
    pub date: Date,
    pub seat: Option<SeatNumber>,
    pub seats: Option<SeatNumbers>,
}

integer_kinds! {
    /// How many seats are asked for.
    SeatCount(u32) = 1..=SEATS_A_USER_MAX;
}

/// Numbers of seats, none of them twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SeatNumbers(Vec<SeatNumber>);

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

/// What is asked for of a date, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked<T> {
    pub user: UserId,
    pub date: CalendarDate,
    pub seats: T,
    /// The numbers of the seats as they were sent, ascending.
    pub numbers: SeatNumbers,
}

impl ReserveRequest {
    /// # Errors
    /// 400 when more than one way of naming seats is used, or none.
    pub(super) fn asked(self) -> Result<Asked<Selection>, Problem> {
        let Self { user_id: values::UserId(user), date: Date(date), best_available, seat, seats } = self;
        let (seats, numbers) = match (best_available, named(seat, seats)?) {
            (Some(best), None) => (best.selection(), SeatNumbers::default()),
            (None, Some(numbers)) => (Selection::Seats(numbers.seats()), numbers),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Problem::invalid(
                    "seat",
                    "given, or `seats`, or `bestAvailable`: exactly one of the three",
                ));
            }
        };
        Ok(Asked { user, date, seats, numbers })
    }
}

impl SeatsRequest {
    /// # Errors
    /// 400 when both ways of naming seats are used, or none.
    pub(super) fn asked(self) -> Result<Asked<Vec<u32>>, Problem> {
        let Self { user_id: values::UserId(user), date: Date(date), seat, seats } = self;
        let neither = || Problem::invalid("seat", "given, or `seats`: exactly one of the two");
        let numbers = named(seat, seats)?.ok_or_else(neither)?;
        Ok(Asked { user, date, seats: numbers.seats(), numbers })
    }
}

impl BestAvailableRequest {
    fn selection(self) -> Selection {
        Selection::Best { count: self.count.0, section: self.section.map(|section| section.0) }
    }
}

/// The numbers of `seat` or `seats`; both together are refused.
fn named(seat: Option<SeatNumber>, seats: Option<SeatNumbers>) -> Result<Option<SeatNumbers>, Problem> {
    match (seat, seats) {
        (Some(_), Some(_)) => Err(Problem::invalid("seats", "left out when `seat` is given")),
        (Some(number), None) => Ok(Some(SeatNumbers(vec![number]))),
        (None, seats) => Ok(seats),
    }
}

impl SeatNumbers {
    /// As the core knows them: ascending, without repeats. Numbers that no seat of any date has reach it as the nearest
    /// such number.
    fn seats(&self) -> Vec<u32> {
        let mut seats: Vec<u32> = self.0.iter().map(|number| number.nearest()).collect();
        seats.dedup();
        seats
    }

    /// What a client is told of `error`: a seat that does not exist is named as it was sent.
    pub(super) fn told(&self, error: SubmitError) -> Problem {
        let SubmitError::Rejected(Rejection::SeatNotFound { seat }) = error else { return error.into() };
        let sent = self.0.iter().find(|number| number.nearest() == seat).map(|number| number.0);
        let number = Number::from_i128(sent.unwrap_or_else(|| seat.into()));
        Problem::seat_not_found(number.expect("an integer of 64 bits was sent"))
    }
}

#[cfg(test)]
mod tests;
