//! Entries through gates, as events tell of them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Admittance;
use crate::http::values::Instant;

/// An entry through a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryData {
    pub used_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub device: Option<String>,
}

impl EntryData {
    pub(super) fn of(admittance: &Admittance) -> Self {
        let Admittance { at, gate, device } = admittance.clone();
        Self { used_at: Instant(at), gate, device }
    }
}
