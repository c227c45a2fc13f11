//! Rows in memory, for tests, benches and simulations: what the database does, without one.

use std::collections::BTreeMap;

use super::{
    Account, Answered, Change, ConcertNo, EndedPlace, Event, LedgerEntry, OnceKey, Patron, Payment, PaymentId,
    Reservation, RowFault, Rows, SeatKey, SeatRow, Sequence, Timestamp, Totals, User, UserId, Wallet,
};

/// Rows in memory, for tests and simulations.
#[derive(Clone, Debug, Default)]
pub struct MemoryRows {
    pub users: BTreeMap<UserId, User>,
    pub usernames: BTreeMap<String, UserId>,
    pub wallets: BTreeMap<UserId, Wallet>,
    pub entries: BTreeMap<u64, LedgerEntry>,
    pub ended: BTreeMap<(ConcertNo, Sequence), EndedPlace>,
    pub reservations: BTreeMap<(ConcertNo, u64), Reservation>,
    pub patrons: BTreeMap<(ConcertNo, UserId), Patron>,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub answered: BTreeMap<OnceKey, Answered>,
    pub answered_order: BTreeMap<u64, OnceKey>,
    pub events: BTreeMap<u64, Event>,
    /// The rows from which a [`super::State`] is restored, by what they are about.
    pub restorable: BTreeMap<RestoreKey, Change>,
}

/// Names the rows that a state is restored from, in the order in which that must happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RestoreKey {
    Settings,
    Clock,
    Totals,
    Concert(ConcertNo),
    Counters(ConcertNo),
    Place(ConcertNo, Sequence),
    Admissions(ConcertNo, Timestamp),
    Archive(ConcertNo),
    Seat(ConcertNo, SeatKey),
}

impl MemoryRows {
    /// Writes what a command changed.
    pub fn absorb(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.write(change);
        }
    }

    fn write(&mut self, change: Change) {
        let key = match &change {
            Change::Settings(_) => RestoreKey::Settings,
            Change::Clock(_) => RestoreKey::Clock,
            Change::Totals(_) => RestoreKey::Totals,
            Change::Concert(concert, _) => RestoreKey::Concert(*concert),
            Change::Counters(concert, _) => RestoreKey::Counters(*concert),
            Change::Place(concert, sequence, _) => RestoreKey::Place(*concert, *sequence),
            Change::Admissions(concert, at, _) => RestoreKey::Admissions(*concert, *at),
            Change::Archive(concert, _) => RestoreKey::Archive(*concert),
            Change::Seat(concert, seat, _) => RestoreKey::Seat(*concert, *seat),
            _ => return self.write_plain(change),
        };
        match change {
            Change::Place(_, _, None)
            | Change::Admissions(_, _, None)
            | Change::Archive(_, None)
            | Change::Seat(_, _, None) => {
                self.restorable.remove(&key);
            }
            _ => {
                self.restorable.insert(key, change);
            }
        }
    }

    fn write_plain(&mut self, change: Change) {
        match change {
            Change::User(id, row) => drop(self.users.insert(id, row)),
            Change::Username(name, id) => drop(self.usernames.insert(name, id)),
            Change::Wallet(id, row) => drop(self.wallets.insert(id, row)),
            Change::LedgerEntry(number, row) => drop(self.entries.insert(number, row)),
            Change::EndedPlace(concert, sequence, row) => drop(self.ended.insert((concert, sequence), row)),
            Change::Reservation(concert, number, row) => drop(self.reservations.insert((concert, number), row)),
            Change::Patron(concert, user, row) => drop(self.patrons.insert((concert, user), row)),
            Change::Payment(id, row) => drop(self.payments.insert(id, *row)),
            Change::Answered(key, Some(row)) => drop(self.answered.insert(key, *row)),
            Change::Answered(key, None) => drop(self.answered.remove(&key)),
            Change::AnsweredOrder(number, Some(key)) => drop(self.answered_order.insert(number, key)),
            Change::AnsweredOrder(number, None) => drop(self.answered_order.remove(&number)),
            Change::Event(number, Some(row)) => drop(self.events.insert(number, *row)),
            Change::Event(number, None) => drop(self.events.remove(&number)),
            Change::Settings(_)
            | Change::Clock(_)
            | Change::Totals(_)
            | Change::Concert(..)
            | Change::Counters(..)
            | Change::Place(..)
            | Change::Admissions(..)
            | Change::Archive(..)
            | Change::Seat(..) => unreachable!("written as a row to restore from"),
        }
    }

    /// The sum of every account: 0 when the books are right.
    pub fn balance_of_all(&self, totals: &Totals) -> i128 {
        let wallets: i128 = self.wallets.values().map(|wallet| i128::from(wallet.balance)).sum();
        totals.funding + totals.revenue + wallets
    }

    /// The balance of an account as the sum of its entries.
    pub fn sum_of_entries(&self, account: Account) -> i128 {
        let sum = |entry: &LedgerEntry| {
            let (debit, credit) = entry.kind.accounts(entry.user);
            let amount = i128::from(entry.amount);
            i128::from(credit == account) * amount - i128::from(debit == account) * amount
        };
        self.entries.values().map(sum).sum()
    }
}

impl Rows for MemoryRows {
    fn user(&self, user: UserId) -> Result<Option<User>, RowFault> {
        Ok(self.users.get(&user).cloned())
    }

    fn user_named(&self, username: &str) -> Result<Option<UserId>, RowFault> {
        Ok(self.usernames.get(username).copied())
    }

    fn wallet(&self, user: UserId) -> Result<Wallet, RowFault> {
        Ok(self.wallets.get(&user).copied().unwrap_or_default())
    }

    fn patron(&self, concert: ConcertNo, user: UserId) -> Result<Patron, RowFault> {
        Ok(self.patrons.get(&(concert, user)).copied().unwrap_or_default())
    }

    fn ended_place(&self, concert: ConcertNo, sequence: Sequence) -> Result<Option<EndedPlace>, RowFault> {
        Ok(self.ended.get(&(concert, sequence)).copied())
    }

    fn seat(&self, concert: ConcertNo, key: SeatKey) -> Result<Option<SeatRow>, RowFault> {
        Ok(self.restorable.get(&RestoreKey::Seat(concert, key)).and_then(|row| match row {
            Change::Seat(_, _, row) => *row,
            _ => unreachable!("a seat's key names a seat's row"),
        }))
    }

    fn each_seat(&self, concert: ConcertNo, mut visit: impl FnMut(SeatKey, SeatRow)) -> Result<(), RowFault> {
        for row in self.restorable.values() {
            if let Change::Seat(of, key, Some(row)) = row
                && *of == concert
            {
                visit(*key, *row);
            }
        }
        Ok(())
    }

    fn reservation(&self, concert: ConcertNo, number: u64) -> Result<Option<Reservation>, RowFault> {
        Ok(self.reservations.get(&(concert, number)).copied())
    }

    fn payment(&self, payment: PaymentId) -> Result<Option<Payment>, RowFault> {
        Ok(self.payments.get(&payment).cloned())
    }

    fn answered(&self, key: &OnceKey) -> Result<Option<Answered>, RowFault> {
        Ok(self.answered.get(key).cloned())
    }

    fn answered_order(&self, number: u64) -> Result<Option<OnceKey>, RowFault> {
        Ok(self.answered_order.get(&number).cloned())
    }

    fn event(&self, number: u64) -> Result<Option<Event>, RowFault> {
        Ok(self.events.get(&number).cloned())
    }
}
