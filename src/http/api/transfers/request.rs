//! Hand-overs as users ask for them.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::values;
use crate::http::values::TransferCode;
use crate::http::values::kind::text_kinds;

/// Characters of a name that is looked up: more than any user has.
const NAME_LENGTH_MAX: usize = 64;

/// A ticket that is offered to somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferRequest {
    /// Who has the ticket; a ticket of another one is not found then.
    pub user_id: Option<values::UserId>,
    /// The name of the user who alone may accept it; without one, whoever has the code may.
    pub to: Option<UserName>,
}

/// Who takes an offer back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WithdrawRequest {
    /// Who has the ticket; a ticket of another one is not found then.
    pub user_id: Option<values::UserId>,
}

/// A ticket that is accepted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcceptRequest {
    /// Who accepts it.
    pub user_id: values::UserId,
    pub code: TransferCode,
}

text_kinds! {
    /// The name of a user, in any of the spellings that are one name.
    UserName(String) = format_args!("a name of 1 to {NAME_LENGTH_MAX} characters"),
        |text| (1..=NAME_LENGTH_MAX).contains(&text.chars().count()).then(|| text.to_owned()),
        |schema| schema.min_length(Some(1)).max_length(Some(NAME_LENGTH_MAX));
}
