//! Seats that the operator keeps back, as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::BlockChanged;
use crate::http::values::{Date, Instant, SeatNumber};

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BlockedWord {
    Blocked,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockedBody {
    #[schema(inline)]
    pub status: BlockedWord,
    pub date: Date,
    /// Ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    pub blocked_at: Instant,
}

/// The status of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReleasedWord {
    Released,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReleasedBody {
    #[schema(inline)]
    pub status: ReleasedWord,
    pub date: Date,
    /// Ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    pub released_at: Instant,
}

impl BlockedBody {
    pub(super) fn of(BlockChanged { date, seats, changed_at }: BlockChanged) -> Self {
        Self { status: BlockedWord::Blocked, date: Date(date), seats, blocked_at: Instant(changed_at) }
    }
}

impl ReleasedBody {
    pub(super) fn of(BlockChanged { date, seats, changed_at }: BlockChanged) -> Self {
        Self { status: ReleasedWord::Released, date: Date(date), seats, released_at: Instant(changed_at) }
    }
}
