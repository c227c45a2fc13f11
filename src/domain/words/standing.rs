//! How a queue place stands, and what its client is told of it.

use serde::{Deserialize, Serialize};

use super::concert::Admission;
use super::rows::EndReason;
use super::time::{Timestamp, WallTime};

/// How a queue place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Waiting,
    Active {
        expires_at: Timestamp,
        reserving: Reserving,
    },
    Ended(EndReason),
    /// There is no live place of this sequence.
    Gone,
}

/// Whether an ACTIVE place may still reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reserving {
    Open,
    /// Its active time is over and only its holds carry it on.
    Over,
}

/// What a client is told of its place besides: of the sale, at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleView {
    /// Free seats of the bookable dates; `None` where the concert does not show them.
    pub free_seats: Option<u32>,
    pub stock: Stock,
    pub admission: Admission,
}

/// Whether there is anything left to reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stock {
    Left,
    /// No seat of a bookable date is free; one that is held may come back.
    SoldOut,
}

/// A live place as its client is told of it at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePlace {
    pub view: PlaceView,
    pub sale: SaleView,
    pub at: WallTime,
}

/// What a client is told of its live place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceView {
    Waiting { position: u64, estimated_wait_seconds: u64, poll_after_seconds: u32 },
    Active { expires_at: WallTime, reserving: Reserving },
}
