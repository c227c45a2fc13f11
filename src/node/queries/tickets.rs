//! Tickets, with the words of their concerts, and the lists of a door.

use std::ops::Bound;

use super::history::{HistoryPart, required};
use crate::domain::{
    CalendarDate, ConcertId, ConcertNo, Payment, PaymentId, Performance, Rows, State, TicketId, TicketRow,
    TicketStatus, UserId, WallTime, tables,
};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;
use crate::storage::{Direction, Store, behind};

/// Payments of which a page of a user's tickets looks at most: whoever gave most of them away gets shorter pages.
const PAYMENTS_A_PAGE_MAX: usize = 1_000;

/// A ticket with what it names.
pub struct ToldTicket {
    pub id: TicketId,
    pub row: Box<TicketRow>,
    pub concert: ConcertId,
    pub title: String,
    pub held: Held,
    /// The name of whoever has it, where there is one.
    pub holder: Option<String>,
    /// Until when somebody may accept it, where it is offered.
    pub offered_until: Option<WallTime>,
}

/// When what a ticket is for takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub date: CalendarDate,
    /// The date that it was sold for, when it was moved.
    pub moved_from: Option<CalendarDate>,
    /// Minutes after midnight in the concert's zone.
    pub starts_at_minutes: Option<u32>,
    /// `None` when no time is known, or the concert has the date no more.
    pub begins_at: Option<WallTime>,
}

/// A part of the list of a door.
pub struct DoorPart {
    /// In order of their last change.
    pub tickets: Vec<(TicketId, Box<TicketRow>)>,
    /// The number of the last change that it has.
    pub version: u64,
    /// Whether more follows.
    pub more: bool,
}

impl Handle {
    /// A ticket, whoever has it.
    ///
    /// # Errors
    /// A fault.
    pub async fn ticket(&self, ticket: TicketId) -> Result<Option<ToldTicket>, SubmitError> {
        self.read_rows(move |handle| match handle.store().get::<tables::Tickets>(&ticket)? {
            Some(row) => handle.told_ticket(ticket, row).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// A ticket as its row is, with the words of its concert.
    ///
    /// # Errors
    /// A fault.
    pub fn told_ticket(&self, id: TicketId, row: Box<TicketRow>) -> Result<ToldTicket, SubmitError> {
        let now = self.now();
        let named = self.read(|state| {
            let standing =
                row.offer.as_ref().filter(|offer| now < offer.expires_at && row.status == TicketStatus::Valid);
            Some((words_of(state, &row)?, standing.map(|offer| state.wall(offer.expires_at))))
        });
        let missing = || SubmitError::Fault("a ticket names a concert that does not exist".to_owned());
        let ((concert, title, held), offered_until) = named.ok_or_else(missing)?;
        let holder = match row.holder {
            Some(user) => {
                let user = self.store().get::<tables::Users>(&user)?.filter(|user| user.deleted_at.is_none());
                user.map(|user| user.username.given)
            }
            None => required(self.store().get::<tables::Payments>(&row.payment))?.guest,
        };
        Ok(ToldTicket { id, row, concert, title, held, holder, offered_until })
    }

    /// At most `limit` tickets that a user has, from the one called `from` on: first those that others handed over, then
    /// those that the user bought, of either the newest first; `None` when `from` is no ticket.
    ///
    /// # Errors
    /// A fault.
    pub async fn tickets_of(
        &self,
        user: UserId,
        from: Option<TicketId>,
        limit: usize,
    ) -> Result<Option<HistoryPart<TicketId, ToldTicket>>, SubmitError> {
        self.read_rows(move |handle| {
            let store = handle.store();
            let start = match from {
                None => Start::Received(TicketId(u128::MAX)),
                Some(ticket) => match store.get::<tables::Tickets>(&ticket)? {
                    None => return Ok(None),
                    Some(row) => match required(store.get::<tables::Payments>(&row.payment))?.user {
                        Some(payer) if payer == user => Start::Bought(ticket, row.payment),
                        Some(_) | None => Start::Received(ticket),
                    },
                },
            };
            let mut page = Page { user, limit, rows: Vec::new(), next: None };
            page.fill(store, start)?;
            page.told(handle).map(Some)
        })
        .await
    }

    /// At most `limit` tickets that others handed over to a user who has them still, newest first, from the one called `from`
    /// on.
    ///
    /// # Errors
    /// A fault.
    pub async fn received_tickets(
        &self,
        user: UserId,
        from: Option<TicketId>,
        limit: usize,
    ) -> Result<HistoryPart<TicketId, ToldTicket>, SubmitError> {
        self.read_rows(move |handle| {
            let mut page = Page { user, limit, rows: Vec::new(), next: None };
            page.add_received(handle.store(), from.unwrap_or(TicketId(u128::MAX)))?;
            page.told(handle)
        })
        .await
    }

    /// At most `limit` tickets of a date, those whose last change came behind `since`; `None` when the concert has no such
    /// date. The date is that on which it is held.
    ///
    /// # Errors
    /// A fault.
    pub async fn door(
        &self,
        concert: ConcertNo,
        date: CalendarDate,
        since: u64,
        limit: usize,
    ) -> Result<Option<(CalendarDate, DoorPart)>, SubmitError> {
        let sold_for = self.read(|state| {
            let performances = &state.sale(concert)?.row().definition.performances;
            performances.iter().find(|performance| performance.held_on() == date).map(|performance| performance.date)
        });
        let Some(sold_for) = sold_for else { return Ok(None) };
        self.read_rows(move |handle| {
            let [first, last] = [since, u64::MAX].map(|change| (concert, (sold_for, change)));
            let keys = (Bound::Excluded(first), Bound::Included(last));
            let changes = handle.store().range::<tables::DateTickets>(&keys, Direction::Ascending, limit)?;
            let more = changes.rest.is_some();
            let mut part = DoorPart { tickets: Vec::new(), version: since, more };
            for ((_, (_, number)), ticket) in changes.rows {
                let row = required(handle.store().get::<tables::Tickets>(&ticket))?;
                part.version = number;
                // What changed since the changes were read comes again behind them.
                part.tickets.push((ticket, row));
            }
            // Others that were looked at are no changes any more.
            part.version = changes.rest.map_or(part.version, |(_, (_, number))| number);
            Ok(Some((sold_for, part)))
        })
        .await
    }
}

/// What a ticket's concert is called, and when it takes place.
fn words_of(state: &State, row: &TicketRow) -> Option<(ConcertId, String, Held)> {
    let sale = state.sale(row.concert)?;
    let definition = &sale.row().definition;
    Some((sale.id().clone(), definition.title.clone(), held(row.key.date, definition.performance(row.key.date))))
}

fn held(sold_for: CalendarDate, performance: Option<&Performance>) -> Held {
    let date = performance.map_or(sold_for, Performance::held_on);
    let starts = performance.and_then(|performance| Some((performance.starts_at_minutes?, performance.bookable_until)));
    Held {
        date,
        moved_from: (date != sold_for).then_some(sold_for),
        starts_at_minutes: starts.map(|(minutes, _)| minutes),
        begins_at: starts.map(|(_, at)| at),
    }
}

/// Where a page of a user's tickets begins.
enum Start {
    /// At this ticket, among those that others handed over.
    Received(TicketId),
    /// At this ticket of this payment, among those that the user bought.
    Bought(TicketId, PaymentId),
}

/// A page of a user's tickets.
struct Page {
    user: UserId,
    limit: usize,
    rows: Vec<(TicketId, Box<TicketRow>)>,
    next: Option<TicketId>,
}

impl Page {
    fn fill(&mut self, store: &Store, start: Start) -> Result<(), SubmitError> {
        match start {
            Start::Received(from) => {
                self.add_received(store, from)?;
                if self.next.is_some() {
                    return Ok(());
                }
                let newest = store.get::<tables::Wallets>(&self.user)?.unwrap_or_default().last_payment;
                let Some(id) = newest else { return Ok(()) };
                let payment = required(store.get::<tables::Payments>(&id))?;
                self.add_bought(store, *payment, None)
            }
            Start::Bought(from, payment) => {
                let payment = required(store.get::<tables::Payments>(&payment))?;
                self.add_bought(store, *payment, Some(from))
            }
        }
    }

    fn add_received(&mut self, store: &Store, from: TicketId) -> Result<(), SubmitError> {
        let mut keys = (Bound::Included((self.user, TicketId(0))), Bound::Included((self.user, from)));
        loop {
            let part = store.range::<tables::ReceivedTickets>(&keys, Direction::Descending, self.limit + 1)?;
            for ((_, ticket), ()) in part.rows {
                let row = required(store.get::<tables::Tickets>(&ticket))?;
                self.add(ticket, row);
            }
            let Some(last) = part.rest.filter(|_| self.next.is_none()) else { return Ok(()) };
            keys = behind(keys, last, Direction::Descending);
        }
    }

    /// Those of a payment, and of the ones before it.
    fn add_bought(&mut self, store: &Store, first: Payment, mut from: Option<TicketId>) -> Result<(), SubmitError> {
        let mut payment = first;
        for _ in 0..PAYMENTS_A_PAGE_MAX {
            let sold = payment.items.iter().map(|item| item.ticket);
            for ticket in sold.skip_while(|ticket| from.is_some_and(|from| from != *ticket)) {
                let row = required(store.get::<tables::Tickets>(&ticket))?;
                self.add(ticket, row);
                if self.next.is_some() {
                    return Ok(());
                }
            }
            from = None;
            let Some(previous) = payment.previous else { return Ok(()) };
            payment = *required(store.get::<tables::Payments>(&previous))?;
        }
        self.next = payment.items.first().map(|item| item.ticket);
        Ok(())
    }

    fn told(self, handle: &Handle) -> Result<HistoryPart<TicketId, ToldTicket>, SubmitError> {
        let told = self.rows.into_iter().map(|(id, row)| handle.told_ticket(id, row));
        Ok(HistoryPart { rows: told.collect::<Result<_, _>>()?, next: self.next })
    }

    /// Takes a ticket in, unless another has it by now; the first beyond the limit begins the next page.
    fn add(&mut self, ticket: TicketId, row: Box<TicketRow>) {
        if self.next.is_some() || row.holder != Some(self.user) {
            return;
        }
        if self.rows.len() < self.limit {
            self.rows.push((ticket, row));
        } else {
            self.next = Some(ticket);
        }
    }
}
