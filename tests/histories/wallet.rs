//! A wallet as one object: what it holds, and what is said of that.

use super::linearizability::Model;

/// A wallet, which is empty at first.
pub(crate) enum Wallet {}

/// What happened to a wallet. A balance is the one behind it; absent when nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WalletAction {
    Charge {
        amount: i64,
        balance: Option<i64>,
    },
    Pay {
        amount: i64,
        balance: Option<i64>,
    },
    Refund {
        amount: i64,
    },
    /// A payment was refused, as there was less.
    TooLittle {
        amount: i64,
    },
    Read {
        balance: i64,
    },
}

impl Model for Wallet {
    /// Absent while it is unknown.
    type State = Option<i64>;
    type Action = WalletAction;

    const NEW: Option<i64> = Some(0);
    const UNKNOWN: Option<i64> = None;

    fn after(held: &Option<i64>, action: &WalletAction) -> Option<Option<i64>> {
        let (change, told) = match *action {
            WalletAction::Charge { amount, balance } => (amount, balance),
            WalletAction::Pay { amount, balance } => (-amount, balance),
            WalletAction::Refund { amount } => (amount, None),
            WalletAction::TooLittle { amount } => {
                return held.is_none_or(|held| held < amount).then_some(*held);
            }
            WalletAction::Read { balance } => (0, Some(balance)),
        };
        let Some(balance) = held.map(|held| held + change) else { return Some(told) };
        (balance >= 0 && told.is_none_or(|told| told == balance)).then_some(Some(balance))
    }

    fn unanswered(action: &WalletAction) -> Option<WalletAction> {
        match *action {
            WalletAction::Charge { amount, .. } => Some(WalletAction::Charge { amount, balance: None }),
            WalletAction::Pay { amount, .. } => Some(WalletAction::Pay { amount, balance: None }),
            WalletAction::Refund { amount } => Some(WalletAction::Refund { amount }),
            WalletAction::TooLittle { .. } | WalletAction::Read { .. } => None,
        }
    }
}
