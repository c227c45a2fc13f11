//! What every refund does, of a payment or of a part of it: seats are free, their share goes back, their tickets are
//! void.

use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book, refund_kind, room_for};
use crate::domain::sale::Sale;
use crate::domain::till::{self, TillMovement};
use crate::domain::words::{
    ApplyError, Buyer, EventData, Means, Payment, PaymentId, PaymentStatus, Refunded, ReleaseReason, Reservation,
    ReservationStatus, RowFault, Rows, SeatRow, SeatsRefunded, SoldSeat, Ticket, TicketRow, TicketStatus, UserId,
    Wallet, tables,
};

/// What is given back, and where it goes.
pub(in crate::domain) struct PlannedRefund {
    pub payment: PaymentId,
    pub row: Box<Payment>,
    /// At least one, of those whose tickets are not void.
    pub items: Vec<SoldSeat>,
    /// Whether other seats of the payment stay sold.
    pub left: Left,
    pub to: Destination,
}

/// What a refund leaves of its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Left {
    Nothing,
    Some,
}

/// Where money goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Destination {
    /// The wallet of this user, as it is before.
    Wallet(UserId, Wallet),
    /// Out of the till, or nowhere where nothing was paid.
    Till(Means),
}

impl Destination {
    fn means(&self) -> Means {
        match self {
            Self::Wallet(..) => Means::Wallet,
            Self::Till(means) => *means,
        }
    }
}

/// The seats of a payment whose tickets are not void.
///
/// # Errors
/// A row could not be read.
pub(super) fn standing_items(rows: &impl Rows, row: &Payment) -> Result<Vec<SoldSeat>, RowFault> {
    let mut standing = Vec::with_capacity(row.items.len());
    for item in &row.items {
        let ticket = rows.get::<tables::Tickets>(&item.ticket)?.expect("a sold seat has its ticket");
        if ticket.status.stands() {
            standing.push(*item);
        }
    }
    Ok(standing)
}

/// Where the money of a payment goes back to by itself: to what it was paid with; the money of a deleted user goes out
/// over the cash account.
///
/// # Errors
/// A wallet cannot hold it, or a row could not be read.
pub(super) fn destination(rows: &impl Rows, row: &Payment, amount: u64) -> Result<Destination, ApplyError> {
    let Some(user) = row.user.filter(|_| row.paid_by == Means::Wallet) else {
        return Ok(Destination::Till(row.paid_by));
    };
    if rows.get::<tables::Users>(&user)?.is_none_or(|user| user.deleted_at.is_some()) {
        return Ok(Destination::Till(Means::Cash));
    }
    let wallet = rows.get::<tables::Wallets>(&user)?.unwrap_or_default();
    room_for(&wallet, amount)?;
    Ok(Destination::Wallet(user, wallet))
}

/// What seats cost together.
pub(super) fn sum(items: &[SoldSeat]) -> u64 {
    items.iter().map(|item| u64::from(item.amount)).sum()
}

/// Does what was planned.
///
/// # Errors
/// A row could not be read.
pub(super) fn give_back(
    plan: PlannedRefund,
    reason: &str,
    sale: &mut Sale,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<Refunded, RowFault> {
    let PlannedRefund { payment, mut row, items, left, to } = plan;
    let mut tickets = Vec::with_capacity(items.len());
    for item in &items {
        tickets.push(free_seat(sale, item, reason, rows, effects)?);
    }
    if let Some(archive) = sale.seats.archive_row() {
        effects.put::<tables::Archives>(row.concert, archive);
    }
    if let Some(user) = row.user {
        let hand = (row.concert, user);
        let mut buyer: Buyer = effects.over(rows).get::<tables::Buyers>(&hand)?.unwrap_or_default();
        buyer.owned -= u32::try_from(items.len()).expect("as many as one hand may hold");
        effects.put::<tables::Buyers>(hand, buyer);
    }
    let (amount, means, at) = (sum(&items), to.means(), effects.wall());
    if let Some(kind) = refund_kind(means) {
        let payment = Some(payment);
        match to {
            Destination::Wallet(user, mut wallet) => {
                book(Movement { kind, user: Some(user), amount, payment }, Some(&mut wallet), effects);
                effects.put::<tables::Wallets>(user, wallet);
            }
            Destination::Till(_) => drop(book(Movement { kind, user: None, amount, payment }, None, effects)),
        }
    }
    till::count(TillMovement::Refund(row.concert, means), amount, rows, effects)?;
    row.refunded += amount;
    row.status = match left {
        Left::Some => PaymentStatus::PartlyRefunded { at, reason: reason.to_owned() },
        Left::Nothing => PaymentStatus::Refunded { at, reason: reason.to_owned() },
    };
    let refunded = Refunded {
        payment,
        amount,
        refunded: row.refunded,
        status: row.status.clone(),
        to: means,
        refunded_at: at,
        tickets,
    };
    let (user, concert) = (row.user, row.concert);
    effects.put::<tables::Payments>(payment, row);
    let refund = SeatsRefunded { items, amount, reason: reason.to_owned(), to: means };
    effects.event(Some(concert), EventData::PaymentRefunded { user, payment, refund });
    Ok(refunded)
}

/// Frees a sold seat, and makes its ticket void.
fn free_seat(
    sale: &mut Sale,
    item: &SoldSeat,
    reason: &str,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<Ticket, RowFault> {
    let (concert, key, at) = (sale.no, item.key(), effects.wall());
    let Some(SeatRow::Sold { user, payment, reservation, amount }) = rows.get::<tables::Seats>(&(concert, key))? else {
        unreachable!("a paid seat is sold until its refund");
    };
    sale.seats.refund(user, key, amount);
    effects.remove::<tables::Seats>((concert, key));
    if let Some(number) = reservation {
        let of_seat = rows.get::<tables::Reservations>(&(concert, number))?.expect("a sold seat has its reservation");
        let status = ReservationStatus::Refunded(payment);
        effects.put::<tables::Reservations>((concert, number), Reservation { status, updated_at: at, ..of_seat });
    }
    let ticket = rows.get::<tables::Tickets>(&item.ticket)?.expect("a sold seat has its ticket");
    let ticket = TicketRow { status: TicketStatus::Void { at, reason: reason.to_owned() }, ..*ticket };
    let told = Ticket::of(item.ticket, &ticket, sale.row.definition.held_on(key.date));
    effects.put_ticket(item.ticket, ticket);
    let (date, seat, reason) = (key.date, key.seat, ReleaseReason::Refunded);
    effects.event(Some(concert), EventData::SeatReleased { user, date, seat, reason });
    Ok(told)
}
