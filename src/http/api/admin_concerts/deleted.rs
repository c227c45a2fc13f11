//! A concert that is gone.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::values;

/// A concert that is gone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedBody {
    pub status: DeletedWord,
    pub concert_id: values::ConcertId,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeletedWord {
    Deleted,
}
