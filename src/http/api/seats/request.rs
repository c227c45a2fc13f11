//! Seats as clients ask for them.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{CalendarDate, Selection, UserId};
use crate::http::problem::Problem;
use crate::http::values::kind::integer_kinds;
use crate::http::values::{self, Date, Kind, SEATS_A_USER_MAX, SeatNumber, SeatNumbers, SectionName, Truth};

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
    /// `true`: only seats that a wheelchair reaches. Otherwise such seats come last.
    #[schema(value_type = Option<bool>)]
    pub accessible: Option<Truth>,
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

/// Seats to pay: of a date, or everything that the place holds, over all dates, where neither is named.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentRequest {
    /// The token's user.
    pub user_id: values::UserId,
    /// With `seat` or `seats`.
    pub date: Option<Date>,
    pub seat: Option<SeatNumber>,
    pub seats: Option<SeatNumbers>,
}

/// What is to be paid, and by whom.
#[derive(Debug)]
pub(super) enum AskedPayment {
    Seats(Asked<Vec<u32>>),
    Everything { user: UserId },
}

impl PaymentRequest {
    /// # Errors
    /// 400 when both ways of naming seats are used, or seats without a date, or a date without seats.
    pub(super) fn asked(self) -> Result<AskedPayment, Problem> {
        let Self { user_id, date, seat, seats } = self;
        match (date, seat.is_some() || seats.is_some()) {
            (None, false) => Ok(AskedPayment::Everything { user: user_id.0 }),
            (Some(date), true) => SeatsRequest { user_id, date, seat, seats }.asked().map(AskedPayment::Seats),
            (None, true) => Err(Problem::invalid("date", Date::expected())),
            (Some(_), false) => {
                let expected = "given, or `seats`, beside `date`; without all of them everything that is held is paid";
                Err(Problem::invalid("seat", expected))
            }
        }
    }
}

integer_kinds! {
    /// How many seats are asked for.
    SeatCount(u32) = 1..=SEATS_A_USER_MAX;
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
        let accessible = self.accessible.is_some_and(|accessible| accessible.0);
        Selection::Best { count: self.count.0, section: self.section.map(|section| section.0), accessible }
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

#[cfg(test)]
mod tests;
