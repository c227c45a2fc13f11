//! Money moves: the one function by which every movement is booked.

use crate::domain::effects::Effects;
use crate::domain::words::{BALANCE_MAX, EntryKind, LedgerEntry, PaymentId, Rejection, UserId, Wallet, tables};

/// Refuses what a wallet cannot hold.
pub(super) fn room_for(wallet: &Wallet, amount: u64) -> Result<(), Rejection> {
    if amount > BALANCE_MAX - wallet.balance {
        return Err(Rejection::BalanceLimit { most: BALANCE_MAX });
    }
    Ok(())
}

/// A movement of money between a wallet and the other account of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Movement {
    pub kind: EntryKind,
    pub user: UserId,
    /// Whole units.
    pub amount: u64,
    pub payment: Option<PaymentId>,
}

/// Moves the amount between the two accounts and appends the ledger entry, whose number comes back.
/// The wallet's row is the caller's to write, since a payment changes more of it.
pub(super) fn book(movement: Movement, wallet: &mut Wallet, effects: &mut Effects<'_>) -> u64 {
    let Movement { kind, user, amount, payment } = movement;
    let signed = i128::from(amount);
    let covered = "judged: the wallet covers it";
    match kind {
        EntryKind::Charge => {
            effects.totals.funding -= signed;
            wallet.balance += amount;
        }
        EntryKind::Payment => {
            wallet.balance = wallet.balance.checked_sub(amount).expect(covered);
            effects.totals.revenue += signed;
        }
        EntryKind::Refund => {
            effects.totals.revenue -= signed;
            wallet.balance += amount;
        }
    }
    assert!(wallet.balance <= BALANCE_MAX, "judged: the wallet can hold it");
    effects.totals.last_entry += 1;
    let number = effects.totals.last_entry;
    let (at, balance) = (effects.wall(), wallet.balance);
    let previous = wallet.last_entry.replace(number);
    wallet.updated_at = at;
    effects.put::<tables::Ledger>(number, LedgerEntry { kind, user, amount, balance, at, payment, previous });
    number
}
