//! The one list of the database's tables, and how their rows are written, read and held in memory.
//!
//! Every table maps bytes to bytes in redb; the list gives each its key and value, and [`Layer::put`] says which change
//! goes where. Nothing here knows when rows are written.

use std::marker::PhantomData;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ascending::{self, Row};
use super::codec;
use super::keys::Key;
use super::panics;
use super::row_map::RowMap;
use crate::domain::{
    Answered, Archive, Change, ClockRow, ConcertNo, ConcertRow, Counters, EndedPlace, Event, LedgerEntry, OnceKey,
    Patron, Payment, PaymentId, PlaceRow, Reservation, RowFault, SeatKey, SeatRow, Sequence, Settings, Timestamp,
    Totals, User, UserId, Wallet,
};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty,)*) => {
        /// Rows by table; `None` removes what lies below.
        #[derive(Debug, Default)]
        pub struct Layer {
            $($(#[$doc])* pub $name: RowMap<$key, $value>,)*
        }

        impl Layer {
            /// How many rows it holds.
            pub fn rows(&self) -> usize {
                0 $(+ self.$name.len())*
            }

            /// Writes every row, in order of table and key.
            ///
            /// # Errors
            /// The database fails.
            pub fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
                $(write_rows(transaction, stringify!($name), &self.$name.ascending())?;)*
                Ok(())
            }

            /// Lets go of every row and keeps some of their room for the next.
            pub fn clear(&mut self) {
                $(self.$name.clear();)*
            }
        }

        /// The tables as one committed transaction left them.
        pub struct Snapshot {
            $($(#[$doc])* pub $name: Table<$key, $value>,)*
            pub meta: Table<String, u64>,
        }

        impl Snapshot {
            /// Opens every table.
            ///
            /// # Errors
            /// A table is missing or unreadable.
            pub fn open(transaction: &ReadTransaction) -> Result<Self, redb::Error> {
                let meta = meta(transaction)?;
                Ok(Self { $($name: Table::open(transaction, stringify!($name))?,)* meta })
            }
        }

        /// Rows by table, as they are when `layer` lies over `snapshot`; what cannot be read is given to `note`.
        pub fn census(
            layer: &Layer,
            snapshot: &Snapshot,
            note: &mut dyn FnMut(&'static str, RowFault),
        ) -> Vec<(&'static str, u64)> {
            vec![$((stringify!($name), count(&layer.$name, &snapshot.$name, note)),)*]
        }

        /// Creates every table that is not there yet.
        ///
        /// # Errors
        /// The database fails.
        pub fn create_all(transaction: &WriteTransaction) -> Result<(), redb::Error> {
            $(transaction.open_table(definition(stringify!($name)))?;)*
            transaction.open_table(definition(META))?;
            Ok(())
        }
    };
}

tables! {
    /// The settings that decide what commands do.
    settings: () => Settings,
    /// How the log's time lies to the clocks of the machine.
    clock: () => ClockRow,
    totals: () => Totals,
    users: UserId => User,
    usernames: String => UserId,
    wallets: UserId => Wallet,
    /// Ledger entries by number.
    ledger: u64 => LedgerEntry,
    concerts: ConcertNo => Box<ConcertRow>,
    counters: ConcertNo => Counters,
    /// Live queue places.
    places: (ConcertNo, Sequence) => PlaceRow,
    ended_places: (ConcertNo, Sequence) => EndedPlace,
    /// Admissions within the sliding window.
    admissions: (ConcertNo, Timestamp) => u32,
    /// What archived sales sold.
    archives: ConcertNo => Archive,
    /// Seats that are held or sold.
    seats: (ConcertNo, SeatKey) => SeatRow,
    reservations: (ConcertNo, u64) => Reservation,
    patrons: (ConcertNo, UserId) => Patron,
    payments: PaymentId => Box<Payment>,
    /// Kept answers by idempotency key.
    answered: OnceKey => Box<Answered>,
    /// Idempotency keys in the order in which they were written.
    answered_order: u64 => OnceKey,
    events: u64 => Box<Event>,
}

/// What is said where the database library panics: it trusts the pages of its file.
pub const PAGES_DAMAGED: &str = "its pages contradict each other";

/// The table of what the database says of itself.
const META: &str = "meta";

type Definition<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

const fn definition(name: &str) -> Definition<'_> {
    TableDefinition::new(name)
}

impl Layer {
    /// Takes in a change, in place of what it held for the same row.
    pub fn put(&mut self, change: Change) {
        match change {
            Change::Settings(row) => self.settings.put((), Some(row)),
            Change::Clock(row) => self.clock.put((), Some(row)),
            Change::Totals(row) => self.totals.put((), Some(row)),
            Change::User(id, row) => self.users.put(id, Some(row)),
            Change::Username(name, id) => self.usernames.put(name, Some(id)),
            Change::Wallet(id, row) => self.wallets.put(id, Some(row)),
            Change::LedgerEntry(number, row) => self.ledger.put(number, Some(row)),
            Change::Concert(concert, row) => self.concerts.put(concert, Some(row)),
            Change::Counters(concert, row) => self.counters.put(concert, Some(row)),
            Change::Place(concert, sequence, row) => self.places.put((concert, sequence), row),
            Change::EndedPlace(concert, sequence, row) => self.ended_places.put((concert, sequence), Some(row)),
            Change::Admissions(concert, at, row) => self.admissions.put((concert, at), row),
            Change::Archive(concert, row) => self.archives.put(concert, row),
            Change::Seat(concert, seat, row) => self.seats.put((concert, seat), row),
            Change::Reservation(concert, number, row) => self.reservations.put((concert, number), Some(row)),
            Change::Patron(concert, user, row) => self.patrons.put((concert, user), Some(row)),
            Change::Payment(id, row) => self.payments.put(id, Some(row)),
            Change::Answered(key, row) => self.answered.put(key, row),
            Change::AnsweredOrder(number, key) => self.answered_order.put(number, key),
            Change::Event(number, row) => self.events.put(number, row),
        }
    }
}

/// A row, or why it cannot be read.
pub type Found<K, V> = Result<(K, V), RowFault>;

/// A table as one committed transaction left it.
pub struct Table<K, V> {
    name: &'static str,
    rows: ReadOnlyTable<&'static [u8], &'static [u8]>,
    kind: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: DeserializeOwned> Table<K, V> {
    fn open(transaction: &ReadTransaction, name: &'static str) -> Result<Self, redb::Error> {
        Ok(Self { name, rows: transaction.open_table(definition(name))?, kind: PhantomData })
    }

    /// The row of a key.
    ///
    /// # Errors
    /// The database fails, or the row is damaged.
    pub fn get(&self, key: &K) -> Result<Option<V>, RowFault> {
        let mut bytes = Vec::with_capacity(32);
        key.encode(&mut bytes);
        let fault = |what: &dyn std::fmt::Display| {
            RowFault(format!("cannot read row {} of table {}: {what}", key.name(), self.name))
        };
        match panics::caught(|| self.rows.get(bytes.as_slice())) {
            Ok(Ok(Some(value))) => codec::decode(&bytes, value.value()).map(Some).map_err(|error| fault(&error)),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(fault(&error)),
            Err(_) => Err(fault(&PAGES_DAMAGED)),
        }
    }

    /// All rows, ascending by key.
    ///
    /// # Errors
    /// The database fails; a damaged row is an error in its place.
    pub fn iter(&self) -> Result<impl Iterator<Item = Found<K, V>> + '_, RowFault> {
        Ok(self.decoded(self.rows.iter().map_err(|error| self.fault(&error))?))
    }

    fn decoded(&self, rows: redb::Range<'_, &'static [u8], &'static [u8]>) -> impl Iterator<Item = Found<K, V>> {
        let mut rows = Some(rows);
        std::iter::from_fn(move || {
            let next = panics::caught(|| rows.as_mut()?.next());
            if next.is_err() {
                // What panicked is not to be asked again.
                rows = None;
            }
            let row = next.map_err(|_| self.fault(&PAGES_DAMAGED)).transpose()?;
            Some(row.and_then(|row| {
                let (key, value) = row.map_err(|error| self.fault(&error))?;
                self.decode(key.value(), value.value())
            }))
        })
    }

    fn fault(&self, what: &dyn std::fmt::Display) -> RowFault {
        RowFault(format!("cannot read table {}: {what}", self.name))
    }

    fn decode(&self, key: &[u8], value: &[u8]) -> Result<(K, V), RowFault> {
        let mut rest = key;
        let decoded = K::decode(&mut rest).filter(|_| rest.is_empty());
        let Some(decoded) = decoded else {
            return Err(RowFault(format!("table {} has a malformed key {key:02x?}", self.name)));
        };
        match codec::decode(key, value) {
            Ok(value) => Ok((decoded, value)),
            Err(error) => Err(RowFault(format!("row {} of table {}: {error}", decoded.name(), self.name))),
        }
    }
}

impl<K: Key, V: DeserializeOwned> Table<(ConcertNo, K), V> {
    /// The rows of a concert, ascending by key.
    ///
    /// # Errors
    /// As for [`Table::iter`].
    pub fn of_concert(
        &self,
        concert: ConcertNo,
    ) -> Result<impl Iterator<Item = Found<(ConcertNo, K), V>> + '_, RowFault> {
        let [first, end] = [concert, ConcertNo(concert.0 + 1)].map(|concert| {
            let mut bytes = Vec::new();
            concert.encode(&mut bytes);
            bytes
        });
        let rows = self.rows.range(first.as_slice()..end.as_slice()).map_err(|error| self.fault(&error))?;
        Ok(self.decoded(rows))
    }
}

/// The rows of a table with those of a layer over it, ascending by key.
///
/// # Errors
/// The database fails; a damaged row is an error in its place.
pub fn merged<'a, K: Key + Clone, V: Clone + DeserializeOwned>(
    layer: &'a RowMap<K, V>,
    table: &'a Table<K, V>,
) -> Result<impl Iterator<Item = Found<K, V>> + 'a, RowFault> {
    let mut below = table.iter()?.peekable();
    let mut above = layer.ascending().into_iter().peekable();
    Ok(std::iter::from_fn(move || {
        loop {
            match (below.peek(), above.peek()) {
                (None, None) => return None,
                (Some(Err(_)), _) | (Some(_), None) => return below.next(),
                (Some(Ok((low, _))), Some((high, _))) if low < high => return below.next(),
                (Some(Ok((low, _))), Some((high, _))) if low == *high => drop(below.next()),
                (Some(Ok(_)) | None, Some(_)) => {
                    if let Some((key, Some(row))) = above.next() {
                        return Some(Ok((key.clone(), row.clone())));
                    }
                }
            }
        }
    }))
}

fn count<K: Key + Clone, V: Clone + DeserializeOwned>(
    layer: &RowMap<K, V>,
    table: &Table<K, V>,
    note: &mut dyn FnMut(&'static str, RowFault),
) -> u64 {
    let mut rows = 0;
    match merged(layer, table) {
        Ok(found) => found.for_each(|row| match row {
            Ok(_) => rows += 1,
            Err(fault) => note(table.name, fault),
        }),
        Err(fault) => note(table.name, fault),
    }
    rows
}

/// The table of what the database says of itself.
///
/// # Errors
/// The database fails, or is none of ours.
pub fn meta(transaction: &ReadTransaction) -> Result<Table<String, u64>, redb::Error> {
    Table::open(transaction, META)
}

/// Writes one row of the table of what the database says of itself.
///
/// # Errors
/// The database fails.
pub fn write_meta(transaction: &WriteTransaction, key: &str, value: u64) -> Result<(), redb::Error> {
    write_rows(transaction, META, &[(&key.to_owned(), &Some(value))])
}

fn write_rows<K: Key, V: Serialize>(
    transaction: &WriteTransaction,
    name: &str,
    rows: &[Row<'_, K, V>],
) -> Result<(), redb::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    ascending::write(&mut transaction.open_table(definition(name))?, rows)
}
