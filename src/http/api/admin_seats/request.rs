//! Seats that the operator keeps back, as they are asked for.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::values::Form;
use crate::http::values::SeatNumbers;
use crate::http::values::kind::bounded_texts;

/// Seats to keep back.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BlockRequest {
    pub seats: SeatNumbers,
    pub reason: BlockReason,
}

/// Seats to free.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReleaseRequest {
    pub seats: SeatNumbers,
}

bounded_texts! {
    /// Why seats are kept back.
    BlockReason = Form::Text, 1..=200_usize;
}
