//! What is to become of a date.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::values::kind::bounded_texts;
use crate::http::values::{Date, Form, TimeOfDay};

/// Why a date does not take place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallOffRequest {
    pub reason: CallOffReason,
}

/// Where a date is moved to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MoveRequest {
    pub to: Date,
    /// The time of day that it had, when none is given.
    pub starts_at: Option<TimeOfDay>,
}

bounded_texts! {
    /// What buyers are told; it may run over several lines.
    CallOffReason = Form::Text, 1..=500_usize;
}
