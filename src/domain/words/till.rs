//! What operators took and gave, counted by the minute.

use serde::{Deserialize, Serialize};

use super::money::Means;
use super::row_key::RowKey;
use super::time::Minute;

/// A line of the till within its concert; concert number 0 is that of what is about no concert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TillKey {
    pub minute: Minute,
    pub means: Means,
    /// Who did it.
    pub operator: String,
}

impl RowKey for TillKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.minute.encode(out);
        out.push(match self.means {
            Means::Wallet => 0,
            Means::Cash => 1,
            Means::Card => 2,
            Means::Free => 3,
        });
        self.operator.encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let minute = RowKey::decode(bytes)?;
        let (means, rest) = bytes.split_first()?;
        let means = match means {
            0 => Means::Wallet,
            1 => Means::Cash,
            2 => Means::Card,
            3 => Means::Free,
            _ => return None,
        };
        *bytes = rest;
        Some(Self { minute, means, operator: RowKey::decode(bytes)? })
    }
}

/// How often something was done, and for how much together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillSum {
    pub count: u64,
    /// Whole units.
    pub amount: u64,
}

/// What was done within one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillRow {
    /// Over the counter.
    pub sales: TillSum,
    pub refunds: TillSum,
    /// Of wallets, by operators.
    pub charges: TillSum,
    pub withdrawals: TillSum,
}

impl TillSum {
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.amount += other.amount;
    }
}

impl TillRow {
    pub fn add(&mut self, other: &Self) {
        self.sales.add(other.sales);
        self.refunds.add(other.refunds);
        self.charges.add(other.charges);
        self.withdrawals.add(other.withdrawals);
    }
}
