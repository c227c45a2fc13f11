//! Refund by the operator: the seats are free, the money is back, the tickets are void.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book, refund_kind, room_for};
use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Buyer, EventData, Means, Payment, PaymentId, PaymentStatus, Refunded, Rejection, ReleaseReason,
    Reservation, ReservationStatus, RowFault, Rows, SeatRow, SeatsRefunded, SoldSeat, TicketRow, TicketStatus, Wallet,
    tables,
};

/// Give the money of a payment back, and free its seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub payment: PaymentId,
    pub reason: String,
}

impl Execute for Refund {
    /// The payment and the wallet that gets its money back, if one does.
    type Plan = (Box<Payment>, Option<Wallet>);

    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError> {
        let row = view.rows().get::<tables::Payments>(&self.payment)?.ok_or(Rejection::PaymentNotFound)?;
        if row.status.is_over() {
            return Err(Rejection::AlreadyRefunded.into());
        }
        let Some(user) = row.user.filter(|_| row.paid_by == Means::Wallet) else { return Ok((row, None)) };
        let wallet = view.rows().get::<tables::Wallets>(&user)?.unwrap_or_default();
        room_for(&wallet, row.amount)?;
        Ok((row, Some(wallet)))
    }

    fn perform(
        &self,
        (mut row, mut wallet): Self::Plan,
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Refunded, RowFault> {
        let (payment, reason, to) = (self.payment, self.reason.clone(), row.paid_by);
        let refunded_at = effects.wall();
        let sale = state.planned(row.concert);
        let items = row.items.clone();
        for item in &items {
            free_seat(sale, item, &reason, rows, effects)?;
        }
        if let Some(archive) = sale.seats.archive_row() {
            effects.put::<tables::Archives>(row.concert, archive);
        }
        if let Some(user) = row.user {
            let mut buyer: Buyer = rows.get::<tables::Buyers>(&(row.concert, user))?.unwrap_or_default();
            buyer.owned -= u32::try_from(items.len()).expect("as many as one hand may hold");
            effects.put::<tables::Buyers>((row.concert, user), buyer);
        }
        let amount = items.iter().map(|item| u64::from(item.amount)).sum();
        if let Some(kind) = refund_kind(to) {
            let user = row.user.filter(|_| kind.moves_wallet());
            book(Movement { kind, user, amount, payment: Some(payment) }, wallet.as_mut(), effects);
        }
        if let Some((user, wallet)) = row.user.zip(wallet) {
            effects.put::<tables::Wallets>(user, wallet);
        }
        row.refunded += amount;
        row.status = PaymentStatus::Refunded { at: refunded_at, reason: reason.clone() };
        let (user, concert) = (row.user, row.concert);
        effects.put::<tables::Payments>(payment, row);
        let refund = SeatsRefunded { items, amount, reason, to };
        effects.event(Some(concert), EventData::PaymentRefunded { user, payment, refund });
        Ok(Refunded { payment, amount, refunded_at })
    }

    fn scope(&self, _state: &State, rows: &impl Rows) -> Result<Scope, RowFault> {
        let payment = rows.get::<tables::Payments>(&self.payment)?;
        Ok(payment.map_or(Scope::Nothing, |payment| Scope::Concert(payment.concert)))
    }
}

/// Frees a sold seat, and makes its ticket void.
fn free_seat(
    sale: &mut Sale,
    item: &SoldSeat,
    reason: &str,
    rows: &impl Rows,
    effects: &mut Effects<'_>,
) -> Result<(), RowFault> {
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
    let status = TicketStatus::Void { at, reason: reason.to_owned() };
    effects.put::<tables::Tickets>(item.ticket, TicketRow { status, ..ticket });
    let (date, seat, reason) = (key.date, key.seat, ReleaseReason::Refunded);
    effects.event(Some(concert), EventData::SeatReleased { user, date, seat, reason });
    Ok(())
}
