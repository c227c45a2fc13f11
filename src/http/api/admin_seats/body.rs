//! Seats that the operator keeps back, as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{BlockChanged, CalendarDate};
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
    /// `held_on` is when the date takes place.
    pub(super) fn of(BlockChanged { seats, changed_at, .. }: BlockChanged, held_on: CalendarDate) -> Self {
        Self { status: BlockedWord::Blocked, date: Date(held_on), seats, blocked_at: Instant(changed_at) }
    }
}

impl ReleasedBody {
    /// `held_on` is when the date takes place.
    pub(super) fn of(BlockChanged { seats, changed_at, .. }: BlockChanged, held_on: CalendarDate) -> Self {
        Self { status: ReleasedWord::Released, date: Date(held_on), seats, released_at: Instant(changed_at) }
    }
}
