//! Pay: one atomic step from held to sold: the wallet is debited, ledger, payment and tickets are written, the seats
//! are sold, the place ends and its other holds are released.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::execute::{Execute, OwnPlaces, Scope, View};
use super::place_access::{active, own};
use super::written_sale::{WrittenSale, write_sale};
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book};
use crate::domain::sale::Sale;
use crate::domain::seats::Owner;
use crate::domain::state::State;
use crate::domain::words::{
    ApplyError, Buyer, EndReason, EntryKind, EventData, Means, Paid, PaymentId, PlaceRef, Rejection, ReservationStatus,
    RowFault, Rows, SeatKey, SeatRow, SoldSeat, TicketId, Timestamp, UserId, Wallet, tables,
};

/// Pay held seats; one ticket id a seat travels with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    pub place_ref: PlaceRef,
    /// The user that the request names, who must be the bearer.
    pub user: UserId,
    /// Ascending, without repeats; none is refused with [`Rejection::NothingHeld`].
    pub seats: Vec<SeatKey>,
    pub payment: PaymentId,
    pub tickets: Vec<TicketId>,
}

impl Execute for Pay {
    /// The wallet that pays, and the sum of the held seats.
    type Plan = (Wallet, u64);

    fn judge(&self, view: &impl View) -> Result<(Wallet, u64), ApplyError> {
        let amount = self.judge_seats(&view.state(), view.rows(), view.now())?;
        let wallet = view.rows().get::<tables::Wallets>(&self.place_ref.user)?.unwrap_or_default();
        if wallet.balance < amount {
            return Err(Rejection::InsufficientBalance { balance: wallet.balance, amount }.into());
        }
        Ok((wallet, amount))
    }

    fn perform(
        &self,
        (mut wallet, amount): (Wallet, u64),
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Paid, RowFault> {
        let Self { place_ref, payment, ref seats, ref tickets, .. } = *self;
        assert_eq!(seats.len(), tickets.len(), "one ticket id travels with each seat");
        let PlaceRef { user, concert, .. } = place_ref;
        let movement = Movement { kind: EntryKind::Payment, user: Some(user), amount, payment: Some(payment) };
        book(movement, Some(&mut wallet), effects);
        let previous = wallet.last_payment.replace(payment);
        effects.put::<tables::Wallets>(user, wallet);
        let mut buyer: Buyer = rows.get::<tables::Buyers>(&(concert, user))?.unwrap_or_default();
        buyer.owned += u32::try_from(seats.len()).expect("as many as one hand may hold");
        effects.put::<tables::Buyers>((concert, user), buyer);

        let sale = state.planned(concert);
        let mut items = Vec::with_capacity(seats.len());
        for (key, ticket) in seats.iter().zip(tickets) {
            items.push(sell(sale, *key, (payment, *ticket), effects));
        }
        let released = sale.held_by(place_ref.sequence, effects.now);
        let (guest, reason, paid_by) = (None, None, Means::Wallet);
        let sold = WrittenSale { payment, user: Some(user), guest, paid_by, reason, items, previous };
        let tickets = write_sale(sale, sold, effects);
        sale.end_place(place_ref.sequence, EndReason::Paid, effects.now, effects);
        Ok(Paid { payment, user, amount, balance: wallet.balance, paid_at: effects.wall(), tickets, released })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.place_ref.concert))
    }

    fn own_places(&self, _state: &State) -> OwnPlaces<'_> {
        OwnPlaces::One(self.place_ref.concert, self.place_ref.sequence)
    }
}

impl Pay {
    /// That the place holds every seat; gives the sum of their prices.
    fn judge_seats(&self, state: &State, rows: &impl Rows, now: Timestamp) -> Result<u64, ApplyError> {
        let (sale, _) = active(state, rows, self.place_ref, now)?;
        own(self.place_ref, self.user)?;
        if self.seats.is_empty() {
            return Err(Rejection::NothingHeld.into());
        }
        for key in &self.seats {
            sale.refuse_called_off(key.date)?;
            let table = sale.seat_table(key.date).ok_or(Rejection::DateNotFound)?;
            if !(1..=table.seats()).contains(&key.seat) {
                return Err(Rejection::SeatNotFound { seat: key.seat }.into());
            }
        }
        self.ensure_held(sale, rows, now)?;
        let price = |key: &SeatKey| match sale.table(key.date).hold_of(key.seat) {
            Some(SeatRow::Held { amount, .. }) => u64::from(*amount),
            Some(SeatRow::Sold { .. }) | None => unreachable!("just checked: every seat is held"),
        };
        Ok(self.seats.iter().map(price).sum())
    }

    fn ensure_held(&self, sale: &Sale, rows: &impl Rows, now: Timestamp) -> Result<(), ApplyError> {
        let (user, owner) = (self.place_ref.user, |key: &SeatKey| sale.owner(*key, now));
        if let Some(key) = self.seats.iter().find(|key| sale.is_owned_by(user, **key)) {
            return Err(Rejection::AlreadyPaid { seat: key.seat }.into());
        }
        let Some(missing) = self.seats.iter().find(|key| owner(key) != Owner::Held(user)) else { return Ok(()) };
        let is_free = |key: &&SeatKey| matches!(owner(key), Owner::Nobody | Owner::LapsedFrom(_));
        let free: BTreeSet<SeatKey> = self.seats.iter().filter(is_free).copied().collect();
        match first_lapsed_hold(rows, self.place_ref, free)? {
            Some(key) => Err(Rejection::HoldExpired { seat: key.seat }.into()),
            None => Err(Rejection::ReservationNotFound { seat: missing.seat }.into()),
        }
    }
}

/// How many of a user's newest reservations are looked through for a lapsed hold, so that one request cannot keep the
/// others waiting; a hold that lapsed before them is answered as one that never was.
const LOOK_BACK_MAX: usize = 256;

/// The first of the free seats `of` that the user held last until the hold lapsed, whether a tick has noted it or not.
fn first_lapsed_hold(
    rows: &impl Rows,
    place_ref: PlaceRef,
    mut of: BTreeSet<SeatKey>,
) -> Result<Option<SeatKey>, RowFault> {
    let mut first: Option<SeatKey> = None;
    let mut next =
        rows.get::<tables::Buyers>(&(place_ref.concert, place_ref.user))?.unwrap_or_default().last_reservation;
    for _ in 0..LOOK_BACK_MAX {
        let Some(number) = next.filter(|_| !of.is_empty()) else { break };
        let Some(reservation) = rows.get::<tables::Reservations>(&(place_ref.concert, number))? else { break };
        // The newest reservation of a seat tells how it ended; older ones of the same seat do not count.
        let newest = of.remove(&reservation.key);
        if newest && matches!(reservation.status, ReservationStatus::Expired | ReservationStatus::Held) {
            first = Some(first.map_or(reservation.key, |key| key.min(reservation.key)));
        }
        next = reservation.previous;
    }
    Ok(first)
}

/// Turns one hold into a sale.
fn sell(
    sale: &mut Sale,
    key: SeatKey,
    (payment, ticket): (PaymentId, TicketId),
    effects: &mut Effects<'_>,
) -> SoldSeat {
    let held = *sale.table(key.date).hold_of(key.seat).expect("judged: the seat is held");
    let SeatRow::Held { user, sequence, reservation, expires_at, amount, .. } = held else {
        unreachable!("judged: the seat is held");
    };
    sale.forget_hold(sequence, key, expires_at);
    let sold = SeatRow::Sold { user: Some(user), payment, reservation: Some(reservation), amount };
    sale.seats.whole_mut().sell(user, key, amount);
    effects.put::<tables::Seats>((sale.no, key), sold);
    sale.write_reservation(key, held, ReservationStatus::Paid(payment), effects);
    let (date, seat) = (key.date, key.seat);
    effects.event(Some(sale.no), EventData::SeatSold { user: Some(user), date, seat, payment, ticket });
    SoldSeat { date, seat, amount, ticket }
}
