//! Pay: one atomic step from held to sold: the wallet is debited, ledger, payment and tickets are written, the seats
//! are sold, the place ends and its other holds are released.

use std::collections::BTreeSet;

use super::wallet::book;
use super::{Effects, active};
use crate::domain::seats::Owner;
use crate::domain::spots::Spots;
use crate::domain::{
    Bearer, CalendarDate, EndReason, EntryKind, EventData, Layout, Payment, PaymentId, PaymentStatus, Rejection, Reply,
    ReservationStatus, RowFault, Rows, Sale, SeatKey, SeatRow, State, Stop, Ticket, TicketId, Timestamp, UserId,
    Wallet, tables,
};

/// The wallet that pays and the sum of the held seats.
pub fn judge(
    state: &State,
    rows: &impl Rows,
    bearer: Bearer,
    date: CalendarDate,
    seats: &[u32],
    now: Timestamp,
) -> Result<(Wallet, u64), Stop> {
    let (sale, _) = active(state, rows, bearer, now)?;
    let table = sale.seat_table(date).ok_or(Rejection::DateNotFound)?;
    if let Some(seat) = seats.iter().find(|seat| !(1..=table.seats()).contains(*seat)) {
        return Err(Rejection::SeatNotFound { seat: *seat }.into());
    }
    ensure_held(sale, rows, bearer, date, seats, now)?;
    let price = |seat: &u32| match table.hold_of(*seat) {
        Some(SeatRow::Held { amount, .. }) => u64::from(*amount),
        Some(SeatRow::Sold { .. }) | None => unreachable!("just checked: every seat is held"),
    };
    let amount = seats.iter().map(price).sum();
    let wallet = rows.get::<tables::Wallets>(&bearer.user)?.unwrap_or_default();
    if wallet.balance < amount {
        return Err(Rejection::InsufficientBalance { balance: wallet.balance, amount }.into());
    }
    Ok((wallet, amount))
}

fn ensure_held(
    sale: &Sale,
    rows: &impl Rows,
    bearer: Bearer,
    date: CalendarDate,
    seats: &[u32],
    now: Timestamp,
) -> Result<(), Stop> {
    let owner = |seat: &u32| sale.owner(SeatKey { date, seat: *seat }, now);
    let owned = |seat: &&u32| sale.is_owned_by(bearer.user, SeatKey { date, seat: **seat });
    if let Some(seat) = seats.iter().find(owned) {
        return Err(Rejection::AlreadyPaid { seat: *seat }.into());
    }
    let Some(missing) = seats.iter().find(|seat| owner(seat) != Owner::Held(bearer.user)) else { return Ok(()) };
    let free: BTreeSet<SeatKey> = seats
        .iter()
        .filter(|seat| matches!(owner(seat), Owner::Nobody | Owner::LapsedFrom(_)))
        .map(|seat| SeatKey { date, seat: *seat })
        .collect();
    match first_lapsed_hold(rows, bearer, free)? {
        Some(key) => Err(Rejection::HoldExpired { seat: key.seat }.into()),
        None => Err(Rejection::ReservationNotFound { seat: *missing }.into()),
    }
}

/// How many of a user's newest reservations are looked through for a lapsed hold, so that one request cannot keep the
/// others waiting; a hold that lapsed before them is answered as one that never was.
const LOOK_BACK_MAX: usize = 256;

/// The first of the free seats `of` that the user held last until the hold lapsed, whether a tick has noted it or not.
fn first_lapsed_hold(rows: &impl Rows, bearer: Bearer, mut of: BTreeSet<SeatKey>) -> Result<Option<SeatKey>, RowFault> {
    let mut first: Option<SeatKey> = None;
    let mut next = rows.get::<tables::Patrons>(&(bearer.concert, bearer.user))?.unwrap_or_default().last_reservation;
    for _ in 0..LOOK_BACK_MAX {
        let Some(number) = next.filter(|_| !of.is_empty()) else { break };
        let Some(reservation) = rows.get::<tables::Reservations>(&(bearer.concert, number))? else { break };
        // The newest reservation of a seat tells how it ended; older ones of the same seat do not count.
        let newest = of.remove(&reservation.key);
        if newest && matches!(reservation.status, ReservationStatus::Expired | ReservationStatus::Held) {
            first = Some(first.map_or(reservation.key, |key| key.min(reservation.key)));
        }
        next = reservation.previous;
    }
    Ok(first)
}

#[expect(clippy::too_many_arguments, reason = "the fields of the command, and where it acts")]
pub fn pay(
    state: &mut State,
    rows: &impl Rows,
    bearer: Bearer,
    date: CalendarDate,
    seats: &[u32],
    payment: PaymentId,
    tickets: &[TicketId],
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    assert_eq!(seats.len(), tickets.len(), "one ticket id travels with each seat");
    let (mut wallet, amount) = judge(state, &effects.over(rows), bearer, date, seats, effects.now)?;
    let user = bearer.user;
    book(EntryKind::Payment, user, &mut wallet, amount, Some(payment), effects);
    let previous = wallet.last_payment.replace(payment);
    effects.put::<tables::Wallets>(user, wallet);
    let mut patron = rows.get::<tables::Patrons>(&(bearer.concert, user))?.unwrap_or_default();
    patron.owned += u32::try_from(seats.len()).expect("as many as one hand may hold");
    effects.put::<tables::Patrons>((bearer.concert, user), patron);

    let sale = state.sales.get_mut(&bearer.concert).expect("judged: the place is live");
    for seat in seats {
        sell(sale, user, SeatKey { date, seat: *seat }, payment, effects);
    }
    let performance = sale.row.definition.performance(date).expect("a date with held seats is not taken away");
    let tickets = write_tickets(&performance.layout, seats, tickets);
    let (paid_at, balance) = (effects.wall(), wallet.balance);
    let row = Payment {
        user,
        concert: bearer.concert,
        date,
        amount,
        status: PaymentStatus::Paid,
        paid_at,
        tickets: tickets.clone(),
        previous,
    };
    effects.put::<tables::Payments>(payment, Box::new(row));
    let seats = seats.to_vec();
    effects.event(Some(bearer.concert), EventData::PaymentPaid { user, payment, date, seats, amount });
    sale.end_place(bearer.sequence, EndReason::Paid, effects.now, effects);
    Ok(Reply::Paid { payment, user, date, amount, balance, paid_at, tickets })
}

/// The tickets of ascending seats.
fn write_tickets(layout: &Layout, seats: &[u32], tickets: &[TicketId]) -> Vec<Ticket> {
    let mut spots = Spots::new(layout);
    let ticket = |(seat, ticket): (&u32, &TicketId)| {
        let spot = spots.of(*seat).expect("judged: the seat exists");
        Ticket { seat: *seat, ticket: *ticket, section: spot.section.to_owned(), row: spot.row }
    };
    seats.iter().zip(tickets).map(ticket).collect()
}

/// Turns one hold into a sale.
fn sell(sale: &mut Sale, user: UserId, key: SeatKey, payment: PaymentId, effects: &mut Effects<'_>) {
    let held = *sale.table(key.date).hold_of(key.seat).expect("judged: the seat is held");
    let SeatRow::Held { sequence, reservation, expires_at, amount, .. } = held else {
        unreachable!("judged: the seat is held");
    };
    sale.forget_hold(sequence, key, expires_at);
    let sold = SeatRow::Sold { user, payment, reservation, amount };
    sale.seats.whole_mut().sell(user, key, amount);
    effects.put::<tables::Seats>((sale.no, key), sold);
    sale.write_reservation(key, held, ReservationStatus::Paid(payment), effects);
    let (date, seat) = (key.date, key.seat);
    effects.event(Some(sale.no), EventData::SeatSold { user, date, seat, payment });
}
