//! Offering a ticket to somebody else, and taking the offer back. A ticket has one offer at most: a new one is in place of
//! the one before.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use super::user_access::{existing, welcome};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Done, Offer, Rejection, RowFault, Rows, TicketId, TicketOffered, TicketRow, TicketStatus, Transfers,
    UserId, tables,
};

/// For how long an offer can be accepted.
const OFFER_SECONDS: u32 = 24 * 60 * 60;

/// Offer a ticket to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTicket {
    pub ticket: TicketId,
    /// Who offers it, and must have it then; `None` is whoever has it, of whom only the id of the ticket is known.
    pub user: Option<UserId>,
    /// Who alone may accept it; `None` is whoever knows the secret.
    pub to: Option<UserId>,
    /// What accepting takes: random bits.
    pub secret: u128,
}

/// Take an offer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawOffer {
    pub ticket: TicketId,
    /// Who offered it, and must have it then.
    pub user: Option<UserId>,
}

impl Execute for OfferTicket {
    type Plan = Box<TicketRow>;

    fn judge(&self, view: &impl View) -> Result<Box<TicketRow>, ApplyError> {
        let row = own_ticket(view.rows(), self.ticket, self.user)?;
        if let Some(to) = self.to {
            existing(view.rows(), to)?;
        }
        judge_hand_over(&view.state(), &row)?;
        Ok(row)
    }

    fn perform(
        &self,
        mut row: Box<TicketRow>,
        _state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<TicketOffered, RowFault> {
        let expires_at = effects.now.plus_seconds(OFFER_SECONDS);
        let offer = Offer { to: self.to, secret: self.secret, expires_at };
        row.offer = Some(Box::new(offer));
        effects.put::<tables::Tickets>(self.ticket, row);
        let expires_at = effects.clock.wall(expires_at);
        Ok(TicketOffered { ticket: self.ticket, to: self.to, secret: self.secret, expires_at })
    }
}

impl Execute for WithdrawOffer {
    type Plan = Box<TicketRow>;

    fn judge(&self, view: &impl View) -> Result<Box<TicketRow>, ApplyError> {
        let row = own_ticket(view.rows(), self.ticket, self.user)?;
        if row.offer.is_none() {
            return Err(Rejection::TransferNotFound.into());
        }
        Ok(row)
    }

    fn perform(
        &self,
        mut row: Box<TicketRow>,
        _state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Done, RowFault> {
        row.offer = None;
        effects.put::<tables::Tickets>(self.ticket, row);
        Ok(Done)
    }
}

/// The ticket, which the user has where one is named; that of another one is none. Whoever has it may act.
fn own_ticket(rows: &impl Rows, ticket: TicketId, user: Option<UserId>) -> Result<Box<TicketRow>, ApplyError> {
    if let Some(user) = user {
        welcome(rows, user)?;
    }
    let row = rows.get::<tables::Tickets>(&ticket)?.filter(|row| user.is_none() || row.holder == user);
    let row = row.ok_or(Rejection::TicketNotFound)?;
    if let Some(holder) = row.holder {
        welcome(rows, holder)?;
    }
    Ok(row)
}

/// That a ticket can be handed over: it is still good for an entry, and its concert lets it.
pub(super) fn judge_hand_over(state: &State, row: &TicketRow) -> Result<(), Rejection> {
    row.is_good(None)?;
    if let TicketStatus::Used(admittance) = &row.status {
        return Err(Rejection::AlreadyUsed(admittance.clone()));
    }
    let lets = state.existing(row.concert)?.row().definition.transfers == Transfers::Allowed;
    // Codes are counted in a byte.
    if lets && row.version < u8::MAX { Ok(()) } else { Err(Rejection::TransfersForbidden) }
}
