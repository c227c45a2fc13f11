//! What was sold, as the operator lists it: payments and tickets, newest payments first.

use super::history::{HistoryPart, required};
use super::payments::ToldPayment;
use super::sales_search::{FoundPayment, PaymentSearch, TicketState, place_of_ticket};
use super::walk::{PageBuilder, Walked};
use crate::domain::{ConcertId, PaymentId, Rows, Ticket, TicketId, User, UserId, WallTime, tables};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::Store;

/// Payments that are looked at at once for tickets.
const PAYMENTS_AT_ONCE: usize = 100;

/// A payment and who has paid it: a guest where there is no user.
pub struct ListedPayment {
    pub told: ToldPayment,
    pub user: Option<User>,
}

/// A ticket and how it was sold.
pub struct ListedTicket {
    pub ticket: Ticket,
    pub holder: Option<UserId>,
    pub payment: PaymentId,
    pub concert: ConcertId,
    pub paid_at: WallTime,
    /// Who has paid it: a guest where there is no user.
    pub buyer: Option<(UserId, User)>,
    pub guest: Option<String>,
}

impl Handle {
    /// At most `limit` payments that are looked for, newest first, behind the one called `behind`; `None` when that is no
    /// payment behind which this search goes on. `next` is the last one that was looked at.
    ///
    /// # Errors
    /// A fault.
    pub async fn listed_payments(
        &self,
        search: PaymentSearch,
        behind: Option<PaymentId>,
        limit: usize,
    ) -> Result<Option<HistoryPart<PaymentId, ListedPayment>>, SubmitError> {
        self.read_rows(move |handle| {
            let Some(walked) = search.newest(handle, behind, limit)? else { return Ok(None) };
            let (rows, users): (Vec<_>, Vec<_>) =
                walked.found.into_iter().map(|found| ((found.id, found.payment), found.user)).unzip();
            let told = handle.told(rows)?;
            let listed = told.into_iter().zip(users).map(|(told, user)| ListedPayment { told, user });
            Ok(Some(HistoryPart { rows: listed.collect(), next: walked.last }))
        })
        .await
    }

    /// At most `limit` tickets of the payments that are looked for, in the order of these, behind the ticket called
    /// `behind`; `None` when there is none of this name. `next` is the last one that was looked at.
    ///
    /// # Errors
    /// A fault.
    pub async fn listed_tickets(
        &self,
        search: PaymentSearch,
        status: Option<TicketState>,
        behind: Option<TicketId>,
        limit: usize,
    ) -> Result<Option<HistoryPart<TicketId, ListedTicket>>, SubmitError> {
        self.read_rows(move |handle| {
            let store = handle.store();
            let (mut part, mut begun) = (None, None);
            if let Some(ticket) = behind {
                let Some((id, payment, place)) = place_of_ticket(handle, ticket)? else { return Ok(None) };
                begun = Some(id);
                part = search.found(handle, id, payment)?.map(|found| (found, place + 1));
            }
            let Some(walked) = search.newest(handle, begun, limit.max(PAYMENTS_AT_ONCE))? else { return Ok(None) };
            let mut list = TicketList { handle, search: &search, status, page: PageBuilder::new(limit) };
            for (found, from) in part.into_iter().chain(walked.found.into_iter().map(|found| (found, 0))) {
                if let Some(last) = list.take(&found, from)? {
                    let Walked { found: rows, last: next } = list.page.walked(Some(last));
                    return Ok(Some(HistoryPart { rows, next }));
                }
            }
            // A payment that is not looked for was the last one that was looked at: its tickets count as seen.
            let next = walked.last.map(|id| last_ticket(store, id)).transpose()?;
            let Walked { found: rows, last: next } = list.page.walked(next);
            Ok(Some(HistoryPart { rows, next }))
        })
        .await
    }
}

/// A page of tickets while it is read.
struct TicketList<'a> {
    handle: &'a Handle,
    search: &'a PaymentSearch,
    status: Option<TicketState>,
    page: PageBuilder<TicketId, ListedTicket>,
}

impl TicketList<'_> {
    /// Takes in the tickets of a payment from a place among its seats on; gives the last one of the page when it ends among
    /// them.
    fn take(&mut self, found: &FoundPayment, from: usize) -> Result<Option<TicketId>, SubmitError> {
        let FoundPayment { id, payment, user } = found;
        let of_date = |date| self.search.is_of_date(self.handle, payment.concert, date);
        let concert = self.handle.concert_id(payment.concert).expect("no concert goes that has payments");
        let items: Vec<_> = payment.items[from..].iter().filter(|item| of_date(item.date)).collect();
        for item in items {
            let row = required(self.handle.store().get::<tables::Tickets>(&item.ticket))?;
            let is_found = self.status.is_none_or(|status| TicketState::from(&row.status) == status);
            let found = is_found.then(|| ListedTicket {
                ticket: Ticket::of(item.ticket, &row, self.handle.held_on(payment.concert, item.date)),
                holder: row.holder,
                payment: *id,
                concert: concert.clone(),
                paid_at: payment.paid_at,
                buyer: payment.user.zip(user.clone()),
                guest: payment.guest.clone(),
            });
            if let Some(last) = self.page.take(item.ticket, found) {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }
}

fn last_ticket(store: &Store, id: PaymentId) -> Result<TicketId, SubmitError> {
    let payment = required(store.get::<tables::Payments>(&id))?;
    Ok(payment.items.last().expect("a payment is for a seat").ticket)
}
