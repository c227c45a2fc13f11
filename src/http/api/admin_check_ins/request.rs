//! Check-ins as gates ask for them.

use serde::Deserialize;
use utoipa::ToSchema;

use super::names::{DeviceName, GateName};
use super::scans::ReportedScanRequest;
use crate::domain::commands::{CheckIn, ReturnTicket, Scan};
use crate::domain::{Rejection, TicketId};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::values::kind::bounded_texts;
use crate::http::values::{self, Date, Form, Instant, TicketCodeText};

/// A ticket that is shown at an entrance: exactly one of `code` and `ticketId`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CheckInRequest {
    /// What the QR of the ticket holds.
    pub code: Option<TicketCodeText>,
    pub ticket_id: Option<values::TicketId>,
    /// What is played here: a ticket of another concert is refused.
    pub concert_id: Option<values::ConcertId>,
    /// On which date, as it is held: a ticket for another date is refused.
    pub date: Option<Date>,
    pub gate: Option<GateName>,
    pub device: Option<DeviceName>,
    /// When it was scanned, where that was not now.
    pub at: Option<Instant>,
}

/// Why a check-in is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UndoRequest {
    pub device: Option<DeviceName>,
    pub reason: Option<UndoReason>,
}

bounded_texts! {
    /// Why a check-in is taken back.
    UndoReason = Form::Text, 1..=500_usize;
}

/// Which ticket a gate means.
struct Shown {
    ticket: TicketId,
    version: Option<u8>,
}

impl CheckInRequest {
    pub(super) fn into_command(self, app: &App) -> Result<CheckIn, Problem> {
        let at = self.at.map(|Instant(at)| at);
        let concert = self.concert_id;
        let named = (self.code, self.ticket_id);
        let check_in = command(app, named, concert, Scan::Live(at))?;
        Ok(CheckIn {
            date: self.date.map(|Date(date)| date),
            gate: self.gate.map(|GateName(gate)| gate),
            device: self.device.map(|DeviceName(device)| device),
            ..check_in
        })
    }
}

impl ReportedScanRequest {
    pub(super) fn into_command(self, app: &App) -> Result<CheckIn, Problem> {
        let named = (self.code, self.ticket_id);
        let check_in = command(app, named, self.concert_id, Scan::Reported(self.at.0))?;
        Ok(CheckIn {
            date: self.date.map(|Date(date)| date),
            gate: self.gate.map(|GateName(gate)| gate),
            device: self.device.map(|DeviceName(device)| device),
            ..check_in
        })
    }
}

impl UndoRequest {
    pub(super) fn into_command(self, ticket: TicketId) -> ReturnTicket {
        ReturnTicket {
            ticket,
            device: self.device.map(|DeviceName(device)| device),
            reason: self.reason.map(|UndoReason(reason)| reason),
        }
    }
}

/// The check-in of a ticket, without what a gate says of itself. A code that is not genuine, and one for another concert,
/// is told without a look at any row.
fn command(
    app: &App,
    named: (Option<TicketCodeText>, Option<values::TicketId>),
    concert: Option<values::ConcertId>,
    scan: Scan,
) -> Result<CheckIn, Problem> {
    let concert = concert.map(|values::ConcertId(id)| access::any_concert(app, &id)).transpose()?;
    let Shown { ticket, version } = match named {
        (Some(TicketCodeText(text)), None) => {
            let code = app.keys.tickets.read(&text).ok_or(Reason::CodeForged)?;
            if concert.is_some_and(|concert| !code.may_be_of_concert(concert)) {
                return Err(Rejection::TicketOfAnotherConcert.into());
            }
            Shown { ticket: code.ticket, version: Some(code.version) }
        }
        (None, Some(values::TicketId(ticket))) => Shown { ticket, version: None },
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::invalid("code", "given, or else `ticketId`: exactly one of them"));
        }
    };
    Ok(CheckIn { ticket, version, concert, date: None, gate: None, device: None, scan })
}
