//! Refund by the operator: the seats are free, the money is back, the tickets are void.

use super::Effects;
use super::wallet::{book, room_for};
use crate::domain::{
    Change, EntryKind, EventData, Payment, PaymentId, PaymentStatus, Rejection, ReleaseReason, Reply, Reservation,
    ReservationStatus, Rows, SeatKey, SeatRow, State, Stop, Wallet,
};

/// The payment and the wallet that gets its money back.
pub fn judge(rows: &impl Rows, payment: PaymentId) -> Result<(Payment, Wallet), Stop> {
    let row = rows.payment(payment)?.ok_or(Rejection::PaymentNotFound)?;
    if row.status != PaymentStatus::Paid {
        return Err(Rejection::AlreadyRefunded.into());
    }
    let wallet = rows.wallet(row.user)?;
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
    effects.push(Change::Wallet(user, wallet));
    let mut patron = rows.patron(concert, user)?;
    patron.owned -= u32::try_from(row.tickets.len()).expect("as many as one hand may hold");
    effects.push(Change::Patron(concert, user, patron));

    let sale = state.sales.get_mut(&concert).expect("a payment is for a concert");
    for ticket in &row.tickets {
        let key = SeatKey { date: row.date, seat: ticket.seat };
        let Some(SeatRow::Sold { reservation: number, amount, .. }) = rows.seat(concert, key)? else {
            unreachable!("a paid seat is sold until its refund");
        };
        sale.seats.refund(user, key, amount);
        effects.push(Change::Seat(concert, key, None));
        let reservation = rows.reservation(concert, number)?.expect("a sold seat has its reservation");
        let status = ReservationStatus::Refunded(payment);
        effects.push(Change::Reservation(
            concert,
            number,
            Reservation { status, updated_at: refunded_at, ..reservation },
        ));
        let (date, seat, reason) = (key.date, key.seat, ReleaseReason::Refunded);
        effects.event(Some(concert), EventData::SeatReleased { user, date, seat, reason });
    }
    if let Some(archive) = sale.seats.archive_row() {
        effects.push(Change::Archive(concert, Some(archive)));
    }
    let status = PaymentStatus::Refunded { at: refunded_at, reason: reason.to_owned() };
    effects.push(Change::Payment(payment, Box::new(Payment { status, ..row })));
    let reason = reason.to_owned();
    effects.event(Some(concert), EventData::PaymentRefunded { user, payment, amount, reason });
    Ok(Reply::Refunded { payment, amount, refunded_at })
}
