//! Accepting a ticket that was offered: it is the other user's, and the code that was given out for it before is void.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use super::offer_ticket::judge_hand_over;
use super::user_access::welcome;
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, EventData, Rejection, RowFault, Rows, TicketAccepted, TicketId, TicketRow, UserId, tables,
};

/// Accept a ticket that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptTicket {
    pub ticket: TicketId,
    /// Who accepts it.
    pub user: UserId,
    /// That of the offer.
    pub secret: u128,
}

impl Execute for AcceptTicket {
    /// The ticket, and who paid for it.
    type Plan = (Box<TicketRow>, Option<UserId>);

    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError> {
        welcome(view.rows(), self.user)?;
        let row = view.rows().get::<tables::Tickets>(&self.ticket)?.ok_or(Rejection::TransferNotFound)?;
        let offer = row.offer.as_ref().filter(|offer| offer.secret == self.secret);
        let offer = offer.ok_or(Rejection::TransferNotFound)?;
        if offer.expires_at <= view.now() {
            return Err(Rejection::TransferExpired.into());
        }
        if offer.to.is_some_and(|to| to != self.user) {
            return Err(Rejection::TransferForAnother.into());
        }
        judge_hand_over(&view.state(), &row)?;
        let payer = view.rows().get::<tables::Payments>(&row.payment)?.expect("a ticket has its payment").user;
        Ok((row, payer))
    }

    fn perform(
        &self,
        (row, payer): Self::Plan,
        _state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<TicketAccepted, RowFault> {
        let (ticket, to, from) = (self.ticket, self.user, row.holder);
        // Whoever paid has the ticket through the payment.
        if let Some(from) = from.filter(|_| from != payer) {
            effects.remove::<tables::ReceivedTickets>((from, ticket));
        }
        if payer != Some(to) {
            effects.put::<tables::ReceivedTickets>((to, ticket), ());
        }
        let row = TicketRow { holder: Some(to), version: row.version + 1, offer: None, ..*row };
        let event = EventData::TicketTransferred { ticket, seat: row.key, from, to };
        effects.event(Some(row.concert), event);
        let row = effects.put_told_ticket(ticket, row);
        Ok(TicketAccepted { ticket, row })
    }
}
