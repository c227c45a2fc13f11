//! What a gate is told.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::Admittance;
use crate::http::api::tickets::TicketDetailsBody;
use crate::http::problem::Problem;
use crate::http::values::Instant;

/// The bearer of the ticket goes in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnteredBody {
    #[schema(inline)]
    pub verdict: EnterWord,
    /// Without its code.
    pub ticket: TicketDetailsBody,
    /// A later scan, which had been taken for the entry until this one was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conflict: Option<EntryBody>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum EnterWord {
    Enter,
}

/// An entry through a gate.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryBody {
    pub used_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub device: Option<String>,
}

/// What became of each scan, in their order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckInsBody {
    pub check_ins: Vec<CheckInOutcomeBody>,
    /// How many of them are entries.
    pub entered: usize,
    /// How many are not.
    pub refused: usize,
}

/// What became of one scan: an entry, or what it would have been refused with alone.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum CheckInOutcomeBody {
    Entered(Box<EnteredBody>),
    Refused(RefusedScanBody),
}

/// A scan that is no entry.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefusedScanBody {
    #[schema(inline)]
    pub verdict: RefuseWord,
    /// The body of the refusal: `code`, `reason`, `message` and what belongs to the reason.
    #[schema(value_type = Object)]
    pub refusal: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RefuseWord {
    Refuse,
}

/// A ticket that was not used, or can be used again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReturnedTicketBody {
    /// Without its code.
    pub ticket: TicketDetailsBody,
}

impl EntryBody {
    pub(super) fn of(Admittance { at, gate, device }: Admittance) -> Self {
        Self { used_at: Instant(at), gate, device }
    }
}

impl CheckInsBody {
    pub(super) fn of(check_ins: Vec<CheckInOutcomeBody>) -> Self {
        let entered = check_ins.iter().filter(|outcome| matches!(outcome, CheckInOutcomeBody::Entered(_))).count();
        Self { entered, refused: check_ins.len() - entered, check_ins }
    }
}

impl RefusedScanBody {
    pub(super) fn of(problem: &Problem) -> Self {
        Self { verdict: RefuseWord::Refuse, refusal: problem.body() }
    }
}
