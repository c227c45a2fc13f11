//! Words of the books: accounts and kinds of entries. Amounts are whole units of one currency.

use serde::{Deserialize, Serialize};

use super::UserId;

/// The largest balance of a wallet: what every JSON client reads exactly (2^53 - 1).
pub const BALANCE_MAX: u64 = 9_007_199_254_740_991;

/// An account of the double-entry ledger. Every entry debits one and credits another, so all balances add up to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Account {
    /// The world outside, from which charges come; its balance is never above 0.
    Funding,
    /// What a user has prepaid.
    Wallet(UserId),
    /// What the venue has earned.
    Revenue,
}

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// Funding to wallet.
    Charge,
    /// Wallet to revenue.
    Payment,
    /// Revenue to wallet.
    Refund,
}

impl EntryKind {
    /// The accounts that an entry of this kind debits and credits, in this order.
    pub fn accounts(self, user: UserId) -> (Account, Account) {
        match self {
            Self::Charge => (Account::Funding, Account::Wallet(user)),
            Self::Payment => (Account::Wallet(user), Account::Revenue),
            Self::Refund => (Account::Revenue, Account::Wallet(user)),
        }
    }
}
