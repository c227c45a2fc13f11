//! Seats that the operator keeps back, as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{BlockChanged, CalendarDate};
use crate::http::api::seats::SeatPlaceBody;
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
    /// What each of `seats` is called.
    pub places: Vec<SeatPlaceBody>,
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
pub(super) struct UnblockedBody {
    #[schema(inline)]
    pub status: ReleasedWord,
    pub date: Date,
    /// Ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub seats: Vec<u32>,
    /// What each of `seats` is called.
    pub places: Vec<SeatPlaceBody>,
    pub released_at: Instant,
}

impl BlockedBody {
    /// `places` are its seats in words, `held_on` is when the date takes place.
    pub(super) fn of(changed: BlockChanged, places: Vec<SeatPlaceBody>, held_on: CalendarDate) -> Self {
        let BlockChanged { seats, changed_at, .. } = changed;
        Self { status: BlockedWord::Blocked, date: Date(held_on), seats, places, blocked_at: Instant(changed_at) }
    }
}

impl UnblockedBody {
    /// `places` are its seats in words, `held_on` is when the date takes place.
    pub(super) fn of(changed: BlockChanged, places: Vec<SeatPlaceBody>, held_on: CalendarDate) -> Self {
        let BlockChanged { seats, changed_at, .. } = changed;
        Self { status: ReleasedWord::Released, date: Date(held_on), seats, places, released_at: Instant(changed_at) }
    }
}
