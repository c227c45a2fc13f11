//! Scans as gates report them that were offline.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::names::{DeviceName, GateName};
use crate::http::request::read;
use crate::http::values::kind::list_kinds;
use crate::http::values::{self, Date, Instant, TicketCodeText};

/// What was scanned while the server could not be asked.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CheckInsRequest {
    pub check_ins: CheckIns,
}

/// One scan: exactly one of `code` and `ticketId`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReportedScanRequest {
    /// What the QR of the ticket holds.
    pub code: Option<TicketCodeText>,
    pub ticket_id: Option<values::TicketId>,
    pub concert_id: Option<values::ConcertId>,
    pub date: Option<Date>,
    pub gate: Option<GateName>,
    pub device: Option<DeviceName>,
    /// When it was scanned.
    pub at: Instant,
}

list_kinds! {
    /// Scans in any order.
    CheckIns(ReportedScanRequest) = 1..=500;
}

/// Whether an object is a well-formed report.
pub(in crate::http) fn is_report(object: &Map<String, Value>) -> bool {
    read::<CheckInsRequest>(object).is_ok()
}
