//! All that is kept about one person.

use super::history::{newest_first, required};
use super::payments::ToldPayment;
use crate::domain::{
    ConcertId, LedgerEntry, LivePlace, Reservation, Rows, Timestamp, User, UserId, WallOffset, Wallet, tables,
};
use crate::node::handle::Handle;
use crate::node::submit_error::SubmitError;

/// What is kept about one person, histories newest first.
pub struct PersonalRecord {
    pub user: User,
    pub wallet: Wallet,
    pub ledger: Vec<(u64, LedgerEntry)>,
    pub payments: Vec<ToldPayment>,
    /// By concert.
    pub reservations: Vec<(ConcertId, Vec<Reservation>)>,
    pub places: Vec<(ConcertId, LivePlace)>,
    pub now: Timestamp,
    pub offset: WallOffset,
}

impl Handle {
    /// All that is kept about a user, deleted or not; `None` when there never was one.
    ///
    /// # Errors
    /// A fault.
    pub async fn personal_record(&self, user: UserId) -> Result<Option<PersonalRecord>, SubmitError> {
        let (now, places) = (self.now(), self.live_places(user));
        let (offset, concerts) = self.read(|state| {
            let concerts: Vec<_> = state.sales().map(|sale| (sale.no, sale.id().clone())).collect();
            (state.clock().anchor.offset, concerts)
        });
        self.read_rows(move |handle| {
            let store = handle.store();
            let Some(row) = store.get::<tables::Users>(&user)? else { return Ok(None) };
            let wallet = required(store.get::<tables::Wallets>(&user))?;
            let entries =
                newest_first(wallet.last_entry, usize::MAX, |no| store.get::<tables::Ledger>(&no), |it| it.previous)?;
            let payments = newest_first(
                wallet.last_payment,
                usize::MAX,
                |id| store.get::<tables::Payments>(&id),
                |payment| payment.previous,
            )?;
            let payments = handle.told(payments.rows)?;
            let mut reservations = Vec::new();
            for (no, id) in concerts {
                let newest = store.get::<tables::Buyers>(&(no, user))?.and_then(|buyer| buyer.last_reservation);
                let read = |number| store.get::<tables::Reservations>(&(no, number));
                let rows = newest_first(newest, usize::MAX, read, |reservation| reservation.previous)?.rows;
                if !rows.is_empty() {
                    reservations.push((id, rows.into_iter().map(|(_, row)| row).collect()));
                }
            }
            let ledger = entries.rows;
            Ok(Some(PersonalRecord { user: row, wallet, ledger, payments, reservations, places, now, offset }))
        })
        .await
    }
}
