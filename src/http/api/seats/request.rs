//! Seats as clients ask for them.

#![allow(dead_code, reason = "the form of a request is described here, and read field by field")]

use serde_json::Number;
use utoipa::ToSchema;

use crate::domain::{CalendarDate, Rejection, Selection, UserId};
use crate::http::Problem;
use crate::http::request::Fields;
use crate::http::values::required_user_id;
use crate::node::Trouble;

/// Seats that one request may name or ask for: as many as the highest `seatLimit`.
const SEATS_MAX: u32 = 1_000;
const SECTION_NAME_LENGTH_MAX: usize = 64;
const DATE: &str = "a calendar date written as YYYY-MM-DD";

/// Seats to hold: exactly one of `seat`, `seats` and `bestAvailable`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ReserveRequest {
    /// The token's user.
    #[schema(format = "uuid")]
    pub user_id: String,
    #[schema(format = Date)]
    pub date: String,
    pub seat: Option<u32>,
    /// Without repeats.
    #[schema(min_items = 1, max_items = 1_000)]
    pub seats: Option<Vec<u32>>,
    pub best_available: Option<BestAvailableRequest>,
}

/// Adjacent seats of one row, as near to the front as they are to be had.
#[derive(ToSchema)]
pub struct BestAvailableRequest {
    #[schema(minimum = 1, maximum = 1_000)]
    pub count: u32,
    /// Only in this section.
    pub section: Option<String>,
}

/// Seats to pay or to cancel: exactly one of `seat` and `seats`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SeatsRequest {
    /// The token's user.
    #[schema(format = "uuid")]
    pub user_id: String,
    #[schema(format = Date)]
    pub date: String,
    pub seat: Option<u32>,
    /// Without repeats.
    #[schema(min_items = 1, max_items = 1_000)]
    pub seats: Option<Vec<u32>>,
}

/// What is asked for of a date, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<T> {
    pub user: UserId,
    pub date: CalendarDate,
    pub seats: T,
    pub numbers: Numbers,
}

/// The numbers of seats as they were sent, ascending. Those that no seat of any date has reach the core as the nearest
/// such number; refusals tell them as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(Vec<i128>);

/// Seats to hold.
///
/// # Errors
/// 400 naming the first field that is missing or wrong, also when more than one way of naming seats is used.
pub fn read_selection(fields: &Fields) -> Result<Asked<Selection>, Problem> {
    let user = required_user_id(fields)?;
    let date = required_date(fields)?;
    let best = match fields.object("bestAvailable")?.value() {
        Some(best) => Some(read_best(&best)?),
        None => None,
    };
    let (seats, numbers) = match (best, named_seats(fields)?) {
        (Some(best), None) => (best, Numbers::default()),
        (None, Some(numbers)) => (Selection::Seats(numbers.seats()), numbers),
        (Some(_), Some(_)) | (None, None) => {
            return Err(fields.refuse("seat", "given, or `seats`, or `bestAvailable`: exactly one of the three"));
        }
    };
    Ok(Asked { user, date, seats, numbers })
}

/// Seats to pay or to cancel, ascending.
///
/// # Errors
/// 400 naming the first field that is missing or wrong, also when both ways of naming seats are used.
pub fn read_seats(fields: &Fields) -> Result<Asked<Vec<u32>>, Problem> {
    let user = required_user_id(fields)?;
    let date = required_date(fields)?;
    let numbers =
        named_seats(fields)?.ok_or_else(|| fields.refuse("seat", "given, or `seats`: exactly one of the two"))?;
    Ok(Asked { user, date, seats: numbers.seats(), numbers })
}

/// The date that a query names.
///
/// # Errors
/// 400 when it is missing or no date.
pub fn query_date(text: Option<&str>) -> Result<CalendarDate, Problem> {
    text.and_then(CalendarDate::parse).ok_or_else(|| Problem::invalid("date", DATE))
}

fn required_date(fields: &Fields) -> Result<CalendarDate, Problem> {
    let date = fields.parsed("date", DATE, CalendarDate::parse)?.value();
    date.ok_or_else(|| fields.refuse("date", DATE))
}

/// The numbers of `seat` or `seats`; both together are refused.
fn named_seats(fields: &Fields) -> Result<Option<Numbers>, Problem> {
    let one = fields.any_integer("seat")?.value();
    let several = fields.integers("seats", 1..=SEATS_MAX as usize)?.value();
    let mut numbers = match (one, several) {
        (Some(_), Some(_)) => return Err(fields.refuse("seats", "left out when `seat` is given")),
        (Some(number), None) => vec![number],
        (None, Some(numbers)) => numbers,
        (None, None) => return Ok(None),
    };
    numbers.sort_unstable();
    Ok(Some(Numbers(numbers)))
}

impl Numbers {
    /// As the core knows them: ascending, without repeats.
    fn seats(&self) -> Vec<u32> {
        let mut seats: Vec<u32> = self.0.iter().copied().map(seat_number).collect();
        seats.dedup();
        seats
    }

    /// What a client is told of `trouble`: a seat that does not exist is named as it was sent.
    pub fn told(&self, trouble: Trouble) -> Problem {
        let Trouble::Rejected(Rejection::SeatNotFound { seat }) = trouble else { return trouble.into() };
        let sent = self.0.iter().find(|number| seat_number(**number) == seat).copied();
        let number = Number::from_i128(sent.unwrap_or_else(|| seat.into()));
        Problem::seat_not_found(number.expect("an integer of 64 bits was sent"))
    }
}

/// The seat that `number` names. Numbers that no seat of any date has become the nearest such number.
fn seat_number(number: i128) -> u32 {
    u32::try_from(number).unwrap_or(if number < 0 { 0 } else { u32::MAX })
}

fn read_best(fields: &Fields) -> Result<Selection, Problem> {
    let count = fields.integer("count", 1..=SEATS_MAX)?.value();
    let count = count.ok_or_else(|| fields.refuse("count", format_args!("an integer from 1 to {SEATS_MAX}")))?;
    let section = fields.line("section", 1..=SECTION_NAME_LENGTH_MAX)?.value();
    Ok(Selection::Best { count, section: section.map(str::to_owned) })
}

#[cfg(test)]
mod tests;
