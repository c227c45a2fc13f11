//! Sell at the box office: free seats, and those that were kept back, become sold in one step, without a queue place and without a hold.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, Scope, View};
use super::user_access::existing;
use super::written_sale::{WrittenSale, write_sale};
use crate::domain::effects::Effects;
use crate::domain::ledger::{Movement, book, sale_kind};
use crate::domain::sale::Sale;
use crate::domain::state::State;
use crate::domain::till::{self, TillMovement};
use crate::domain::words::{
    ApplyError, CalendarDate, ConcertNo, Means, PaymentId, Rejection, RowFault, Rows, SeatKey, SeatRow, Sold, SoldSeat,
    TicketId, Timestamp, UserId, Wallet, tables,
};

/// Sell free or blocked seats over the counter; one ticket id a seat travels with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sell {
    pub concert: ConcertNo,
    pub date: CalendarDate,
    /// Ascending, without repeats, at least one.
    pub seats: Vec<u32>,
    pub buyer: Counterpart,
    pub paid_by: Means,
    /// What each seat costs; `None`: what the plan says. What is given away costs nothing.
    pub price: Option<u32>,
    /// Why it is sold so.
    pub reason: Option<String>,
    pub payment: PaymentId,
    pub tickets: Vec<TicketId>,
}

/// Who buys at the counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counterpart {
    User(UserId),
    /// Somebody without an account, under a name if there is one.
    Guest(Option<String>),
}

impl Counterpart {
    fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            Self::Guest(_) => None,
        }
    }

    fn guest(&self) -> Option<String> {
        match self {
            Self::User(_) => None,
            Self::Guest(name) => name.clone(),
        }
    }
}

impl Execute for Sell {
    /// The seats with what each costs, and the wallet of the user who buys.
    type Plan = (Vec<SoldSeat>, Option<Wallet>);

    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError> {
        let rows = view.rows();
        let items = {
            let (state, now) = (view.state(), view.now());
            let sale = state.existing(self.concert)?;
            let items = self.items(sale)?;
            if let Some(seat) = items.iter().find(|item| !is_free(sale, item.key(), now)) {
                return Err(Rejection::SeatTaken { seat: seat.seat }.into());
            }
            items
        };
        // The seats of an archived sale are known by their rows alone.
        for item in &items {
            if matches!(rows.get::<tables::Seats>(&(self.concert, item.key()))?, Some(SeatRow::Sold { .. })) {
                return Err(Rejection::SeatTaken { seat: item.seat }.into());
            }
        }
        let Some(user) = self.buyer.user() else { return Ok((items, None)) };
        existing(rows, user)?;
        let wallet = rows.get::<tables::Wallets>(&user)?.unwrap_or_default();
        let amount = items.iter().map(|item| u64::from(item.amount)).sum();
        if self.paid_by == Means::Wallet && wallet.balance < amount {
            return Err(Rejection::InsufficientBalance { balance: wallet.balance, amount }.into());
        }
        Ok((items, Some(wallet)))
    }

    fn perform(
        &self,
        (items, mut wallet): Self::Plan,
        state: &mut State,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<Sold, RowFault> {
        let Self { concert, payment, paid_by, .. } = *self;
        let user = self.buyer.user();
        let amount = items.iter().map(|item| u64::from(item.amount)).sum();
        if let Some(kind) = sale_kind(paid_by) {
            let payer = user.filter(|_| kind.moves_wallet());
            let movement = Movement { kind, user: payer, amount, payment: Some(payment) };
            book(movement, payer.and(wallet.as_mut()), effects);
        }
        let mut buyer = match user {
            Some(user) => Some(rows.get::<tables::Buyers>(&(concert, user))?.unwrap_or_default()),
            None => None,
        };
        till::count(TillMovement::Sale(concert, paid_by), amount, rows, effects)?;
        let (sale, settings) = state.planned_with_settings(concert);
        // A hold on it may have lapsed since the last step; at an archived sale nothing is held.
        for item in &items {
            if !sale.is_archived() {
                sale.settle_seat(item.key(), effects.now, settings, effects);
            }
            if rows.get::<tables::Blocked>(&(concert, item.key()))?.is_some() {
                sale.seats.unblock(item.key());
                effects.remove::<tables::Blocked>((concert, item.key()));
            }
            sale.sell_free((user, payment), item, buyer.as_mut(), effects);
        }
        let previous = wallet.as_mut().and_then(|wallet| wallet.last_payment.replace(payment));
        if let Some((user, (buyer, wallet))) = user.zip(buyer.zip(wallet)) {
            effects.put::<tables::Buyers>((concert, user), buyer);
            effects.put::<tables::Wallets>(user, wallet);
        }
        let (guest, reason) = (self.buyer.guest(), self.reason.clone());
        let sold = WrittenSale { payment, user, guest: guest.clone(), paid_by, reason, items, previous };
        let tickets = write_sale(sale, sold, effects);
        if let Some(archive) = sale.seats.archive_row() {
            effects.put::<tables::Archives>(concert, archive);
        }
        let balance = wallet.map(|wallet| wallet.balance);
        Ok(Sold { payment, concert, user, guest, amount, paid_by, balance, sold_at: effects.wall(), tickets })
    }

    fn scope(&self, _state: &State, _rows: &impl Rows) -> Result<Scope, RowFault> {
        Ok(Scope::Concert(self.concert))
    }
}

impl Sell {
    /// The seats, and what each costs.
    fn items(&self, sale: &Sale) -> Result<Vec<SoldSeat>, Rejection> {
        assert_eq!(self.seats.len(), self.tickets.len(), "one ticket id travels with each seat");
        sale.refuse_called_off(self.date)?;
        let layout = &sale.row.definition.performance(self.date).ok_or(Rejection::DateNotFound)?.layout;
        if let Some(seat) = self.seats.iter().find(|seat| !(1..=layout.seats()).contains(*seat)) {
            return Err(Rejection::SeatNotFound { seat: *seat });
        }
        let item = |(seat, ticket): (&u32, &TicketId)| {
            let planned = layout.block_of(*seat).expect("it is one of the layout").price;
            let amount = match self.paid_by {
                Means::Free => 0,
                Means::Wallet | Means::Cash | Means::Card => self.price.unwrap_or(planned),
            };
            SoldSeat { date: self.date, seat: *seat, amount, ticket: *ticket }
        };
        Ok(self.seats.iter().zip(&self.tickets).map(item).collect())
    }
}

/// Whether nobody has a seat, as far as memory tells; one that is kept back is the operator's to sell.
fn is_free(sale: &Sale, key: SeatKey, now: Timestamp) -> bool {
    sale.seat_table(key.date).is_none_or(|table| table.is_free(key.seat, now) || table.is_blocked(key.seat))
}
