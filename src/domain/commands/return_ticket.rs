//! Taking a check-in back: whoever was let in by mistake can come again.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    Admittance, ApplyError, EventData, Rejection, RowFault, Rows, TicketId, TicketReturned, TicketRow, TicketStatus,
    WallTime, tables,
};

/// For how many seconds the device that let somebody in takes it back without a reason.
pub const SLIP_SECONDS: u32 = 60;

/// Take a check-in back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTicket {
    pub ticket: TicketId,
    pub device: Option<String>,
    pub reason: Option<String>,
}

impl Execute for ReturnTicket {
    /// The ticket, and the entry that it was used for.
    type Plan = (Box<TicketRow>, Admittance);

    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError> {
        let row = view.rows().get::<tables::Tickets>(&self.ticket)?.ok_or(Rejection::TicketNotFound)?;
        row.is_good(None)?;
        let TicketStatus::Used(admittance) = &row.status else { return Err(Rejection::TicketNotUsed.into()) };
        let wall = view.state().wall(view.now());
        if self.reason.is_none() && !self.is_slip(admittance, wall) {
            return Err(Rejection::ReturnNeedsReason.into());
        }
        let admittance = admittance.clone();
        Ok((row, admittance))
    }

    fn perform(
        &self,
        (row, admittance): Self::Plan,
        _state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<TicketReturned, RowFault> {
        let row = TicketRow { status: TicketStatus::Valid, returned: Some(admittance.clone()), ..*row };
        let event =
            EventData::TicketReturned { ticket: self.ticket, seat: row.key, admittance, reason: self.reason.clone() };
        effects.event(Some(row.concert), event);
        let row = effects.put_told_ticket(self.ticket, row);
        Ok(TicketReturned { ticket: self.ticket, row })
    }
}

impl ReturnTicket {
    /// Whether it comes from where the entry was noted, soon after.
    fn is_slip(&self, admittance: &Admittance, wall: WallTime) -> bool {
        self.device.is_some() && self.device == admittance.device && wall <= admittance.at.plus_seconds(SLIP_SECONDS)
    }
}
