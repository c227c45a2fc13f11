//! Which payments are looked for, and the walk that meets them: by the index of a concert or a date, along a user's
//! history, or through all of them.

use std::ops::Bound;

use super::walk::{PageBuilder, Walked, newest_picked};
use crate::domain::{
    CalendarDate, ConcertNo, Payment, PaymentId, PaymentStatus, Rows, TicketId, TicketStatus, User, UserId, WallTime,
    tables,
};
use crate::node::handle::Handle;
use crate::node::queries::history::required;
use crate::node::submit_error::SubmitError;
use crate::storage::KeyRange;

/// How far the time in the id of a payment may be from that at which it was paid: it waited for the writer, or the wall
/// clock was set meanwhile.
const ID_SLACK_MS: i64 = 60_000;
/// Bits of a UUID of version 7 below its time (RFC 9562, section 5.7).
const BITS_BELOW_TIME: u32 = 80;
/// Digits and hyphens of a UUID as it is written.
const UUID_LENGTH: usize = 36;

/// Payments that are looked for: those to which all of it applies.
#[derive(Clone, Debug, Default)]
pub struct PaymentSearch {
    pub concert: Option<ConcertNo>,
    /// With a seat of the performance that takes place on this date.
    pub date: Option<CalendarDate>,
    pub user: Option<UserId>,
    pub status: Option<PaymentState>,
    /// Paid then or later.
    pub from: Option<WallTime>,
    /// Paid before then.
    pub to: Option<WallTime>,
    pub text: Option<SaleText>,
}

/// How the name of the buyer or the guest begins, or the id.
#[derive(Clone, Debug)]
pub struct SaleText {
    /// In small letters.
    pub folded: String,
    /// As names are kept.
    pub canonical: String,
}

/// Where a payment has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    Paid,
    PartlyRefunded,
    Refunded,
}

/// Where a ticket has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    Valid,
    Used,
    Void,
}

/// A payment and who has paid it, who is a guest where there is no user.
pub(super) struct FoundPayment {
    pub id: PaymentId,
    pub payment: Box<Payment>,
    pub user: Option<User>,
}

impl From<&PaymentStatus> for PaymentState {
    fn from(status: &PaymentStatus) -> Self {
        match status {
            PaymentStatus::Paid => Self::Paid,
            PaymentStatus::PartlyRefunded { .. } => Self::PartlyRefunded,
            PaymentStatus::Refunded { .. } => Self::Refunded,
        }
    }
}

impl From<&TicketStatus> for TicketState {
    fn from(status: &TicketStatus) -> Self {
        match status {
            TicketStatus::Valid => Self::Valid,
            TicketStatus::Used(_) => Self::Used,
            TicketStatus::Void { .. } => Self::Void,
        }
    }
}

impl SaleText {
    /// The id that it is, from the first to the last digit.
    fn id(&self) -> Option<PaymentId> {
        let id = uuid::Uuid::parse_str(&self.folded).ok().filter(|_| self.folded.len() == UUID_LENGTH)?;
        Some(PaymentId(id.as_u128()))
    }

    fn finds(&self, id: PaymentId, payment: &Payment, user: Option<&User>) -> bool {
        let begins = |text: &String| text.to_lowercase().starts_with(&self.folded);
        begins(&uuid::Uuid::from_u128(id.0).to_string())
            || payment.guest.as_ref().is_some_and(begins)
            || user.is_some_and(|user| user.username.canonical.starts_with(&self.canonical))
    }
}

impl PaymentSearch {
    /// Whether a performance, named as rows do, takes place on the date that is asked for.
    pub(super) fn is_of_date(&self, handle: &Handle, concert: ConcertNo, date: CalendarDate) -> bool {
        self.date.is_none_or(|asked| handle.held_on(concert, date) == asked)
    }

    /// The payment, if it is one that is looked for.
    pub(super) fn found(
        &self,
        handle: &Handle,
        id: PaymentId,
        payment: Box<Payment>,
    ) -> Result<Option<FoundPayment>, SubmitError> {
        let fits = self.concert.is_none_or(|concert| payment.concert == concert)
            && payment.items.iter().any(|item| self.is_of_date(handle, payment.concert, item.date))
            && self.user.is_none_or(|user| payment.user == Some(user))
            && self.status.is_none_or(|status| PaymentState::from(&payment.status) == status)
            && self.from.is_none_or(|from| from <= payment.paid_at)
            && self.to.is_none_or(|to| payment.paid_at < to);
        if !fits {
            return Ok(None);
        }
        let user = payment.user.map(|user| required(handle.store().get::<tables::Users>(&user))).transpose()?;
        let is_found = self.text.as_ref().is_none_or(|text| text.finds(id, &payment, user.as_ref()));
        Ok(is_found.then_some(FoundPayment { id, payment, user }))
    }

    /// At most `limit` payments, newest first, behind the one called `behind`; `None` when that is no payment behind
    /// which this search goes on.
    ///
    /// # Errors
    /// A row cannot be read.
    pub(super) fn newest(
        &self,
        handle: &Handle,
        behind: Option<PaymentId>,
        limit: usize,
    ) -> Result<Option<Walked<PaymentId, FoundPayment>>, SubmitError> {
        if let Some(user) = self.user {
            return self.of_user(handle, user, behind, limit);
        }
        let ids = self.ids(behind);
        let read =
            |id| required(handle.store().get::<tables::Payments>(&id)).and_then(|row| self.found(handle, id, row));
        let walked = match (self.concert, self.date) {
            (Some(concert), Some(date)) => {
                // Rows name a performance by the date that it was first announced for.
                let date = handle.first_date(concert, date);
                let keys = of_index(ids, |id| (concert, (date, id)));
                newest_picked::<tables::DatePayments, _>(handle.store(), keys, limit, |(_, (_, id)), ()| read(*id))?
                    .by(|(_, (_, id))| id)
            }
            (Some(concert), None) => {
                let keys = of_index(ids, |id| (concert, id));
                newest_picked::<tables::ConcertPayments, _>(handle.store(), keys, limit, |(_, id), ()| read(*id))?
                    .by(|(_, id)| id)
            }
            (None, _) => newest_picked::<tables::Payments, _>(handle.store(), ids, limit, |id, row| {
                self.found(handle, *id, row)
            })?,
        };
        Ok(Some(walked))
    }

    /// Ids that payments of the time asked for can have: one, where that is asked for.
    fn ids(&self, behind: Option<PaymentId>) -> KeyRange<PaymentId> {
        if let Some(id) = self.text.as_ref().and_then(SaleText::id) {
            let is_behind = behind.is_none_or(|behind| id < behind);
            return (Bound::Included(id), if is_behind { Bound::Included(id) } else { Bound::Excluded(id) });
        }
        let id_at = |ms: i64| PaymentId(u128::from(u64::try_from(ms).unwrap_or_default()) << BITS_BELOW_TIME);
        let first = self.from.map(|at| id_at(at.0.saturating_sub(ID_SLACK_MS)));
        let end = self.to.map(|at| id_at(at.0.saturating_add(ID_SLACK_MS)));
        let end = match (end, behind) {
            (Some(end), Some(behind)) => Some(end.min(behind)),
            (end, behind) => end.or(behind),
        };
        (first.map_or(Bound::Unbounded, Bound::Included), end.map_or(Bound::Unbounded, Bound::Excluded))
    }

    /// Along the user's history, each payment of which names the one before it.
    fn of_user(
        &self,
        handle: &Handle,
        user: UserId,
        behind: Option<PaymentId>,
        limit: usize,
    ) -> Result<Option<Walked<PaymentId, FoundPayment>>, SubmitError> {
        let mut next = match behind {
            None => handle.store().get::<tables::Wallets>(&user)?.unwrap_or_default().last_payment,
            Some(id) => match handle.store().get::<tables::Payments>(&id)? {
                Some(payment) if payment.user == Some(user) => payment.previous,
                Some(_) | None => return Ok(None),
            },
        };
        let mut page = PageBuilder::new(limit);
        while let Some(id) = next {
            let payment = required(handle.store().get::<tables::Payments>(&id))?;
            next = payment.previous;
            let found = self.found(handle, id, payment)?;
            if let Some(last) = page.take(id, found) {
                return Ok(Some(page.walked(Some(last))));
            }
        }
        Ok(Some(page.walked(None)))
    }
}

/// The payment of a ticket and its place among the seats of it; `None` when there is no such ticket.
pub(super) fn place_of_ticket(
    handle: &Handle,
    ticket: TicketId,
) -> Result<Option<(PaymentId, Box<Payment>, usize)>, SubmitError> {
    let Some(row) = handle.store().get::<tables::Tickets>(&ticket)? else { return Ok(None) };
    let payment = required(handle.store().get::<tables::Payments>(&row.payment))?;
    let place = payment.items.iter().position(|item| item.ticket == ticket);
    Ok(place.map(|place| (row.payment, payment, place)))
}

/// The keys of an index that end with ids of a range.
fn of_index<K>((first, end): KeyRange<PaymentId>, key: impl Fn(PaymentId) -> K) -> KeyRange<K> {
    let bounded = |bound, id: u128| match bound {
        Bound::Unbounded => Bound::Included(PaymentId(id)),
        bound => bound,
    };
    (bounded(first, 0).map(&key), bounded(end, u128::MAX).map(&key))
}
