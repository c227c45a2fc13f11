//! Rows in memory, for tests, benches and simulations: what the database does, without one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::{Deref, DerefMut};

use crate::domain::apply::{Origin, Outcome, Stamped, apply};
use crate::domain::state::State;
use crate::domain::words::{
    Account, Build, Change, ConcertNo, LedgerEntry, Medium, Put, Rejection, Reply, RowFault, RowKey, Rows, Table,
    Tables, Totals, Visit, WholeTables, visit_all,
};

/// The medium of rows in memory.
#[derive(Debug)]
pub enum InMemory {}

impl Medium for InMemory {
    type Table<T: Table> = BTreeMap<T::Key, T::Row>;
}

/// Rows in memory, for tests and simulations.
pub struct MemoryRows {
    tables: Tables<InMemory>,
}

struct Empty;

impl Build<InMemory> for Empty {
    type Error = Infallible;

    fn build<T: Table>(&mut self) -> Result<BTreeMap<T::Key, T::Row>, Infallible> {
        Ok(BTreeMap::new())
    }
}

/// Copies every table.
struct Copy<'a> {
    from: &'a MemoryRows,
    to: &'a mut MemoryRows,
}

impl Visit for Copy<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        T::of_mut(&mut self.to.tables).clone_from(T::of(&self.from.tables));
        Ok(())
    }
}

/// Stops at the first table that is another in one than in the other.
struct Compare<'a>(&'a MemoryRows, &'a MemoryRows);

impl Visit for Compare<'_> {
    type Error = &'static str;

    fn visit<T: Table>(&mut self) -> Result<(), &'static str> {
        if T::of(&self.0.tables) == T::of(&self.1.tables) { Ok(()) } else { Err(T::NAME) }
    }
}

impl Default for MemoryRows {
    fn default() -> Self {
        let Ok(tables) = Tables::build(&mut Empty);
        Self { tables }
    }
}

impl Clone for MemoryRows {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        let Ok(()) = visit_all(&mut Copy { from: self, to: &mut copy });
        copy
    }
}

impl Deref for MemoryRows {
    type Target = Tables<InMemory>;

    fn deref(&self) -> &Self::Target {
        &self.tables
    }
}

impl DerefMut for MemoryRows {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.tables
    }
}

impl MemoryRows {
    /// Writes what a command changed.
    pub fn put_all(&mut self, changes: Vec<Change>) {
        changes.into_iter().for_each(|change| change.put_into(self));
    }

    /// Applies a command as an entry of its own, and writes what it changes.
    ///
    /// # Panics
    /// Never: rows in memory are always read.
    pub fn commit(&mut self, state: &mut State, stamped: &Stamped) -> (Result<Reply, Rejection>, Origin) {
        let Outcome { result, origin, changes } = apply(state, self, stamped).expect("rows in memory are always read");
        self.put_all(changes);
        self.put_all(state.flush());
        (result, origin)
    }

    /// The first table that is another than in `other`; `None` when all are equal.
    pub fn first_difference(&self, other: &Self) -> Option<&'static str> {
        visit_all(&mut Compare(self, other)).err()
    }

    /// The state that a start would restore from them.
    pub fn restored(&self) -> State {
        State::restored(self).expect("rows in memory are always read")
    }

    /// The sum of every account: 0 when the books are right.
    pub fn balance_of_all(&self, totals: &Totals) -> i128 {
        let wallets: i128 = self.wallets.values().map(|wallet| i128::from(wallet.balance)).sum();
        totals.funding + totals.revenue + totals.cash + totals.card + wallets
    }

    /// The balance of an account as the sum of its entries.
    pub fn sum_of_entries(&self, account: Account) -> i128 {
        let sum = |entry: &LedgerEntry| {
            let (debit, credit) = entry.kind.accounts(entry.user);
            let amount = i128::from(entry.amount);
            i128::from(credit == account) * amount - i128::from(debit == account) * amount
        };
        self.ledger.values().map(sum).sum()
    }
}

impl Put for MemoryRows {
    fn put<T: Table>(&mut self, key: T::Key, row: Option<T::Row>) {
        let table = T::of_mut(&mut self.tables);
        match row {
            Some(row) => drop(table.insert(key, row)),
            None => drop(table.remove(&key)),
        }
    }
}

impl Rows for MemoryRows {
    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, RowFault> {
        Ok(T::of(&self.tables).get(key).cloned())
    }

    fn each_of_concert<T, K>(&self, concert: ConcertNo, mut visit: impl FnMut(K, T::Row)) -> Result<(), RowFault>
    where
        T: Table<Key = (ConcertNo, K)>,
        K: RowKey,
    {
        for ((of, key), row) in T::of(&self.tables) {
            if *of == concert {
                visit(key.clone(), row.clone());
            }
        }
        Ok(())
    }
}

impl WholeTables for MemoryRows {
    fn each<T: Table>(&self, mut visit: impl FnMut(T::Key, T::Row)) -> Result<(), RowFault> {
        T::of(&self.tables).iter().for_each(|(key, row)| visit(key.clone(), row.clone()));
        Ok(())
    }
}
