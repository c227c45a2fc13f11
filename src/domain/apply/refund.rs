//! Refund by the operator: the seats are free, the money is back, the tickets are void.

use super::Effects;
use super::wallet::{book, room_for};
use crate::domain::{
    EntryKind, EventData, Payment, PaymentId, PaymentStatus, Rejection, ReleaseReason, Reply, Reservation,
    ReservationStatus, Rows, SeatKey, SeatRow, State, Stop, Wallet, tables,
};

/// The payment and the wallet that gets its money back.
pub fn judge(rows: &impl Rows, payment: PaymentId) -> Result<(Box<Payment>, Wallet), Stop> {
    let row = rows.get::<tables::Payments>(&payment)?.ok_or(Rejection::PaymentNotFound)?;
    if row.status != PaymentStatus::Paid {
        return Err(Rejection::AlreadyRefunded.into());
    }
    let wallet = rows.get::<tables::Wallets>(&row.user)?.unwrap_or_default();
    room_for(&wallet, row.amount)?;
    Ok((row, wallet))
}

pub fn refund(
    state: &mut State,
    rows: &impl Rows,
    payment: PaymentId,
    reason: &str,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    let (row, mut wallet) = judge(rows, payment)?;
    let (user, concert, amount, refunded_at) = (row.user, row.concert, row.amount, effects.wall());
    book(EntryKind::Refund, user, &mut wallet, amount, Some(payment), effects);
    effects.put::<tables::Wallets>(user, wallet);
    let mut patron = rows.get::<tables::Patrons>(&(concert, user))?.unwrap_or_default();
    patron.owned -= u32::try_from(row.tickets.len()).expect("as many as one hand may hold");
    effects.put::<tables::Patrons>((concert, user), patron);

    let sale = state.sales.get_mut(&concert).expect("a payment is for a concert");
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
        let (date, seat, reason) = (key.date, key.seat, ReleaseReason::Refunded);
        effects.event(Some(concert), EventData::SeatReleased { user, date, seat, reason });
    }
    if let Some(archive) = sale.seats.archive_row() {
        effects.put::<tables::Archives>(concert, archive);
    }
    let status = PaymentStatus::Refunded { at: refunded_at, reason: reason.to_owned() };
    effects.put::<tables::Payments>(payment, Box::new(Payment { status, ..*row }));
    let reason = reason.to_owned();
    effects.event(Some(concert), EventData::PaymentRefunded { user, payment, amount, reason });
    Ok(Reply::Refunded { payment, amount, refunded_at })
}
