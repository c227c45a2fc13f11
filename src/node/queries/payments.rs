//! A user's payments, with the words of their tickets.

use super::history::{HistoryPart, newest_first, required};
use crate::domain::{ConcertId, Payment, PaymentId, Rows, SoldSeat, Ticket, UserId, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// A payment with what it names.
pub struct ToldPayment {
    pub id: PaymentId,
    pub payment: Box<Payment>,
    pub concert: ConcertId,
    /// As they were sold.
    pub tickets: Vec<Ticket>,
}

impl Handle {
    /// At most `limit` payments of a user, newest first, from the one called `from` on; `None` when that is none of the
    /// user's.
    ///
    /// # Errors
    /// A fault.
    pub async fn payments(
        &self,
        user: UserId,
        from: Option<PaymentId>,
        limit: usize,
    ) -> Result<Option<HistoryPart<PaymentId, ToldPayment>>, SubmitError> {
        self.read_rows(move |handle| {
            let store = handle.store();
            let first = match from {
                None => store.get::<tables::Wallets>(&user)?.unwrap_or_default().last_payment,
                Some(id) => match store.get::<tables::Payments>(&id)? {
                    Some(payment) if payment.user == Some(user) => Some(id),
                    Some(_) | None => return Ok(None),
                },
            };
            let part = newest_first(first, limit, |id| store.get::<tables::Payments>(&id), |payment| payment.previous)?;
            let told = part.rows.into_iter().map(|(id, payment)| handle.told(id, payment));
            Ok(Some(HistoryPart { rows: told.collect::<Result<_, _>>()?, next: part.next }))
        })
        .await
    }

    pub(super) fn told(&self, id: PaymentId, payment: Box<Payment>) -> Result<ToldPayment, SubmitError> {
        let concert = self.concert_id(payment.concert);
        let missing = || SubmitError::Fault("a payment names a concert that does not exist".to_owned());
        let ticket = |sold: &SoldSeat| {
            let row = required(self.store().get::<tables::Tickets>(&sold.ticket))?;
            let held_on = self.held_on(payment.concert, sold.date);
            Ok(Ticket::of(sold.ticket, &row, held_on))
        };
        let tickets = payment.items.iter().map(ticket).collect::<Result<_, SubmitError>>()?;
        Ok(ToldPayment { id, payment, concert: concert.ok_or_else(missing)?, tickets })
    }
}
