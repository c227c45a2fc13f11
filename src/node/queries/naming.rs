//! Which concert a request is about that names it only by what was sold, or not at all, and its refusal. What is not found
//! may be there all the same where this copy is not [`fresh`](Handle::fresh).

use crate::domain::{ConcertId, PaymentId, Rows, TicketId, tables};
use crate::node::handle::Handle;
use crate::node::refusals::HeldRefusal;
use crate::node::submit_error::SubmitError;

impl Handle {
    /// The concert of a payment.
    ///
    /// # Errors
    /// A fault.
    pub fn concert_of_payment(&self, payment: PaymentId) -> Result<Option<ConcertId>, SubmitError> {
        let row = self.store().get::<tables::Payments>(&payment)?;
        Ok(row.and_then(|row| self.concert_id(row.concert)))
    }

    /// The concert of a ticket.
    ///
    /// # Errors
    /// A fault.
    pub fn concert_of_ticket(&self, ticket: TicketId) -> Result<Option<ConcertId>, SubmitError> {
        let row = self.store().get::<tables::Tickets>(&ticket)?;
        Ok(row.and_then(|row| self.concert_id(row.concert)))
    }

    /// The id of the one concert at which places can be taken; `None` when there is none, or another one.
    pub fn only_open_concert_id(&self) -> Option<ConcertId> {
        self.concert_id(self.only_open_concert()?)
    }

    /// Counts a refusal that was held, once it is the answer.
    pub fn count_refusal(&self, held: HeldRefusal) {
        self.shared.refusals.count_held(held);
    }
}
