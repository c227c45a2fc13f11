//! A user's payments, with the words of their tickets.

use std::collections::BTreeMap;

use super::history::{HistoryPart, newest_first, required};
use crate::domain::{ConcertId, ConcertNo, Payment, PaymentId, Rows, SoldSeat, Ticket, UserId, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// A payment with what it names.
pub struct ToldPayment {
    pub id: PaymentId,
    pub payment: Box<Payment>,
    pub concert: ConcertId,
    /// As they were sold, ascending by the day that each is for.
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
            Ok(Some(HistoryPart { rows: handle.told(part.rows)?, next: part.next }))
        })
        .await
    }

    /// Payments with what they name; the ids of the concerts are looked up once for all of them.
    pub(super) fn told(&self, payments: Vec<(PaymentId, Box<Payment>)>) -> Result<Vec<ToldPayment>, SubmitError> {
        let concerts: BTreeMap<ConcertNo, ConcertId> = self.read(|state| {
            let sales = payments.iter().filter_map(|(_, payment)| state.sale(payment.concert));
            sales.map(|sale| (sale.no, sale.id().clone())).collect()
        });
        let tell = |(id, payment): (PaymentId, Box<Payment>)| {
            let missing = || SubmitError::Fault("a payment names a concert that does not exist".to_owned());
            let concert = concerts.get(&payment.concert).cloned().ok_or_else(missing)?;
            let ticket = |sold: &SoldSeat| {
                let row = required(self.store().get::<tables::Tickets>(&sold.ticket))?;
                Ok(Ticket::of(sold.ticket, &row, self.held_on(payment.concert, sold.date)))
            };
            let mut tickets = payment.items.iter().map(ticket).collect::<Result<Vec<_>, SubmitError>>()?;
            Ticket::sort(&mut tickets);
            Ok(ToldPayment { id, payment, concert, tickets })
        };
        payments.into_iter().map(tell).collect()
    }
}
