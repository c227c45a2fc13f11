//! What the operator changes of a user.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{BALANCE_MAX, UserStanding};
use crate::http::values::kind::{bounded_texts, integer_kinds};
use crate::http::values::{Form, Truth};

/// Whether a user is kept out.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StandingRequest {
    /// Blocking ends the user's queue places.
    #[schema(value_type = bool)]
    pub blocked: Truth,
}

/// Money to pay out of a wallet.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawalRequest {
    pub amount: WithdrawalAmount,
    pub reason: WithdrawalReason,
}

integer_kinds! {
    /// Money to pay out, in the smallest unit of the currency.
    WithdrawalAmount(u64) = 1..=BALANCE_MAX;
}

bounded_texts! {
    /// Why it is paid out.
    WithdrawalReason = Form::Text, 1..=500_usize;
}

impl StandingRequest {
    pub(super) fn standing(&self) -> UserStanding {
        if self.blocked.0 { UserStanding::Blocked } else { UserStanding::Welcome }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::StandingRequest;
    use crate::http::request::read;

    #[test]
    fn blocking_needs_a_plain_yes_or_no() {
        for (body, blocked) in [(json!({"blocked": true}), Some(true)), (json!({"blocked": false}), Some(false))] {
            let read = read::<StandingRequest>(body.as_object().expect("an object"));
            assert_eq!(read.ok().map(|request| request.blocked.0), blocked);
        }
        for body in [json!({}), json!({"blocked": null}), json!({"blocked": 1}), json!({"blocked": "true"})] {
            assert!(read::<StandingRequest>(body.as_object().expect("an object")).is_err(), "{body}");
        }
    }
}
