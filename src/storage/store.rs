//! The rows of the running instance: what the core and the pages of the API read, and where changes go.
//!
//! Reads see everything that was absorbed, wherever it lies by now. Nothing here knows the log or HTTP.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use redb::Database;
use serde::de::DeserializeOwned;

use super::closing::Closing;
use super::folder::Claim;
use super::keys::Key;
use super::open::TableWriter;
use super::overlay::{Generation, Overlay};
use super::row_map::RowMap;
use super::table_thread;
use super::tables::{Layer, Snapshot, Table};
use crate::domain::{
    Answered, Change, ConcertNo, EndedPlace, Event, LedgerEntry, OnceKey, Patron, Payment, PaymentId, Reservation,
    RowFault, Rows, SeatKey, SeatRow, Sequence, Totals, User, UserId, Wallet,
};
use crate::log::{Index, Position};

/// The rows; cheap to clone. One thread absorbs, any number reads.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What the store's clones and its table thread share. Snapshots go before the database, the lock goes last.
pub struct Shared {
    pub(super) overlay: Overlay,
    pub(super) database: Closing,
    durable: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
    claim: Mutex<Option<Claim>>,
}

impl Shared {
    pub(super) fn new(overlay: Overlay, database: Database, durable: Index) -> Self {
        Self {
            overlay,
            database: Closing::new(database),
            durable: AtomicU64::new(durable.0),
            thread: Mutex::new(None),
            claim: Mutex::new(None),
        }
    }

    pub(super) fn publish_durable(&self, index: Index) {
        self.durable.store(index.0, Ordering::Release);
    }
}

impl Store {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Keeps other processes out for as long as the store lives.
    pub(super) fn keep(&self, claim: Claim) {
        *self.shared.claim.lock() = Some(claim);
    }

    /// Everything that was applied, for an examination: what lies over the tables, and the tables.
    pub(super) fn at_rest(&self) -> (Arc<Generation>, Arc<Snapshot>) {
        self.shared.overlay.at_rest()
    }

    /// Says who carries what is applied into the tables.
    pub(super) fn write_by(&self, writer: TableWriter) -> io::Result<()> {
        match writer {
            TableWriter::Thread { pause, on_fault } => {
                let thread = table_thread::start(Arc::clone(&self.shared), pause, on_fault)?;
                *self.shared.thread.lock() = Some(thread);
            }
            TableWriter::Caller => self.shared.overlay.end(),
        }
        Ok(())
    }

    /// Waits while more rows than [`super::OVERLAY_ROWS_MAX`] are on their way into the tables. To be called before
    /// each batch; within one it could not end.
    pub fn wait_for_room(&self) {
        self.shared.overlay.wait_for_room();
    }

    /// Whether more than half of the rows are on their way that may be: no time for work that nobody waits for.
    pub fn is_half_full(&self) -> bool {
        self.shared.overlay.is_half_full()
    }

    /// Takes in the changes of one command; readers see all of them or none.
    pub fn absorb(&self, changes: Vec<Change>) {
        self.shared.overlay.absorb(changes);
    }

    /// Says that every change of the history up to `position` was absorbed, so that they may go into the tables.
    pub fn applied(&self, position: Position) {
        self.shared.overlay.applied(position);
    }

    /// The newest entry whose changes are durable in the tables: the log may be purged up to it.
    pub fn durable(&self) -> Index {
        Index(self.shared.durable.load(Ordering::Acquire))
    }

    /// Rows that are on their way into the tables.
    pub fn rows_pending(&self) -> usize {
        self.shared.overlay.rows()
    }

    /// Carries what was applied into the tables, on the caller's thread. Only for a store that was opened without a
    /// table thread.
    ///
    /// # Errors
    /// The database fails.
    pub fn carry(&self) -> Result<(), redb::Error> {
        match self.shared.overlay.freeze() {
            Some(frozen) => table_thread::carry(&self.shared, frozen),
            None => Ok(()),
        }
    }

    /// Carries everything that was applied into the tables and ends the table thread. Reads go on.
    ///
    /// # Errors
    /// The database fails, where there is no table thread to tell it.
    ///
    /// # Panics
    /// When the table thread panicked.
    pub fn stop(&self) -> Result<(), redb::Error> {
        self.shared.overlay.drain();
        if let Some(thread) = self.shared.thread.lock().take() {
            thread.join().expect("the table thread does not panic");
        }
        self.carry()
    }

    /// A ledger entry by its number.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn ledger_entry(&self, number: u64) -> Result<Option<LedgerEntry>, RowFault> {
        self.row(&number, |layer| &layer.ledger, |snapshot| &snapshot.ledger)
    }

    /// What is counted over everything, as of the newest absorbed command.
    ///
    /// # Errors
    /// The row cannot be read.
    pub fn totals(&self) -> Result<Totals, RowFault> {
        let totals = self.row(&(), |layer| &layer.totals, |snapshot| &snapshot.totals)?;
        Ok(totals.unwrap_or_default())
    }

    fn row<K: Key, V: Clone + DeserializeOwned>(
        &self,
        key: &K,
        layer: impl Fn(&Layer) -> &RowMap<K, V>,
        table: impl Fn(&Snapshot) -> &Table<K, V>,
    ) -> Result<Option<V>, RowFault> {
        match self.shared.overlay.look(|rows| layer(rows).get(key).cloned()) {
            Ok(row) => Ok(row),
            Err(snapshot) => table(&snapshot).get(key),
        }
    }
}

impl Rows for Store {
    fn user(&self, user: UserId) -> Result<Option<User>, RowFault> {
        self.row(&user, |layer| &layer.users, |snapshot| &snapshot.users)
    }

    fn user_named(&self, username: &str) -> Result<Option<UserId>, RowFault> {
        self.row(&username.to_owned(), |layer| &layer.usernames, |snapshot| &snapshot.usernames)
    }

    fn wallet(&self, user: UserId) -> Result<Wallet, RowFault> {
        let wallet = self.row(&user, |layer| &layer.wallets, |snapshot| &snapshot.wallets)?;
        Ok(wallet.unwrap_or_default())
    }

    fn patron(&self, concert: ConcertNo, user: UserId) -> Result<Patron, RowFault> {
        let patron = self.row(&(concert, user), |layer| &layer.patrons, |snapshot| &snapshot.patrons)?;
        Ok(patron.unwrap_or_default())
    }

    fn ended_place(&self, concert: ConcertNo, sequence: Sequence) -> Result<Option<EndedPlace>, RowFault> {
        self.row(&(concert, sequence), |layer| &layer.ended_places, |snapshot| &snapshot.ended_places)
    }

    fn seat(&self, concert: ConcertNo, key: SeatKey) -> Result<Option<SeatRow>, RowFault> {
        self.row(&(concert, key), |layer| &layer.seats, |snapshot| &snapshot.seats)
    }

    fn each_seat(&self, concert: ConcertNo, mut visit: impl FnMut(SeatKey, SeatRow)) -> Result<(), RowFault> {
        let mut above: BTreeMap<SeatKey, Option<SeatRow>> = BTreeMap::new();
        let below = self.shared.overlay.look(|layer| {
            // Newest first: what an older layer says of the same seat does not count.
            for ((_, key), row) in layer.seats.iter().filter(|((of, _), _)| *of == concert) {
                above.entry(*key).or_insert(*row);
            }
            None::<Infallible>
        });
        let Err(snapshot) = below;
        for row in snapshot.seats.of_concert(concert)? {
            let ((_, key), row) = row?;
            if !above.contains_key(&key) {
                visit(key, row);
            }
        }
        above.into_iter().for_each(|(key, row)| row.into_iter().for_each(|row| visit(key, row)));
        Ok(())
    }

    fn reservation(&self, concert: ConcertNo, number: u64) -> Result<Option<Reservation>, RowFault> {
        self.row(&(concert, number), |layer| &layer.reservations, |snapshot| &snapshot.reservations)
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, RowFault> {
        let payment = self.row(&payment, |layer| &layer.payments, |snapshot| &snapshot.payments)?;
        Ok(payment.map(|row| *row))
    }

    fn answered(&self, key: &OnceKey) -> Result<Option<Answered>, RowFault> {
        let answered = self.row(key, |layer| &layer.answered, |snapshot| &snapshot.answered)?;
        Ok(answered.map(|row| *row))
    }

    fn answered_order(&self, number: u64) -> Result<Option<OnceKey>, RowFault> {
        self.row(&number, |layer| &layer.answered_order, |snapshot| &snapshot.answered_order)
    }

    fn event(&self, number: u64) -> Result<Option<Event>, RowFault> {
        let event = self.row(&number, |layer| &layer.events, |snapshot| &snapshot.events)?;
        Ok(event.map(|row| *row))
    }
}
