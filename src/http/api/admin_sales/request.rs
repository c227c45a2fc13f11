//! What is sold over the counter, to whom and how it is paid.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{CalendarDate, ConcertId, Counterpart, Means};
use crate::http::api::payments::MeansBody;
use crate::http::problem::Problem;
use crate::http::values::kind::bounded_texts;
use crate::http::values::{self, Date, Form, Price, SeatNumbers};

/// Seats to sell: to a user, or to a guest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SaleRequest {
    pub concert_id: values::ConcertId,
    pub date: Date,
    pub seats: SeatNumbers,
    /// Whose the seats are; without it they are a guest's.
    pub user_id: Option<values::UserId>,
    pub guest: Option<GuestName>,
    pub paid_by: MeansBody,
    /// What each seat costs, in place of the plan's price.
    pub price: Option<Price>,
    /// Needed when the seats are given away.
    pub reason: Option<SaleReason>,
}

bounded_texts! {
    /// A name for somebody without an account.
    GuestName = Form::Line, 1..=200_usize;
    /// Why seats are sold so.
    SaleReason = Form::Text, 1..=500_usize;
}

/// What is asked for, in the core's words.
pub(super) struct Asked {
    pub concert: ConcertId,
    pub date: CalendarDate,
    pub numbers: SeatNumbers,
    pub buyer: Counterpart,
    pub paid_by: Means,
    pub price: Option<u32>,
    pub reason: Option<String>,
}

impl SaleRequest {
    /// # Errors
    /// 400 when fields do not go together.
    pub(super) fn asked(self) -> Result<Asked, Problem> {
        let buyer = match (self.user_id, self.guest) {
            (Some(_), Some(_)) => return Err(Problem::invalid("guest", "left out when `userId` is given")),
            (Some(values::UserId(user)), None) => Counterpart::User(user),
            (None, guest) => Counterpart::Guest(guest.map(|GuestName(name)| name)),
        };
        let paid_by = self.paid_by.into();
        match (paid_by, &buyer, &self.reason, self.price) {
            (Means::Wallet, Counterpart::Guest(_), _, _) => {
                return Err(Problem::invalid("userId", "given when a wallet pays"));
            }
            (Means::Free, _, None, _) => {
                return Err(Problem::invalid("reason", "given when seats are given away"));
            }
            (Means::Free, _, Some(_), Some(Price(1..))) => {
                return Err(Problem::invalid("price", "0 or left out when seats are given away"));
            }
            (Means::Wallet | Means::Cash | Means::Card | Means::Free, _, _, _) => {}
        }
        Ok(Asked {
            concert: self.concert_id.0,
            date: self.date.0,
            numbers: self.seats,
            buyer,
            paid_by,
            price: self.price.map(|Price(price)| price),
            reason: self.reason.map(|SaleReason(reason)| reason),
        })
    }
}
