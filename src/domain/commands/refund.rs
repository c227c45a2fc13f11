//! Refund by the operator: the seats are free, the money is back, the tickets are void.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book, room_for};
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Buyer, EntryKind, EventData, Payment, PaymentId, PaymentStatus, Refunded, Rejection, ReleaseReason,
    Reservation, ReservationStatus, RowFault, Rows, SeatKey, SeatRow, TicketRow, TicketStatus, Wallet, tables,
};

/// Give the money of a payment back, and free its seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub payment: PaymentId,
    pub reason: String,
}

impl Execute for Refund {
    /// The payment and the wallet that gets its money back.
    type Plan = (Box<Payment>, Wallet);

    fn judge(&self, view: &impl View) -> Result<(Box<Payment>, Wallet), ApplyError> {
        let row = view.rows().get::<tables::Payments>(&self.payment)?.ok_or(Rejection::PaymentNotFound)?;
        if row.status != PaymentStatus::Paid {
            return Err(Rejection::AlreadyRefunded.into());
        }
        let wallet = view.rows().get::<tables::Wallets>(&row.user)?.unwrap_or_default();
        room_for(&wallet, row.amount)?;
        Ok((row, wallet))
    }

    fn perform(
        &self,
        (row, mut wallet): (Box<Payment>, Wallet),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Refunded, RowFault> {
        let (payment, user, concert, amount) = (self.payment, row.user, row.concert, row.amount);
        let refunded_at = effects.wall();
        book(Movement { kind: EntryKind::Refund, user, amount, payment: Some(payment) }, &mut wallet, effects);
        effects.put::<tables::Wallets>(user, wallet);
        let mut buyer: Buyer = rows.get::<tables::Buyers>(&(concert, user))?.unwrap_or_default();
        buyer.owned -= u32::try_from(row.tickets.len()).expect("as many as one hand may hold");
        effects.put::<tables::Buyers>((concert, user), buyer);

        let sale = state.planned(concert);
        for ticket in &row.tickets {
            let key = SeatKey { date: row.date, seat: ticket.seat };
            let Some(SeatRow::Sold { reservation: number, amount, .. }) = rows.get::<tables::Seats>(&(concert, key))?
            else {
                unreachable!("a paid seat is sold until its refund");
            };
            sale.seats.refund(user, key, amount);
            effects.remove::<tables::Seats>((concert, key));
            let reservation =
                rows.get::<tables::Reservations>(&(concert, number))?.expect("a sold seat has its reservation");
            let status = ReservationStatus::Refunded(payment);
            effects.put::<tables::Reservations>(
                (concert, number),
                Reservation { status, updated_at: refunded_at, ..reservation },
            );
            let sold = rows.get::<tables::Tickets>(&ticket.ticket)?.expect("a sold seat has its ticket");
            effects.put::<tables::Tickets>(ticket.ticket, TicketRow { status: TicketStatus::Void, ..sold });
            let (date, seat, reason) = (key.date, key.seat, ReleaseReason::Refunded);
            effects.event(Some(concert), EventData::SeatReleased { user, date, seat, reason });
        }
        if let Some(archive) = sale.seats.archive_row() {
            effects.put::<tables::Archives>(concert, archive);
        }
        let status = PaymentStatus::Refunded { at: refunded_at, reason: self.reason.clone() };
        effects.put::<tables::Payments>(payment, Box::new(Payment { status, ..*row }));
        let reason = self.reason.clone();
        effects.event(Some(concert), EventData::PaymentRefunded { user, payment, amount, reason });
        Ok(Refunded { payment, amount, refunded_at })
    }

    fn scope(&self, _state: &State, rows: &impl Rows) -> Result<Scope, RowFault> {
        let payment = rows.get::<tables::Payments>(&self.payment)?;
        Ok(payment.map_or(Scope::Nothing, |payment| Scope::Concert(payment.concert)))
    }
}
