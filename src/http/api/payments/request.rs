//! What of a payment is taken back, and why.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{RefundPart, RefundTo};
use crate::http::problem::Problem;
use crate::http::values::kind::bounded_texts;
use crate::http::values::{Date, Form, SeatNumbers};

/// What is given back, and why.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    pub reason: RefundReason,
    /// Only these; without it all that is left.
    pub seats: Option<SeatNumbers>,
    /// The date of `seats`: needed when the payment spans several.
    pub date: Option<Date>,
    /// Without it the money goes back to what it was paid with; that of a deleted user is paid out in cash.
    pub to: Option<RefundToWord>,
}

/// Where the money is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RefundToWord {
    Cash,
}

impl RefundRequest {
    /// # Errors
    /// 400 when a date is given without seats.
    pub(super) fn part(&self) -> Result<RefundPart, Problem> {
        match (&self.seats, &self.date) {
            (Some(numbers), date) => {
                Ok(RefundPart::Seats { date: date.as_ref().map(|Date(date)| *date), seats: numbers.seats() })
            }
            (None, None) => Ok(RefundPart::Whole),
            (None, Some(_)) => Err(Problem::invalid("seats", "given beside `date`")),
        }
    }

    pub(super) fn to(&self) -> RefundTo {
        match self.to {
            Some(RefundToWord::Cash) => RefundTo::Cash,
            None => RefundTo::Origin,
        }
    }
}

bounded_texts! {
    /// What the user is told; it may run over several lines.
    RefundReason = Form::Text, 1..=500_usize;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::RefundRequest;
    use crate::http::request::read;

    #[test]
    fn a_refund_has_a_reason() {
        for good in [json!("x"), json!("자".repeat(500))] {
            let body = json!({ "reason": good });
            assert!(read::<RefundRequest>(body.as_object().expect("an object")).is_ok());
        }
        for bad in [json!(null), json!(""), json!("x".repeat(501)), json!(7)] {
            let body = json!({ "reason": bad });
            assert!(read::<RefundRequest>(body.as_object().expect("an object")).is_err(), "{body}");
        }
    }
}
