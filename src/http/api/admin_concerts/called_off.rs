//! A date that is called off, and how far its money has gone back.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{CalledOff, CallingOff};
use crate::http::values::{Amount, Instant};
use crate::node::DateProgress;

/// That a date does not take place. A concert that is read alone also tells how far its money has gone back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorCalledOffBody {
    /// What buyers are told.
    pub reason: String,
    pub at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refunded: Option<RefundedSoFarBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub left: Option<LeftToRefundBody>,
    /// When nothing was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<Instant>,
}

/// What went back so far.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundedSoFarBody {
    pub payments: u64,
    pub seats: u64,
    #[schema(value_type = Amount)]
    pub amount: u64,
}

/// What is still to go back.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftToRefundBody {
    pub payments: u64,
    /// Held ones included.
    pub seats: u64,
    #[schema(value_type = Amount)]
    pub amount: u64,
}

impl OperatorCalledOffBody {
    pub(super) fn of(called_off: &CalledOff) -> Self {
        let CalledOff { reason, at } = called_off;
        Self { reason: reason.clone(), at: Instant(*at), refunded: None, left: None, finished_at: None }
    }
}

impl RefundedSoFarBody {
    pub(super) fn of(progress: &CallingOff) -> Self {
        let CallingOff { payments, seats, amount, .. } = *progress;
        Self { payments, seats, amount }
    }
}

impl LeftToRefundBody {
    pub(super) fn of(progress: &DateProgress) -> Self {
        let DateProgress { payments_left, seats_left, amount_left, .. } = *progress;
        Self { payments: payments_left, seats: seats_left, amount: amount_left }
    }
}
