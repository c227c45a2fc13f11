//! Words of the books: accounts and kinds of entries. Amounts count the smallest unit of one currency.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::UserId;

/// The largest balance of a wallet: what every JSON client reads exactly (2^53 - 1).
pub const BALANCE_MAX: u64 = 9_007_199_254_740_991;

/// The code of a currency: three capital letters. Which codes there are the configuration knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const KRW: Self = Self(*b"KRW");

    /// The currency that `code` names, or `None` when it is not three capital letters.
    pub fn parse(code: &str) -> Option<Self> {
        let letters = code.as_bytes().try_into().ok().map(Self)?;
        letters.0.iter().all(u8::is_ascii_uppercase).then_some(letters)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(out, "{}", char::from(*letter)))
    }
}

/// An account of the double-entry ledger. Every entry debits one and credits another, so all balances add up to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Account {
    /// The world outside, from which charges come; its balance is never above 0.
    Funding,
    /// What a user has prepaid.
    Wallet(UserId),
    /// What the venue has earned.
    Revenue,
    /// The drawer: what is in it stands below 0, as what came in from outside does.
    Cash,
    /// What the card terminal took, below 0 as well.
    Card,
}

/// What seats are paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Means {
    Wallet,
    Cash,
    Card,
    /// They were given away: nothing is booked.
    Free,
}

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// Funding to wallet.
    Charge,
    /// Wallet to revenue.
    Payment,
    /// Revenue to wallet.
    Refund,
    /// Cash to revenue.
    CashSale,
    /// Card to revenue.
    CardSale,
    /// Revenue to cash.
    CashRefund,
    /// Revenue to card.
    CardRefund,
    /// Wallet to cash.
    Withdrawal,
}

impl EntryKind {
    /// The accounts that an entry of this kind debits and credits, in this order; `user` is whose wallet it moves.
    ///
    /// # Panics
    /// When the kind moves a wallet and there is no user.
    pub fn accounts(self, user: Option<UserId>) -> (Account, Account) {
        let wallet = || Account::Wallet(user.expect("an entry that moves a wallet says whose"));
        match self {
            Self::Charge => (Account::Funding, wallet()),
            Self::Payment => (wallet(), Account::Revenue),
            Self::Refund => (Account::Revenue, wallet()),
            Self::CashSale => (Account::Cash, Account::Revenue),
            Self::CardSale => (Account::Card, Account::Revenue),
            Self::CashRefund => (Account::Revenue, Account::Cash),
            Self::CardRefund => (Account::Revenue, Account::Card),
            Self::Withdrawal => (wallet(), Account::Cash),
        }
    }

    /// Whether a wallet has a part in it.
    pub fn moves_wallet(self) -> bool {
        match self {
            Self::Charge | Self::Payment | Self::Refund | Self::Withdrawal => true,
            Self::CashSale | Self::CardSale | Self::CashRefund | Self::CardRefund => false,
        }
    }
}
