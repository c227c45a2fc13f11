//! The list of a door.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{TicketId, TicketRow, TicketStatus};
use crate::http::api::tickets::TicketStatusBody;
use crate::http::values::{self, Date, Instant, SeatNumber, SectionName};
use crate::identity::{TicketCode, TicketCodes};

/// A part of the list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DoorListBody {
    pub concert_id: values::ConcertId,
    /// On which it is held.
    pub date: Date,
    /// What codes of this concert say in `concert`.
    pub code_concert: u16,
    /// What codes of this date say in `date`.
    pub code_date: u16,
    /// In order of their last change; whoever has an older entry of a ticket replaces it.
    pub tickets: Vec<DoorTicketBody>,
    /// To be given as `since` for what changes behind this.
    pub version: u64,
    /// Whether more follows now.
    pub more: bool,
}

/// A ticket as an offline gate needs it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DoorTicketBody {
    pub ticket_id: values::TicketId,
    /// The SHA-256 of its code, in hexadecimal; another code for the ticket is void.
    pub code_sha256: String,
    pub status: TicketStatusBody,
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    #[schema(value_type = SectionName)]
    pub section: String,
    pub row_label: String,
    pub label: String,
    /// That of its code, from 1.
    pub version: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub used_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub gate: Option<String>,
}

impl DoorTicketBody {
    pub(super) fn of(id: TicketId, row: Box<TicketRow>, codes: &TicketCodes) -> Self {
        let code = codes.write(TicketCode::new(id, row.concert, row.key.date, row.version));
        let status = TicketStatusBody::of(&row.status);
        let used = if let TicketStatus::Used(admittance) = row.status { Some(admittance) } else { None };
        Self {
            ticket_id: values::TicketId(id),
            code_sha256: hexadecimal(digest(&SHA256, code.as_bytes()).as_ref()),
            status,
            seat: row.key.seat,
            section: row.section,
            row_label: row.row_label,
            label: row.label,
            version: row.version,
            used_at: used.as_ref().map(|admittance| Instant(admittance.at)),
            gate: used.and_then(|admittance| admittance.gate),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
