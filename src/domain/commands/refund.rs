//! Refund by the operator, whole or of some seats: they are free, their share is back, their tickets are void.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use super::refunding::{Destination, Left, PlannedRefund, destination, give_back, standing_items, sum};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, CalendarDate, Means, Payment, PaymentId, Refunded, Rejection, RowFault, Rows, SeatKey, SoldSeat, tables,
};

/// Give the money of a payment back, or of a part of it, and free its seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub payment: PaymentId,
    pub part: RefundPart,
    pub to: RefundTo,
    pub reason: String,
}

/// How much of a payment is given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundPart {
    /// All that is left.
    Whole,
    Seats {
        /// Needed where the payment spans several.
        date: Option<CalendarDate>,
        /// Ascending, without repeats, at least one.
        seats: Vec<u32>,
    },
}

/// Where the money is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundTo {
    /// To what it was paid with.
    Origin,
    Cash,
}

impl Execute for Refund {
    type Plan = PlannedRefund;

    fn judge(&self, view: &impl View) -> Result<PlannedRefund, ApplyError> {
        let (rows, payment) = (view.rows(), self.payment);
        let row = rows.get::<tables::Payments>(&payment)?.ok_or(Rejection::PaymentNotFound)?;
        if row.status.is_over() {
            return Err(Rejection::AlreadyRefunded.into());
        }
        let standing = standing_items(rows, &row)?;
        let items = match &self.part {
            RefundPart::Whole => standing.clone(),
            RefundPart::Seats { date, seats } => {
                let first_date =
                    |date| view.state().sale(row.concert).and_then(|it| it.row.definition.first_date_of(date));
                chosen(&row, &standing, (date.map(|date| first_date(date).unwrap_or(date)), seats))?
            }
        };
        let left = if items.len() < standing.len() { Left::Some } else { Left::Nothing };
        let to = match self.to {
            RefundTo::Cash if row.paid_by != Means::Free => Destination::Till(Means::Cash),
            RefundTo::Cash | RefundTo::Origin => destination(rows, &row, sum(&items))?,
        };
        Ok(PlannedRefund { payment, row, items, left, to })
    }

    fn perform(
        &self,
        plan: PlannedRefund,
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Refunded, RowFault> {
        let sale = state.planned(plan.row.concert);
        give_back(plan, &self.reason, sale, rows, effects)
    }

    fn scope(&self, _state: &State, rows: &impl Rows) -> Result<Scope, RowFault> {
        let payment = rows.get::<tables::Payments>(&self.payment)?;
        Ok(payment.map_or(Scope::Nothing, |payment| Scope::Concert(payment.concert)))
    }
}

/// The seats that are asked for.
fn chosen(
    row: &Payment,
    standing: &[SoldSeat],
    (date, seats): (Option<CalendarDate>, &[u32]),
) -> Result<Vec<SoldSeat>, Rejection> {
    let (first, last) = (row.items.first(), row.items.last());
    let (first, last) = first.zip(last).map(|(first, last)| (first.date, last.date)).expect("at least one seat");
    let date = match date {
        Some(date) => date,
        None if first == last => first,
        None => return Err(Rejection::SeveralDates),
    };
    let item = |seat: &u32| {
        let key = SeatKey { date, seat: *seat };
        let of_key = |item: &&SoldSeat| item.key() == key;
        match standing.iter().find(of_key) {
            Some(item) => Ok(*item),
            None if row.items.iter().any(|item| item.key() == key) => Err(Rejection::SeatRefunded { key }),
            None => Err(Rejection::SeatNotPaid { key }),
        }
    };
    seats.iter().map(item).collect()
}
