//! Money moves: the one function by which every movement is booked.

use crate::domain::effects::Effects;
use crate::domain::words::{
    Account, BALANCE_MAX, EntryKind, LedgerEntry, Means, PaymentId, Rejection, UserId, Wallet, tables,
};

/// Refuses what a wallet cannot hold.
pub(super) fn room_for(wallet: &Wallet, amount: u64) -> Result<(), Rejection> {
    let most = BALANCE_MAX - wallet.balance;
    if amount > most { Err(Rejection::BalanceLimit { most }) } else { Ok(()) }
}

/// A movement of money between the two accounts of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movement {
    pub kind: EntryKind,
    /// Whose wallet it moves, where its kind moves one.
    pub user: Option<UserId>,
    /// Whole units.
    pub amount: u64,
    pub payment: Option<PaymentId>,
}

/// Moves the amount between the two accounts and appends the ledger entry, whose number comes back.
/// The wallet's row is the caller's to write, since a payment changes more of it.
pub(super) fn book(movement: Movement, mut wallet: Option<&mut Wallet>, effects: &mut Effects<'_>) -> u64 {
    let Movement { kind, user, amount, payment } = movement;
    assert_eq!(wallet.is_some(), user.is_some(), "a wallet is somebody's");
    let (debited, credited) = kind.accounts(user);
    for (account, signed) in [(debited, -i128::from(amount)), (credited, i128::from(amount))] {
        match account {
            Account::Funding => effects.totals.funding += signed,
            Account::Revenue => effects.totals.revenue += signed,
            Account::Cash => effects.totals.cash += signed,
            Account::Card => effects.totals.card += signed,
            Account::Wallet(_) => {
                let wallet = wallet.as_mut().expect("an entry that moves a wallet has one");
                let balance = i128::from(wallet.balance) + signed;
                wallet.balance = u64::try_from(balance).expect("judged: the wallet covers it");
                assert!(wallet.balance <= BALANCE_MAX, "judged: the wallet can hold it");
            }
        }
    }
    effects.totals.last_entry += 1;
    let number = effects.totals.last_entry;
    let at = effects.wall();
    let (mut balance, mut previous) = (0, None);
    if let Some(wallet) = wallet {
        (balance, previous) = (wallet.balance, wallet.last_entry.replace(number));
        wallet.updated_at = at;
    }
    effects.put::<tables::Ledger>(number, LedgerEntry { kind, user, amount, balance, at, payment, previous });
    number
}

/// How money that comes in for seats is booked; what is given away has no entry.
pub(super) fn sale_kind(paid_by: Means) -> Option<EntryKind> {
    match paid_by {
        Means::Wallet => Some(EntryKind::Payment),
        Means::Cash => Some(EntryKind::CashSale),
        Means::Card => Some(EntryKind::CardSale),
        Means::Free => None,
    }
}

/// How money that goes back is booked, by where it goes; what was given away has no entry.
pub(super) fn refund_kind(to: Means) -> Option<EntryKind> {
    match to {
        Means::Wallet => Some(EntryKind::Refund),
        Means::Cash => Some(EntryKind::CashRefund),
        Means::Card => Some(EntryKind::CardRefund),
        Means::Free => None,
    }
}
